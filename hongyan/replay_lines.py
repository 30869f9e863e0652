"""Outcomes of replays for people, for machines that build, and as pytest cases. Pure."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import click

from connectors.recordings import Recording
from streams.replay import Replayed

_COLOURS: Final = {"same": "green", "changed": "yellow", "new": "yellow", "missing": "red"}
_MOST: Final = 200


def lines(outcome: Sequence[Replayed]) -> Iterator[str]:
    """One line a run; below it what differs; at the end the counts."""
    for one in outcome:
        verdict = click.style(f"{one.verdict:<8}", fg=_COLOURS.get(one.verdict, "red"))
        yield f"{verdict} {one.event_id[:8]}  {one.instance}  {one.said[:60]!r}"
        if one.as_before and one.error is None:
            continue
        yield from (click.style(f"  - {text[:_MOST]}", fg="red") for text in one.before)
        if one.error_before and not one.as_before:
            yield click.style(f"  - ! {one.error_before[:_MOST]}", fg="red")
        yield from (click.style(f"  + {text[:_MOST]}", fg="green") for text in one.after)
        if one.error:
            yield click.style(f"  ! {one.error[:_MOST]}", fg="red")
            yield from (f"    {line}" for line in one.stack.rstrip().splitlines()[-6:])
    counts: dict[str, int] = {}
    for one in outcome:
        counts[one.verdict] = counts.get(one.verdict, 0) + 1
    yield ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))


def junit(outcome: Sequence[Replayed]) -> str:
    """As JUnit's XML, which build servers show."""
    failures = sum(not one.as_before for one in outcome)
    head = f'<testsuite name="replay" tests="{len(outcome)}" failures="{failures}">'
    return "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>', head, *map(_case, outcome), "</testsuite>"]
    )


def _case(one: Replayed) -> str:
    head = (
        f"<testcase classname={quoteattr(one.instance)} name={quoteattr(one.event_id)} "
        f'time="{one.ms / 1000:.3f}">'
    )
    if one.as_before:
        return f"{head}</testcase>"
    told = [*(f"- {text}" for text in one.before), *(f"+ {text}" for text in one.after), one.stack]
    body = escape(_printable("\n".join(told)))
    return f"{head}<failure message={quoteattr(one.verdict)}>{body}</failure></testcase>"


def _printable(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold."""
    return "".join(
        c if c in "\n\t" or (c >= " " and c not in "\ufffe\uffff") else "?" for c in text
    )


def compared(first: Sequence[dict[str, Any]], second: Sequence[dict[str, Any]]) -> list[Replayed]:
    """The second outcome against the first: what was `after` there is `before` here."""
    left = {(one["event_id"], one["instance"]): one for one in first}
    right = {(one["event_id"], one["instance"]): one for one in second}
    found = []
    for key in {**left, **right}:
        one, other = left.get(key), right.get(key)
        before = tuple(one["after"]) if one else ()
        after = tuple(other["after"]) if other else ()
        equal = one is not None and other is not None and before == after
        equal = equal and one is not None and other is not None and one["error"] == other["error"]
        verdict = (
            "same" if equal else "missing" if other is None else "new" if one is None else "changed"
        )
        shown = other or one or {}
        found.append(
            Replayed(
                *key,
                verdict,  # type: ignore[arg-type]  # one of the four
                shown["said"],
                before,
                after,
                other["error"] if other else None,
                error_before=one["error"] if one else None,
            )
        )
    return found


def against_recorded(entries: Sequence[dict[str, Any]]) -> list[Replayed]:
    """A saved outcome as it stood against what was recorded."""
    return [
        Replayed(
            one["event_id"],
            one["instance"],
            one["verdict"],
            one["said"],
            tuple(one["before"]),
            tuple(one["after"]),
            one["error"],
            one["stack"],
            one["ms"],
            error_before=one["error_before"],
        )
        for one in entries
    ]


def case(
    recording: Recording, outcome: Mapping[str, Any], folder: Path, plugins: Sequence[Path]
) -> str:
    """A pytest case in `folder`: run again, one recorded run answers as in `outcome`.

    It finds the folders of plugins from where it stands itself.
    """
    run = json.dumps(recording.run.model_dump(mode="json"), ensure_ascii=False, indent=1)
    event = json.dumps(recording.event.model_dump(mode="json"), ensure_ascii=False, indent=1)
    expected = json.dumps(
        {"after": list(outcome["after"]), "error": outcome["error"]}, ensure_ascii=False, indent=1
    )
    here = folder.resolve()
    homes = [Path(os.path.relpath(home.resolve(), here)).as_posix() for home in plugins]
    return f'''"""A recorded run of {recording.run.instance}, run again."""

import asyncio
import json
from pathlib import Path

from connectors.recordings import Recording
from plugins.loader import load
from schemas.envelope import TYPES
from schemas.run import PluginRun
from streams.replay import Replay

PLUGINS = [Path(__file__).parent / home for home in {json.dumps(homes)}]
EVENT = json.loads(r"""
{event}
""")
RUN = json.loads(r"""
{run}
""")
EXPECTED = json.loads(r"""
{expected}
""")


def test_it_answers_as_expected():
    event = TYPES[{recording.event.TYPE!r}].model_validate(EVENT)
    recording = Recording(event, PluginRun.model_validate(RUN))
    outcome = asyncio.run(Replay(load(PLUGINS).instances).one(recording))
    assert {{"after": list(outcome.after), "error": outcome.error}} == EXPECTED, outcome.stack
'''
