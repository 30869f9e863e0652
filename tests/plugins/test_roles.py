"""Who holds which role, and what that lets a person do."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plugins import Context, Draft, on_command, on_message
from plugins.handler import Handler, Refused
from plugins.kit import Bot
from plugins.library import Library
from plugins.loader import load
from plugins.manifest import Manifest, PluginProblem
from plugins.plugin import Instance, Plugin, matches
from plugins.roles import FILE, NOBODY, Roles, RolesFile, read_roles
from schemas.content import SystemLine, Text
from schemas.event import Chat, MessageRecalled, MessageReceived, ScheduleFired, Sender
from tests.fakes.plugin_folder import DICE, write_plugin

AT = datetime(2026, 1, 1, tzinfo=UTC)

FAMILY = """
[roles.moderator]

[roles.admin]
inherits = ["moderator"]

[[people]]
role = "owner"
chat = "boss"

[[people]]
role = "admin"
chat = "anna"

[[people]]
role = "moderator"
name = "小李"
unproven = true
chats = ["g1"]

[[people]]
role = "moderator"
id = "ou_7"
channel = "feishu"
chats = ["g1"]
"""


def _says(
    name: str, *, chat: str | None = None, group: bool = False, **known: object
) -> MessageReceived:
    told = {
        "event_id": "e",
        "channel": "wechat",
        "account": "default",
        "observed_at": AT,
        "chat": Chat(chat_id=chat or name, title=name, kind="group" if group else "private"),
        "sender": Sender(name=name),
        "content": Text(text="/do it"),
    }
    return MessageReceived.model_validate(told | known)


def _roles(tmp_path: Path, text: str = FAMILY) -> Roles:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    return NOBODY.with_file(read_roles(tmp_path / FILE))


@pytest.mark.parametrize(
    ("event", "held"),
    [
        (_says("boss"), {"owner", "admin", "moderator", "member"}),
        (_says("anna"), {"admin", "moderator", "member"}),
        (_says("stranger"), {"member"}),
        (_says("boss", chat="g1", group=True), {"member"}),
        (_says("小李", chat="g1", group=True), {"moderator", "member"}),
        (_says("小李", chat="g2", group=True), {"member"}),
        (_says("小李"), {"member"}),
        (_says("x", chat="boss", group=True), {"member"}),
        (_says("boss", gap_possible=True), {"member"}),
        (_says("?", chat="g1", group=True, sender=Sender(name="?", id="ou_7")), {"member"}),
        (
            _says("?", chat="g1", group=True, channel="feishu", sender=Sender(name="?", id="ou_7")),
            {"moderator", "member"},
        ),
        (_says("", chat="boss", content=SystemLine(text="x"), sender=Sender(name="")), {"member"}),
    ],
)
def test_a_role_is_held_by_who_is_known_for_certain(
    tmp_path: Path, event: MessageReceived, held: set[str]
) -> None:
    assert _roles(tmp_path).held(event) == held


def test_what_nobody_said_is_the_owners_doing_but_a_recall_is_nobodys(tmp_path: Path) -> None:
    roles = _roles(tmp_path)
    where = {"event_id": "e", "channel": "wechat", "account": "default", "observed_at": AT}
    fired = ScheduleFired.model_validate({**where, "source": "clock"})
    recalled = MessageRecalled.model_validate({**where, "chat": Chat(chat_id="boss", title="x")})
    assert roles.hold(fired, ("admin",))
    assert not roles.hold(recalled, ("admin",))
    assert roles.hold(recalled, ("member",))
    assert roles.hold(recalled, ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[people]]\nrole = "boss"\nchat = "c"', "no role 'boss'"),
        ('[[people]]\nrole = "admin"', "say one of chat, id and name"),
        ('[[people]]\nrole = "admin"\nname = "x"', "anybody can take a name"),
        ('[[people]]\nrole = "admin"\nname = "x"\nunproven = true', "anybody can take a name"),
        ('[roles.a]\ninherits = ["b"]\n[roles.b]\ninherits = ["a"]', "inherits from itself"),
        ('[roles.a]\ninherits = ["owner"]', "or from owner"),
        ('[roles.a]\ninherits = ["z"]', "there is no role ['z']"),
        ("[roles.owner]", "an owner holds every role"),
        ("[roles", "is no TOML"),
        ("person = []", "Extra inputs"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PluginProblem) as caught:
        _roles(tmp_path, text)
    assert said in str(caught.value)
    assert FILE in str(caught.value)


@on_command("do", permission="admin")
async def do(ctx: Context, text: str) -> AsyncIterator[Draft]:
    yield ctx.reply(text)


@on_command("do", permission=("moderator", "admin"), block=True, priority=1)
async def moderate(ctx: Context, text: str) -> AsyncIterator[Draft]:
    yield ctx.reply(text)


@on_message()
async def anything(ctx: Context) -> AsyncIterator[Draft]:
    yield ctx.reply("any")


def _instance(roles: Roles, *handlers: Handler, own: str | None = None, **more: str) -> Instance:
    manifest = Manifest.model_validate({"name": "x", "version": "1", "api": ">=1", **more})
    return Instance("x", Plugin(manifest, handlers), own_permission=own, roles=roles)


def _called(instance: Instance, event: MessageReceived) -> list[str]:
    return [handler.name for match in matches([instance], event) for handler, _ in match.calls]


def test_who_lacks_a_permission_does_not_match_and_blocks_nobody(tmp_path: Path) -> None:
    instance = _instance(_roles(tmp_path), moderate, do, anything)
    assert _called(instance, _says("anna")) == ["moderate"]
    assert _called(instance, _says("stranger")) == ["anything"]
    assert _called(instance, _says("小李", chat="g1", group=True)) == ["moderate"]


def test_a_plugin_or_its_owner_may_ask_for_a_role_for_all_of_it(tmp_path: Path) -> None:
    roles = _roles(tmp_path)
    assert _called(_instance(roles, anything, required_permission="admin"), _says("x")) == []
    assert _called(_instance(roles, anything, own="moderator"), _says("x")) == []
    both = _instance(roles, anything, own="moderator", required_permission="admin")
    assert _called(both, _says("小李", chat="g1", group=True)) == []
    assert _called(both, _says("anna")) == ["anything"]


def test_a_refused_command_is_answered_once_where_the_owner_gave_a_word(tmp_path: Path) -> None:
    roles = _roles(tmp_path, 'refusal = "no"\n' + FAMILY)
    (match,) = matches([_instance(roles, moderate, do)], _says("stranger"))
    assert [arguments for _, arguments in match.calls] == [(Refused("no"),)]


def test_whoever_asks_again_and_again_makes_it_refuse_once_a_minute(tmp_path: Path) -> None:
    roles = _roles(tmp_path, 'refusal = "no"\n' + FAMILY)
    bot = Bot(_instance(roles, moderate, do))
    try:
        for sender, command, said in (("甲", "/do", ["no"]), ("乙", "/do", [])):
            bot.receives(command, sender=sender, chat="群", group=True)
            bot.should_reply(*said)
        bot.receives("/do", sender="丙")
        bot.should_reply("no")
        bot.advance(timedelta(minutes=1))
        bot.receives("/do", sender="乙", chat="群", group=True)
        bot.should_reply("no")
    finally:
        bot.close()


def test_a_pure_plugin_refuses_without_a_word(tmp_path: Path) -> None:
    roles = _roles(tmp_path, 'refusal = "no"\n' + FAMILY)
    plugin = Plugin(Manifest(name="x", version="1", api=">=1", pure=True), (do,))
    assert matches([Instance("x", plugin, roles=roles)], _says("stranger")) == []


def test_roles_stand_beside_the_instances_and_a_mistake_leaves_everybody_a_member(
    tmp_path: Path,
) -> None:
    write_plugin(tmp_path, "dice", DICE)
    (tmp_path / FILE).write_text(FAMILY, encoding="utf-8")
    (dice,) = load([tmp_path], bundled=False).instances
    assert "admin" in dice.roles.held(_says("anna"))
    (tmp_path / FILE).write_text("[roles", encoding="utf-8")
    loaded = load([tmp_path], bundled=False)
    assert [one.roles for one in loaded.instances] == [NOBODY.with_file(RolesFile())]
    assert FILE in str(loaded.problems[0])


def test_a_change_of_the_file_counts_and_a_mistake_in_it_leaves_all_as_it_was(
    tmp_path: Path,
) -> None:
    write_plugin(tmp_path, "dice", DICE)
    library = Library([tmp_path], bundled=False)
    before = library.print()

    def held() -> frozenset[str]:
        (dice,) = library.read().instances
        return dice.roles.held(_says("anna"))

    assert held() == {"member"}
    (tmp_path / FILE).write_text(FAMILY, encoding="utf-8")
    assert library.print() != before
    assert "admin" in held()
    (tmp_path / FILE).write_text("[roles", encoding="utf-8")
    assert "admin" in held()
    (tmp_path / FILE).unlink()
    assert held() == {"member"}
