"""`@on_outgoing`: one plugin reads what all plugins are about to say, before it is stored. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loguru import logger

from plugins.draft import Draft
from schemas.event import Event, InChat
from schemas.failure import Bug, Denied

if TYPE_CHECKING:
    from plugins.plugin import Instance

Check = Callable[[Any, str, Event, Draft], Sequence[Draft]]
"""Called with the checking instance's `Config`, who speaks, the event, and the draft; what it gives
takes the draft's place: nothing, the draft, another, or others behind it. It must be pure: a re-run
asks again.
"""


@dataclass(frozen=True)
class Outgoing:
    """What checks."""

    check: Check


def on_outgoing(check: Check) -> Outgoing:
    """Read what any instance is about to say in the chats of this one's scope: `def check(config,
    speaker, event, draft)` returns what is said instead, `[draft]` where nothing is wrong.

    Where it raises, nothing is said, and the speaker's run fails. What the API or a person sends
    does not come by here.
    """
    return Outgoing(check)


def passed(
    among: Iterable["Instance"], speaker: str, event: Event, drafts: Sequence[Draft]
) -> Sequence[Draft]:
    """What is left of drafts when all that check have read them.

    Raises:
        Bug: a check raised.

    """
    for instance in among:
        for outgoing in instance.plugin.checks if instance.name != speaker else ():
            drafts = _read(instance, outgoing, speaker, event, drafts)
    return drafts


def _read(
    instance: "Instance", outgoing: Outgoing, speaker: str, event: Event, drafts: Sequence[Draft]
) -> list[Draft]:
    left: list[Draft] = []
    for draft in drafts:
        if not _is_for(instance, event, draft):
            left.append(draft)
            continue
        try:
            said = list(outgoing.check(instance.config, speaker, event, draft))
        # A check is its author's code; unread words are not said.
        except (Exception, SystemExit) as error:
            raise Bug(
                f"{instance.name} cannot read what {speaker} is about to say: {error!r}"
            ) from error
        if draft not in said:
            logger.warning("{} does not let {} say it as it is", instance.name, speaker)
        left += [one for one in said if _may(instance, event, draft, one)]
    return left


def _is_for(instance: "Instance", event: Event, draft: Draft) -> bool:
    """Whether the chat that would hear it is in the scope; of another chat than the event's own
    nobody knows here whether it is a group.
    """
    scope = instance.scope
    here = (draft.channel, draft.account, draft.chat_id) == (
        (event.channel, event.account, event.chat_id)
    )
    kind = event.chat.kind if here and isinstance(event, InChat) else None
    return (
        draft.channel in (scope.channels or {draft.channel})
        and draft.account in (scope.accounts or {draft.account})
        and draft.chat_id in (scope.chats or {draft.chat_id})
        and (kind is None or kind in (scope.kinds or {kind}))
    )


def _may(instance: "Instance", event: Event, draft: Draft, said: Draft) -> bool:
    """What goes where the speaker spoke may; a word to another chat needs the checker's grant."""
    if (said.channel, said.account, said.chat_id) == (draft.channel, draft.account, draft.chat_id):
        return True
    try:
        instance.warrant.may_send(event, said.channel, said.account, said.chat_id)
    except Denied as denied:
        logger.error("{}", denied)
        return False
    return True
