"""What an assistant remembers of one chat: the last turns, and a summary of those before. Pure."""

from collections.abc import Mapping, MutableMapping
from datetime import datetime, timedelta
from typing import Any, Final

TURNS: Final = "turns"
SUMMARY: Final = "summary"
_AT: Final = "at"
_MOST_SAID: Final = 4000  # characters of one saying that are remembered
_MOST_SUMMARY: Final = 4000

Turn = Mapping[str, str]
"""`said`, with the name of who said it in a group, and `answer`."""


def begin(state: MutableMapping[str, Any], now: datetime, forget: timedelta) -> None:
    """Forget what is too old."""
    last = state.get(_AT)
    if last is not None and now - datetime.fromisoformat(last) > forget:
        clear(state)
    state[_AT] = now.isoformat()


def clear(state: MutableMapping[str, Any]) -> None:
    """Forget all."""
    for name in (TURNS, SUMMARY, _AT):
        state.pop(name, None)


def note(state: MutableMapping[str, Any], said: str, answer: str, keep: int) -> None:
    """Remember one more turn; without end nothing grows: far too many turns lose their oldest."""
    turn = {"said": said[:_MOST_SAID], "answer": answer[:_MOST_SAID]}
    state[TURNS] = [*state.get(TURNS, ()), turn][-3 * keep :] if keep else []


def overdue(state: Mapping[str, Any], keep: int) -> list[Turn]:
    """The turns that are to be summed up now: all but the last `keep`, once there are twice so
    many, so that not every answer costs a summary.
    """
    turns: list[Turn] = list(state.get(TURNS, ()))
    return turns[:-keep] if keep and len(turns) >= 2 * keep else []


def sum_up(state: MutableMapping[str, Any], summary: str, turns: int) -> None:
    """A summary stands for the first `turns`."""
    state[SUMMARY] = summary[:_MOST_SUMMARY]
    state[TURNS] = list(state.get(TURNS, ()))[turns:]


def told(state: Mapping[str, Any], keep: int) -> list[dict[str, str]]:
    """The messages that tell a model what was said before."""
    messages = []
    if summary := state.get(SUMMARY):
        messages.append({"role": "system", "content": f"Earlier in this chat 之前聊过:\n{summary}"})
    for turn in list(state.get(TURNS, ()))[-2 * keep :] if keep else []:
        messages.append({"role": "user", "content": turn["said"]})
        messages.append({"role": "assistant", "content": turn["answer"]})
    return messages


def to_sum_up(state: Mapping[str, Any], turns: list[Turn]) -> str:
    """What a model is asked, to make a summary of some turns."""
    before = state.get(SUMMARY)
    lines = [f"Summary so far 已有摘要:\n{before}\n"] if before else []
    for turn in turns:
        lines += [turn["said"], f"assistant: {turn['answer']}"]
    return "\n".join(lines)
