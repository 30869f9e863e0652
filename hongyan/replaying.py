"""What `hongyan replay` does behind its options: find recordings, run them again, keep outcomes."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from connectors.database import migrate_patiently, open_engine
from connectors.recordings import Recording, Recordings, Selection
from connectors.settings import CommonSettings
from hongyan import debugging
from hongyan.running_stack import broker_of, database_of, media_of
from plugins.plugin import Instance, in_order
from schemas.envelope import TYPES
from schemas.event import EVENTS
from schemas.failure import BadRequest
from schemas.run import PluginRun
from streams.replay import Replay, Replayed
from streams.replay_calls import Calls

if TYPE_CHECKING:
    from plugins.http import HttpAnswer, HttpRequest

_SHOWN: Final = (
    "event_id", "instance", "verdict", "said", "before", "after", "error", "stack", "ms",
    "error_before",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """The options, read."""

    selection: Selection
    offsets: str | None
    plugin: str | None
    folders: tuple[Path, ...]
    kafka: str | None
    postgres: str | None
    data: Path
    calls: Calls = "recorded"
    stubs: Mapping[str, Any] = field(default_factory=dict)
    empty_state: bool = False
    breaks: tuple[str, ...] = ()
    post_mortem: bool = False
    by: str = "unknown"
    reason: str | None = None


@dataclass(frozen=True)
class Outcome:
    """Runs again, each beside its recording."""

    runs: tuple[Replayed, ...]
    recordings: tuple[Recording, ...]


def as_object(one: Replayed) -> dict[str, Any]:
    """For JSON."""
    return {name: getattr(one, name) for name in _SHOWN}


def saved(outcome: Outcome) -> str:
    """An outcome with its recordings, as the file that `diff` and `export` read."""
    pairs = zip(outcome.runs, outcome.recordings, strict=True)
    entries = [{**as_object(run), "recording": _recording_object(one)} for run, one in pairs]
    return json.dumps(entries, ensure_ascii=False, indent=1) + "\n"


def _recording_object(one: Recording) -> dict[str, Any]:
    event, run = one.event, one.run
    return {
        "type": event.TYPE,
        "event": event.model_dump(mode="json"),
        "run": run.model_dump(mode="json"),
    }


def recording_of(entry: Mapping[str, Any]) -> Recording:
    """The recording that a saved entry holds."""
    kept = entry["recording"]
    event = TYPES[kept["type"]].model_validate(kept["event"])
    assert isinstance(event, EVENTS)  # noqa: S101  # only runs of events are recorded
    return Recording(event, PluginRun.model_validate(kept["run"]))


def read_saved(file: Path) -> list[dict[str, Any]]:
    """The entries of a saved outcome.

    Raises:
        BadRequest: the file is none.

    """
    try:
        entries = json.loads(file.read_text("utf-8"))
        found = [dict(entry) for entry in entries]
        complete = all(set(_SHOWN) <= set(entry) for entry in found)
    except (ValueError, TypeError) as error:
        raise BadRequest(f"{file} is no outcome that --save wrote: {error}") from error
    if not complete:
        raise BadRequest(f"{file} is no outcome that --save wrote")
    return found


async def run_again(asked: Asked) -> Outcome:
    """Find the recordings and run them, one after another."""
    from connectors.outside_http import OutsideHttp
    from plugins.http import HttpAnswer

    recordings = await find_recordings(asked)
    outside = OutsideHttp()

    async def fetch(request: "HttpRequest") -> "HttpAnswer":
        got = await outside.fetch(
            request.method,
            request.url,
            request.headers,
            request.body,
            request.seconds,
            passes=request.passes,
        )
        return HttpAnswer(*got)

    instances = loaded(asked)
    replay = Replay(
        instances,
        calls=asked.calls,
        stubs=asked.stubs,
        empty_state=asked.empty_state,
        fetch=fetch if asked.calls == "live-readonly" else None,
        on_raise=debugging.look_at if asked.post_mortem else debugging.leave,
    )
    places = [debugging.find_place(text, instances) for text in asked.breaks]
    try:
        with debugging.stopping_at(places) if places else nullcontext():
            runs = [await replay.one(one) for one in recordings]
    finally:
        await outside.close()
    return Outcome(tuple(runs), tuple(recordings))


async def find_recordings(asked: Asked) -> list[Recording]:
    """The recorded runs that the options name."""
    from connectors.media.address import open_store
    from connectors.offset_range import events_at, parse_offsets
    from schemas.topics import INBOUND
    from streams.shelf import whole

    wanted = asked.selection
    if asked.offsets is not None:
        place = parse_offsets(asked.offsets)
        topic = INBOUND.name(CommonSettings().topic_prefix)
        ids = await events_at(broker_of(asked.kafka, asked.data), topic, place)
        wanted = replace(wanted, events=ids)
    dsn = database_of(asked.postgres, asked.data)
    await migrate_patiently(dsn)
    engine = open_engine(dsn, size=1)
    try:
        return await whole(await Recordings(engine).find(wanted), open_store(media_of(asked.data)))
    finally:
        await engine.dispose()


async def write_session(asked: Asked, session: str, outcome: Outcome) -> tuple[str, int]:
    """Write the answers into the session's sandbox; the topic, and how many."""
    from connectors.sandbox import write_answers

    kafka = broker_of(asked.kafka, asked.data)
    answers = (action for run in outcome.runs for action in run.answers)
    return await write_answers(kafka, session, CommonSettings().topic_prefix, answers)


async def audited(asked: Asked, outcome: Outcome, session: str | None) -> None:
    """Tell the audit who ran what again; a broker that is away is said, and stops nobody."""
    from uuid import uuid4

    from connectors.replay_audit import audit
    from hongyan.wording import sentence
    from schemas.failure import Failure
    from schemas.replay import ReplayDone

    given = {**vars(asked.selection), "plugin": asked.plugin, "offsets": asked.offsets}
    done = ReplayDone(
        replay_id=f"rp-{uuid4().hex[:12]}",
        by=asked.by,
        reason=asked.reason,
        selection=" ".join(f"{name}={value}" for name, value in given.items() if value is not None),
        at=datetime.now(UTC),
        calls=asked.calls,
        matched=len(outcome.recordings),
        verdicts=dict(Counter(run.verdict for run in outcome.runs)),
        session=session,
    )
    try:
        await audit(broker_of(asked.kafka, asked.data), CommonSettings().topic_prefix, done)
    except Failure as failure:
        click.secho(sentence("not_audited", why=failure), fg="yellow", err=True)


def loaded(asked: Asked) -> tuple[Instance, ...]:
    """The bundled plugins, those in the folders, and the one whose code is named."""
    from hongyan.plugin_source import plugin_at
    from plugins.loader import load

    found = load(asked.folders)
    instances = {instance.name: instance for instance in found.instances}
    for problem in found.problems:
        click.secho(str(problem), fg="red", err=True)
    name, at, where = (asked.plugin or "").partition("@")
    if at:
        plugin = plugin_at(name, where)
        known = instances.get(name)
        instances[name] = replace(known, plugin=plugin) if known else Instance(name, plugin)
    return in_order(instances.values())


def moment(text: str | None, now: datetime) -> datetime | None:
    """A time, or so long ago.

    Raises:
        BadRequest: it is neither.

    """
    from datetime import timedelta

    if text is None:
        return None
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    if text[:-1].isdigit() and text[-1] in units:
        return now - timedelta(**{units[text[-1]]: int(text[:-1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(f"{text!r}: 2026-11-25T08:00 or 2h") from error
    return found if found.tzinfo is not None else found.astimezone()


def read_stubs(file: Path | None) -> dict[str, Any]:
    """Answers by `METHOD URL` or by a call's name.

    Raises:
        BadRequest: the file holds no JSON object.

    """
    if file is None:
        return {}
    try:
        stubs = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise BadRequest(f"{file} is no JSON: {error}") from error
    if not isinstance(stubs, dict):
        raise BadRequest(f'{file} holds no object, as {{"GET http://…": {{…}}}}')
    return stubs


def cases(entries: Sequence[Mapping[str, Any]], folder: Path, plugins: Sequence[Path]) -> int:
    """Write each saved run as a pytest case into `folder`; how many."""
    from hongyan.replay_lines import case

    folder.mkdir(parents=True, exist_ok=True)
    for entry in entries:
        one = recording_of(entry)
        stem = f"test_replay_{one.run.instance}_{one.event.event_id[:8]}".replace("-", "_")
        (folder / f"{stem}.py").write_text(case(one, entry, folder, plugins), encoding="utf-8")
    return len(entries)
