"""Why a handler answers, or does not: told for each of them, and never otherwise than it is."""

from collections.abc import AsyncIterator
from random import Random

import pytest

from plugins import Context, Draft, on_command, on_event, on_keyword, on_mention, on_message
from plugins.conditions import in_group
from plugins.explaining import Verdict, explained
from plugins.handler import Handler
from plugins.manifest import Manifest
from plugins.plugin import Instance, Plugin, in_order, matches
from plugins.roles import Known, Roles
from plugins.scope import Scope
from schemas.content import Mentions, Text
from schemas.event import Chat, MessageReceived
from tests.fakes.wechat import message


async def _answer(ctx: Context) -> AsyncIterator[Draft]:
    yield ctx.reply("x")


async def _many(ctx: Context, number: int) -> AsyncIterator[Draft]:
    yield ctx.reply(str(number))


def _odd(event: object) -> bool:
    raise ZeroDivisionError("the author's own")


BOSS = Roles((Known(role="admin", chat="boss"),))


def _instance(name: str, *handlers: Handler, roles: Roles = BOSS, **more: object) -> Instance:
    fields = {"name": name, "version": "1", "api": ">=1", **more}
    scope = Scope.model_validate(fields.pop("scope", {}))
    plugin = Plugin(Manifest.model_validate(fields), handlers)
    return Instance(name, plugin, scope, roles=roles)


def _event(text: str, chat: str = "c1", *, group: bool = False, **more: object) -> MessageReceived:
    where = Chat(chat_id=chat, title=chat, kind="group" if group else "private")
    return message(text).model_copy(update={"chat": where, "content": Text(text=text), **more})


def _one(instance: Instance, event: MessageReceived) -> Verdict:
    (verdict,) = explained([instance], event)
    return verdict


@pytest.mark.parametrize(
    ("instance", "event", "reason", "words"),
    [
        (_instance("a", on_message()(_answer)), _event("x"), "matched", {"cooldown": ""}),
        (
            _instance("a", on_message(cooldown="10s")(_answer)),
            _event("x"),
            "matched",
            {"cooldown": "10 s per user"},
        ),
        (_instance("a", on_command("n")(_many)), _event("/n x"), "misused", None),
        (_instance("a", on_message(rule=_odd)(_answer)), _event("x"), "rule_raised", None),
        (_instance("a", on_command("n")(_answer)), _event("n"), "trigger", {}),
        (
            _instance("a", on_message(rule=in_group)(_answer)),
            _event("x"),
            "rule",
            {"rule": "in_group"},
        ),
        (
            _instance("a", on_message(permission="admin")(_answer)),
            _event("x"),
            "permission",
            {"wanted": "admin", "held": "member"},
        ),
        (
            _instance("a", on_message(permission="admin")(_answer)),
            _event("x", "boss", gap_possible=True),
            "permission",
            {"wanted": "admin", "held": "member (gap_possible)"},
        ),
        (
            _instance("a", on_message()(_answer), channels=("feishu",)),
            _event("x"),
            "channel",
            {"channels": "feishu"},
        ),
        (
            _instance("a", on_message()(_answer), scope={"kinds": ["group"]}),
            _event("x"),
            "scope",
            {"scope": "kinds: group"},
        ),
        (_instance("a", on_message()(_answer)), _event("x", historical=True), "historical", {}),
        (
            _instance(
                "a",
                on_command("n", permission="admin")(_answer),
                roles=Roles(refusal="no"),
            ),
            _event("/n"),
            "refused",
            {"wanted": "admin", "held": "member", "cooldown": "60 s per chat"},
        ),
    ],
)
def test_each_reason_is_told(
    instance: Instance, event: MessageReceived, reason: str, words: dict[str, str] | None
) -> None:
    verdict = _one(instance, event)
    assert verdict.reason == reason
    assert words is None or verdict.words == words


def test_what_blocks_is_named_and_what_is_off_comes_last() -> None:
    first = _instance("a", on_message(block=True)(_answer))
    behind = _instance("b", on_message()(_answer))
    told = explained([first, behind], _event("x"), {"c": behind.plugin})
    assert [(one.instance, one.reason) for one in told] == [
        ("a", "matched"),
        ("b", "blocked"),
        ("c", "off"),
    ]
    assert told[1].words == {"by": "a._answer"}


def test_it_agrees_with_what_is_called_whatever_stands_together() -> None:
    made = [
        on_message()(_answer),
        on_command("n")(_many),
        on_command("n", permission="admin", block=True)(_answer),
        on_keyword("n", rule=in_group)(_answer),
        on_keyword("x", priority=1, block=True)(_answer),
        on_mention(permission="admin")(_answer),
        on_event("message.recalled")(_answer),
        on_message(rule=_odd, block=True)(_answer),
    ]
    scopes = ({}, {"kinds": ["group"]}, {"chats": ["boss"]})
    seeds = Random(8)
    for _ in range(300):
        instances = in_order(
            _instance(
                name,
                *seeds.sample(made, 3),
                priority=seeds.randrange(3),
                roles=Roles(BOSS.people, refusal=seeds.choice(("", "no"))),
                scope=seeds.choice(scopes),
            )
            for name in ("a", "b", "c")
        )
        event = _event(
            seeds.choice(("/n 1", "/n x", "n", "x", "?")),
            seeds.choice(("boss", "c1")),
            group=seeds.random() < 0.4,
            mentions=Mentions(me=seeds.random() < 0.3),
            historical=seeds.random() < 0.1,
        )
        called = {
            (match.instance.name, id(handler))
            for match in matches(instances, event)
            for handler, _ in match.calls
        }
        told = explained(instances, event)
        each = [
            (instance.name, id(handler))
            for _, _, instance, handler in sorted(_offered(instances), key=lambda one: one[:2])
        ]
        assert len(told) == len(each)
        said = {who for who, one in zip(each, told, strict=True) if one.called}
        assert said == called


def _offered(instances: tuple[Instance, ...]) -> list[tuple[int, str, Instance, Handler]]:
    return [
        (one.priority if handler.priority is None else handler.priority, one.name, one, handler)
        for one in instances
        for handler in one.plugin.handlers
    ]
