"""A story for people, one step a line with its time and its distance; and as JSON. Pure."""

from collections.abc import Iterator
from typing import Any, Final

import click

from connectors.story import Step, Story
from hongyan.harmless import harmless
from hongyan.wording import Wording, language

_SAYS: Final[dict[str, Wording]] = {
    "seen": Wording(
        "{sender} in {chat} ({channel}/{account}): {text}",
        "{sender} 在「{chat}」（{channel}/{account}）：{text}",
    ),
    "produced": Wording("produced to bot.{topic}", "写入 bot.{topic}"),
    "recalled": Wording("recalled", "被撤回"),
    "ran": Wording(
        "{instance} {version}: {outcome} in {ms} ms, actions: {actions}",
        "{instance} {version}：{outcome}，{ms} 毫秒，{actions} 个动作",
    ),
    "failed": Wording(
        "{instance} {version} failed after {ms} ms: {error}",
        "{instance} {version} 运行 {ms} 毫秒后失败：{error}",
    ),
    "waits": Wording(
        "{instance} waits {tier} for attempt {attempt}: {error}",
        "{instance} 等待 {tier} 后第 {attempt} 次尝试：{error}",
    ),
    "lined_up": Wording(
        "stands in line for {instance} behind {head}", "在 {instance} 处排队，前面是 {head}"
    ),
    "held": Wording(
        "holds its chat for {instance} until a person decides", "{instance} 等待人工处理"
    ),
    "died": Wording(
        "dead letter {letter} of {instance}, attempt {attempt}: {error}",
        "{instance} 的死信 {letter}，第 {attempt} 次：{error}",
    ),
    "redriven": Wording("{letter} sent back by {redrive}", "{letter} 由 {redrive} 送回"),
    "discarded": Wording("{letter} discarded by {redrive}", "{letter} 由 {redrive} 放弃"),
    "asked": Wording(
        "{instance} wants to say in {chat}: {text}", "{instance} 要在 {chat} 发送：{text}"
    ),
    "state": Wording("{state} {why}", "{state} {why}"),
}
_RED: Final = frozenset({"failed", "died"})
_BAD_STATES: Final = frozenset({"failed", "not_sent", "expired", "unknown"})
_MOST: Final = 160


def lines(story: Story) -> Iterator[str]:
    """Its ids, then its steps."""
    yield click.style(" ".join(name for name in (story.event_id, story.trace) if name), bold=True)
    first = story.steps[0].at if story.steps else None
    for step in story.steps:
        after = (step.at - first).total_seconds() if first is not None else 0.0
        at = step.at.astimezone().strftime("%m-%d %H:%M:%S.%f")[:-3]
        yield f"{click.style(at, dim=True)} {_distance(after):>9}  {_sentence(step)}"


def as_object(story: Story) -> dict[str, Any]:
    """The story for machines."""
    return {
        "event_id": story.event_id,
        "trace": story.trace,
        "steps": [
            {"at": step.at.isoformat(), "what": step.what, **step.words} for step in story.steps
        ],
    }


def _sentence(step: Step) -> str:
    wording = _SAYS[step.what]
    text = (wording.chinese if language() == "zh" else wording.english).format(**step.words)
    text = harmless(" ".join(text.split()))
    if len(text) > _MOST:
        text = text[:_MOST] + "…"
    if step.what in _RED or step.words.get("state") in _BAD_STATES:
        return click.style(text, fg="red")
    return click.style(text, fg="green") if step.words.get("state") == "sent" else text


def _distance(seconds: float) -> str:
    if seconds < 60:
        return f"+{seconds:.3f}s"
    minutes = int(seconds // 60)
    return f"+{minutes}m{int(seconds % 60):02}s" if minutes < 60 else f"+{minutes // 60}h"
