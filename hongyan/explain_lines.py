"""Why handlers answered or did not, and what was denied, for people and as JSON. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import click

from hongyan.harmless import harmless
from hongyan.wording import Wording, language
from plugins.explaining import Verdict
from schemas.run import PluginRun

_SAYS: Final[dict[str, Wording]] = {
    "matched": Wording("answers", "响应"),
    "misused": Wording(
        "matches, but is told how to write it: {problem}", "匹配，但写法有误：{problem}"
    ),
    "rule_raised": Wording("fails: its rule raised {error}", "失败：条件抛出 {error}"),
    "refused": Wording(
        "refused with a word: needs {wanted}, the author holds {held}",
        "已拒绝并提示：需要 {wanted}，此人只有 {held}",
    ),
    "historical": Wording(
        "no: the message is older than the first sight of its chat",
        "不：这条消息早于首次看到该会话",
    ),
    "off": Wording(
        "no: switched off, or not declared in instances.toml",
        "不：已停用，或未在 instances.toml 中声明",
    ),
    "planned": Wording("no: {by} asked for this time", "不：这个定时属于 {by}"),
    "channel": Wording("no: the plugin works on {channels} alone", "不：插件只用于渠道 {channels}"),
    "scope": Wording(
        "no: outside the scope of the instance ({scope})", "不：不在实例范围内（{scope}）"
    ),
    "trigger": Wording("no: it answers to {to}", "不：只响应 {to}"),
    "rule": Wording("no: its rule {rule} does not hold", "不：条件 {rule} 不成立"),
    "permission": Wording(
        "no: needs {wanted}, the author holds {held}", "不：需要 {wanted}，此人只有 {held}"
    ),
    "memory": Wording(
        "perhaps: {rule} decides by what the chat remembers",
        "视情况：由 {rule} 按本会话的记忆决定",
    ),
    "blocked": Wording("no: blocked by {by}", "不：被 {by} 拦截"),
    "quarantined": Wording(
        "waits: the instance is in quarantine ({why})", "等待：实例已隔离（{why}）"
    ),
}
_COOLDOWN: Final = Wording(
    "; at most once in {cooldown}, decided as it runs", "；最多每 {cooldown} 一次，运行时判定"
)
_UNCALLED: Final = click.style("·", dim=True)
_RAN: Final = Wording("ran: {outcome}, {count} actions", "已运行：{outcome}，{count} 个动作")
_TAKEN: Final = Wording(
    "It answered a question of {name}, so no other plugin saw it",
    "它回答了 {name} 的提问，其他插件没有看到",
)
_DENIED: Final = Wording(
    "{at:%Y-%m-%d %H:%M:%S} {name} {sought} in {chat}",
    "{at:%Y-%m-%d %H:%M:%S} {name} {sought}，会话 {chat}",
)


def lines(verdicts: Sequence[Verdict], runs: Iterable[PluginRun]) -> Iterator[str]:
    """A line for each handler; those that are called stand out, and those of instances that are off
    share one. `runs`: what became of it.
    """
    last = {run.instance: run for run in runs}
    called = {one.instance for one in verdicts if one.called}
    off = dict.fromkeys(one.instance for one in verdicts if one.reason == "off")
    for one in (verdict for verdict in verdicts if verdict.reason != "off"):
        said = _said(_SAYS[one.reason], to=one.to, **one.words)
        if one.words.get("cooldown"):
            said += _said(_COOLDOWN, **one.words)
        mark = click.style("✓", fg="green") if one.called else _UNCALLED
        yield f"{mark} {one.instance}.{one.handler}  {one.to}"
        yield f"    {harmless(said)}"
    if off:
        yield f"{_UNCALLED} {', '.join(off)}"
        yield f"    {_said(_SAYS['off'])}"
    for name, run in last.items():
        told = _said(_RAN, outcome=run.outcome, count=str(len(run.actions)))
        error = f": {run.error}" if run.error else ""
        yield harmless(f"  → {name} {run.plugin_version} {told}{error}")
        if name not in called and any(call.name == "ask" for call in run.calls):
            yield "    " + _said(_TAKEN, name=name)


def as_object(one: Verdict) -> dict[str, Any]:
    """For JSON."""
    return {
        "instance": one.instance,
        "handler": one.handler,
        "to": one.to,
        "called": one.called,
        "reason": one.reason,
        **one.words,
        "said": _said(_SAYS[one.reason], to=one.to, **one.words),
    }


def run_object(run: PluginRun) -> dict[str, Any]:
    """What became of it, for JSON."""
    count = len(run.actions)
    return {"instance": run.instance, "outcome": run.outcome, "actions": count, "error": run.error}


def denied_lines(runs: Iterable[PluginRun]) -> Iterator[str]:
    """A line for each thing that was tried."""
    for run in runs:
        for sought in run.denied:
            told = {"name": run.instance, "sought": sought, "chat": run.chat_id}
            yield harmless(_text(_DENIED).format(at=run.started_at, **told))


def denied_objects(runs: Iterable[PluginRun]) -> list[dict[str, Any]]:
    """For JSON."""
    return [
        {
            "at": run.started_at.isoformat(),
            "instance": run.instance,
            "capability": sought.partition(" ")[0],
            "target": sought.partition(" ")[2],
            "channel": run.channel,
            "account": run.account,
            "chat_id": run.chat_id,
            "event_id": run.event_id,
        }
        for run in runs
        for sought in run.denied
    ]


def _said(wording: Wording, **words: str) -> str:
    return _text(wording).format(**words)


def _text(wording: Wording) -> str:
    return wording.chinese if language() == "zh" else wording.english
