"""Runs command lines on the simulated phone; one line runs whole, nothing comes in between."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from device_agent.sim.befalling import WAITS, happen
from device_agent.sim.failure import CommandAborted
from device_agent.sim.faults import NOTHING, Strike
from device_agent.sim.phone import Phone
from device_agent.sim.shell.files import Folder
from device_agent.sim.shell.grammar import AndOr, Command, Part, Pipeline, Unreadable, Word, parse

NOT_FOUND = 127
_DEEPEST = 20


@dataclass(slots=True)
class Streams:
    """What a command reads and writes; `both` is what a terminal would show, in order."""

    stdin: bytes = b""
    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)
    both: bytearray = field(default_factory=bytearray)

    def say(self, text: str) -> None:
        """Write a text to standard output."""
        self.out += text.encode()
        self.both += text.encode()

    def complain(self, text: str) -> None:
        """Write a line to standard error."""
        self.err += text.encode() + b"\n"
        self.both += text.encode() + b"\n"


@dataclass(slots=True)
class Outcome:
    """What a command line wrote, apart and in order, and its exit status."""

    out: bytes
    err: bytes
    both: bytes
    status: int


class Postponed(Exception):
    """A wait strikes: the whole line must wait and then run again from its start.

    `carried` tells of its touches and writings that were carried out before, in order.
    """

    def __init__(self, strike: Strike, carried: list["Carried"]) -> None:
        super().__init__("the line waits")
        self.strike = strike
        self.carried = carried


class AlreadyDone(Exception):
    """The touch was carried out when the line ran before its wait."""


Program = Callable[["Session", list[str], Streams], Awaitable[int] | int]


@dataclass(frozen=True, slots=True)
class Carried:
    """A touch, a writing or a look that was carried out, or `aborted`; scripts hear of it."""

    kind: str
    chat_id: str | None
    aborted: bool = False


class Session:
    """One command line's run: its variables, its last status, the fault that befalls it.

    After a wait it runs again: `strike` befalls the first of its touches that is not `carried`.
    """

    def __init__(
        self,
        phone: Phone,
        programs: dict[str, Program],
        strike: Strike | None = None,
        carried: list[Carried] | None = None,
    ) -> None:
        self.phone = phone
        self.programs = programs
        self.strike = strike
        self._before = carried or []
        self.files = Folder(phone.files)
        self._status = 0
        self._variables: dict[str, str] = {}
        self._depth = 0
        self._carried: list[Carried] = []

    def struck(self, kind: str, point: tuple[int, int] | None = None) -> Strike:
        """The fault for a touch at `point`, for typing or for a look at the screen.

        Raises Postponed, AlreadyDone, CommandAborted and StreamBroken.
        """
        if len(self._carried) < len(self._before):
            known = self._before[len(self._carried)]
            self._carried.append(known)
            if known.aborted:
                raise CommandAborted(1)
            if known.kind == "dump":
                return NOTHING
            raise AlreadyDone
        strike = self.strike if self.strike is not None else self.phone.faults.strike(kind)
        fresh, self.strike = self.strike is None, None
        if fresh and any(strike.has(name) for name in WAITS):
            raise Postponed(strike, self._carried)
        if fresh:
            happen(self.phone, strike)
        aborted = strike.has("rpc_500_before") or strike.has("rpc_500_after")
        chat_id = self.phone.script.before(kind, point)
        self._carried.append(Carried(kind, chat_id, aborted))
        if strike.has("rpc_500_before"):
            raise CommandAborted(1)
        return strike

    async def run(self, line: str) -> Outcome:
        """Run a command line. Raises Postponed, StreamBroken."""
        streams = Streams()
        try:
            await self._lists(parse(line), streams)
        except Unreadable as wrong:
            streams.complain(f"/system/bin/sh: {wrong.detail}")
            self._status = 2
        for one in self._carried:
            self.phone.script.after(one.kind, one.chat_id)
        return Outcome(bytes(streams.out), bytes(streams.err), bytes(streams.both), self._status)

    async def _lists(self, lists: list[AndOr], streams: Streams) -> None:
        for one in lists:
            marks = len(streams.out), len(streams.err), len(streams.both)
            try:
                await self._and_or(one, streams)
            except CommandAborted as aborted:
                del streams.out[marks[0] :], streams.err[marks[1] :], streams.both[marks[2] :]
                self._status = aborted.status

    async def _and_or(self, one: AndOr, streams: Streams) -> None:
        for joint, pipeline in one.steps:
            if (joint == "&&" and self._status) or (joint == "||" and not self._status):
                continue
            await self._pipeline(pipeline, streams)

    async def _pipeline(self, pipeline: Pipeline, streams: Streams) -> None:
        fed = streams.stdin
        for place, command in enumerate(pipeline):
            last = place == len(pipeline) - 1
            piped = Streams(fed, streams.out, streams.err, streams.both) if last else Streams(fed)
            self._status = await self._command(command, piped)
            if not last:
                fed = bytes(piped.out)
                streams.err += piped.err
                streams.both += piped.err

    async def _command(self, command: Command, streams: Streams) -> int:
        words = [text for word in command.words for text in await self._expand(word)]
        inner = Streams(streams.stdin)
        files = self.files
        joined = False
        targets: dict[str, tuple[str, bool]] = {}
        for operator, word in command.redirects:
            if operator == "2>&1":
                joined = True
                continue
            if "&" in operator:
                targets["out"] = ("&2", False)
                continue
            path = "".join(await self._expand(word))
            if operator == "<":
                read = files.read(path)
                if read is None:
                    streams.complain(
                        f"/system/bin/sh: can't open {path}: No such file or directory"
                    )
                    return 1
                inner.stdin = read
                continue
            targets["err" if operator.startswith("2") else "out"] = (path, operator.endswith(">>"))
        status = await self._program(words, inner)
        return self._deliver(inner, streams, targets, status, joined=joined)

    def _deliver(
        self,
        inner: Streams,
        streams: Streams,
        targets: dict[str, tuple[str, bool]],
        status: int,
        *,
        joined: bool,
    ) -> int:
        if joined:
            inner.out += inner.err
            inner.err.clear()
        for name, written, through in (
            ("out", inner.out, streams.out),
            ("err", inner.err, streams.err),
        ):
            path, appended = targets.get(name, ("", False))
            if not path:
                through.extend(written)
                streams.both += written
            elif path == "&2":
                streams.err += written
                streams.both += written
            else:
                before = (self.files.read(path) or b"") if appended else b""
                if not self.files.write(path, before + bytes(written)):
                    streams.complain(
                        f"/system/bin/sh: can't create {path}: No such file or directory"
                    )
                    status = 1
        return status

    async def _program(self, words: list[str], streams: Streams) -> int:
        while words and "=" in words[0] and words[0].split("=")[0].isidentifier():
            name, _, value = words.pop(0).partition("=")
            self._variables[name] = value
        if not words:
            return 0
        negated = words[0] == "!"
        words = words[negated:]
        if words[:1] == ["exec"]:
            words = words[1:]
        if not words:
            return int(negated)
        if words[0] == "export":
            return self._export(words[1:])
        program = self.programs.get(words[0].rsplit("/", 1)[-1])
        if program is None:
            streams.complain(f"/system/bin/sh: {words[0]}: inaccessible or not found")
            return NOT_FOUND
        status = await self._status_of(program, words, streams)
        return int(not status) if negated else status

    async def _status_of(self, program: Program, words: list[str], streams: Streams) -> int:
        try:
            result = program(self, words[1:], streams)
            return result if isinstance(result, int) else await result
        except AlreadyDone:
            return 0
        except (ValueError, LookupError, ArithmeticError) as wrong:
            streams.complain(f"{words[0]}: bad arguments: {wrong}")
            return 1

    def _export(self, words: list[str]) -> int:
        for word in words:
            name, equals, value = word.partition("=")
            if equals:
                self._variables[name] = value
        return 0

    async def _expand(self, word: Word) -> list[str]:
        texts: list[str] = [""]
        whole = any(part.quoted for part in word.parts)
        for part in word.parts:
            value = await self._value(part)
            if part.kind == "text" or part.quoted:
                texts[-1] += value
                continue
            fields = value.split()
            if fields:
                texts[-1] += fields[0]
                texts.extend(fields[1:])
        return texts if whole or texts != [""] or not word.parts else []

    async def _value(self, part: Part) -> str:
        if part.kind == "text":
            return part.text
        if part.kind == "name":
            return str(self._status) if part.text == "?" else self._variables.get(part.text, "")
        if self._depth >= _DEEPEST:
            return ""
        self._depth += 1
        inner, place = Streams(), self.files.place
        await self._lists(parse(part.text), inner)
        self.files.place = place
        self._depth -= 1
        return inner.out.decode("utf-8", "replace").rstrip("\n")


async def nap(seconds: float) -> int:
    """The sleep command."""
    await asyncio.sleep(seconds)
    return 0
