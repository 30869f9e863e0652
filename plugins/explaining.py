"""Why each handler answers an event or does not; agrees with `plugins.plugin.matches`. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from plugins.arguments import Misused
from plugins.cooldown import Cooldown
from plugins.description import described
from plugins.handler import REFUSING, Handler, Misjudged
from plugins.plugin import Instance, Plugin, is_for, offered
from plugins.trigger import Rule
from plugins.when import When
from schemas.event import Event, MessageReceived, ScheduleFired

Reason = Literal[
    "matched",
    "misused",
    "rule_raised",
    "refused",
    "historical",
    "off",
    "planned",
    "channel",
    "scope",
    "trigger",
    "rule",
    "permission",
    "memory",
    "blocked",
    "quarantined",
]

CALLED: frozenset[Reason] = frozenset({"matched", "misused", "rule_raised", "refused"})
"""Where a handler is called: to answer, to say how to write it, to fail, to refuse with a word."""


@dataclass(frozen=True)
class Verdict:
    """What became of one handler of one instance; `words` fill in the reason's sentence."""

    instance: str
    handler: str
    to: str
    reason: Reason
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def called(self) -> bool:
        """Whether it is called."""
        return self.reason in CALLED


def explained(
    instances: Iterable[Instance],
    event: Event,
    off: Mapping[str, Plugin] | None = None,
    held: Mapping[str, str] | None = None,
) -> list[Verdict]:
    """A verdict for each handler, in the order in which they see the event; then those of instances
    that are `off`. `held`: instances in quarantine, and why; they block all the same.
    """
    some = list(instances)
    verdicts: list[Verdict] = []
    blocker, told = "", set[str]()
    for _, _, instance, handler in sorted(offered(some), key=lambda one: one[:2]):
        verdict = _verdict(instance, handler, event, blocker)
        if verdict.reason == "permission" and _is_told(instance, handler, told):
            verdict = _said(
                instance, handler, "refused", **verdict.words, cooldown=_every(REFUSING)
            )
        if verdict.called:
            told.add(instance.name)
        if handler.block and verdict.reason in {"matched", "misused"}:
            blocker = f"{instance.name}.{handler.name}"
        verdicts.append(verdict)
    for name, plugin in (off or {}).items():
        verdicts += [_said(Instance(name, plugin), one, "off") for one in plugin.handlers]
    return [_waiting(one, held or {}) for one in verdicts]


def _waiting(verdict: Verdict, held: Mapping[str, str]) -> Verdict:
    """What would be called, and waits for as long as its instance is in quarantine."""
    if verdict.instance not in held or not (verdict.called or verdict.reason == "memory"):
        return verdict
    return replace(verdict, reason="quarantined", words={"why": held[verdict.instance]})


def _verdict(instance: Instance, handler: Handler, event: Event, blocker: str) -> Verdict:
    if isinstance(event, MessageReceived) and event.historical:
        return _said(instance, handler, "historical")
    if not is_for(instance, event):
        return _elsewhere(instance, handler, event)
    if blocker:
        return _said(instance, handler, "blocked", by=blocker)
    return _offered_to(instance, handler, event)


def _offered_to(instance: Instance, handler: Handler, event: Event) -> Verdict:
    found = handler.match(event, instance.config, None, instance.roles)
    if found is None:
        return _unfit(instance, handler, event)
    if not instance.permits(handler, event):
        return _lacking(instance, handler, event)
    if isinstance(found, Misjudged):
        error = found.error
        return _said(instance, handler, "rule_raised", error=f"{type(error).__name__}: {error}")
    if handler.remembers:
        return _said(instance, handler, "memory", rule=_named(handler.when))
    if isinstance(found, Misused):
        return _said(instance, handler, "misused", problem=found.problem)
    return _said(instance, handler, "matched", cooldown=_every(handler.cooldown))


def _every(spaced: Cooldown | None) -> str:
    return "" if spaced is None else f"{spaced.every.total_seconds():g} s per {spaced.per}"


def _unfit(instance: Instance, handler: Handler, event: Event) -> Verdict:
    if handler.trigger.match(event, handler.wanted) is None:
        return _said(instance, handler, "trigger")
    # None of those before it raised: else it would be misjudged.
    rule = next((rule for rule in handler.rules if not rule(event)), handler.when)
    return _said(instance, handler, "rule", rule=_named(rule))


def _named(condition: Rule | When | None) -> str:
    holds = condition.holds if isinstance(condition, When) else condition
    return str(getattr(holds, "__qualname__", holds))


def _elsewhere(instance: Instance, handler: Handler, event: Event) -> Verdict:
    channels = instance.plugin.manifest.channels
    if isinstance(event, ScheduleFired) and event.instance is not None:
        return _said(instance, handler, "planned", by=event.instance)
    if channels and event.channel not in channels:
        return _said(instance, handler, "channel", channels=", ".join(channels))
    wanted = instance.scope.model_dump(exclude_defaults=True, mode="json")
    told = "; ".join(f"{name}: {', '.join(some)}" for name, some in wanted.items())
    return _said(instance, handler, "scope", scope=told)


def _lacking(instance: Instance, handler: Handler, event: Event) -> Verdict:
    wanted = " + ".join(" | ".join(roles) for roles in instance.wanted(handler))
    held = ", ".join(sorted(instance.roles.held(event)))
    if isinstance(event, MessageReceived) and event.gap_possible:
        held += " (gap_possible)"  # its author may hold more, and is not proven
    return _said(instance, handler, "permission", wanted=wanted, held=held)


def _is_told(instance: Instance, handler: Handler, told: set[str]) -> bool:
    return instance.tells_refusal(handler) and instance.name not in told


def _said(instance: Instance, handler: Handler, reason: Reason, **words: str) -> Verdict:
    return Verdict(instance.name, handler.name, described(handler), reason, words)
