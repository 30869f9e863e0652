"""Carries a person's decision on an action to the agent that has it, audited."""

from datetime import datetime
from typing import Final, get_args

from connectors.kafka import Producer
from connectors.open_actions import GIVEN_UP, OpenAction
from schemas.approval import Approval, Judgement
from schemas.envelope import encode
from schemas.failure import BadRequest
from schemas.identity import approval_id, resolution_id
from schemas.receipt import State
from schemas.resolution import Resolution, Verdict
from schemas.topics import OUTBOX, REDRIVE

SOURCE: Final = "hongyan/resolve"
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
JUDGEMENTS: Final[tuple[Judgement, ...]] = get_args(Judgement)
ASKS: Final = "approval_"
"""How the receipts' reasons begin of what is held until a person agrees."""
_NOT_BEGUN: Final = frozenset({State.QUEUED, State.HELD, State.WAITING})


def possible(action: OpenAction) -> tuple[Verdict | Judgement, ...]:
    """What a person may decide about an action as it stands. Pure."""
    if asks(action):
        return (*JUDGEMENTS, "drop")
    if action.state is State.UNKNOWN and action.reason != GIVEN_UP:
        return VERDICTS
    return ("drop",) if action.state in _NOT_BEGUN else ()


def asks(action: OpenAction) -> bool:
    """Whether it is held until a person agrees. Pure."""
    return action.state is State.HELD and (action.reason or "").startswith(ASKS)


def _check(action: OpenAction, verdict: Verdict | Judgement, reason: str) -> None:
    if not reason.strip():
        raise BadRequest("a reason is needed: it is what others read in the audit")
    if verdict not in possible(action):
        allowed = ", ".join(possible(action)) or "nothing"
        raise BadRequest(
            f"{action.action_id} is {action.state.value}: {verdict} cannot be said of it, "
            f"only {allowed}"
        )


def judged(
    action: OpenAction, verdict: Judgement, *, by: str, reason: str, at: datetime
) -> Approval:
    """A person's word on an action that asks for one, as it will travel. Pure.

    Raises:
        BadRequest: no reason was given, or the action asks for none.

    """
    _check(action, verdict, reason)
    return Approval(
        approval_id=approval_id(action.action_id, action.attempt, verdict),
        action_id=action.action_id,
        channel=action.channel,
        account=action.account,
        chat_id=action.chat_id,
        attempt=action.attempt,
        verdict=verdict,
        by=by,
        reason=reason,
        at=at,
    )


def decided(
    action: OpenAction, verdict: Verdict, *, by: str, reason: str, at: datetime
) -> Resolution:
    """A decision on an action as it stands, as it will travel. Pure.

    Raises:
        BadRequest: no reason was given, or the action's state allows no such decision.

    """
    _check(action, verdict, reason)
    return Resolution(
        resolution_id=resolution_id(action.action_id, action.attempt, action.part, verdict),
        action_id=action.action_id,
        channel=action.channel,
        account=action.account,
        chat_id=action.chat_id,
        attempt=action.attempt,
        part=action.part,
        verdict=verdict,
        by=by,
        reason=reason,
        at=at,
    )


async def hand_over(producer: Producer, prefix: str, decision: Resolution | Approval) -> None:
    """Audit a decision, then give it to the agent; both acked. Given again after a crash between
    them, it is audited twice and counts once.

    Raises:
        Permanent: the broker refuses it.

    """
    record = encode(
        decision,
        id=decision.approval_id if isinstance(decision, Approval) else decision.resolution_id,
        source=SOURCE,
        time=decision.at,
        subject=decision.action_id,
    )
    await producer.send(REDRIVE.name(prefix), record)
    topic = OUTBOX.name(prefix, channel=decision.channel, account=decision.account)
    await producer.send(topic, record)
