"""The shell's small programs: files, texts, tests, times."""

import hashlib
import posixpath
import re
from collections.abc import Callable

from device_agent.sim.pattern import BadPattern, Pattern
from device_agent.sim.shell.session import Program, Session, Streams, nap

_MISSING = "No such file or directory"
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "0": "\0", "a": "\a"}


def _unescape(text: str) -> str:
    return re.sub(r"\\([ntr\\0a])", lambda found: _ESCAPES[found[1]], text)


def _echo(session: Session, words: list[str], streams: Streams) -> int:
    end, escapes = "\n", False
    while words and re.fullmatch(r"-[neE]+", words[0]):
        option = words.pop(0)
        end = "" if "n" in option else end
        escapes = escapes or "e" in option
    text = " ".join(words)
    streams.say((_unescape(text) if escapes else text) + end)
    return 0


def _printf(session: Session, words: list[str], streams: Streams) -> int:
    if not words:
        streams.complain("printf: usage: printf FORMAT [ARGUMENT...]")
        return 1
    shape, values = _unescape(words[0]), words[1:]
    slots = len(re.findall(r"%[sdb]", shape))
    while True:
        streams.say(_filled(shape, values[:slots]))
        values = values[slots:]
        if not slots or not values:
            return 0


def _filled(shape: str, values: list[str]) -> str:
    turn = iter(values)
    return re.sub(r"%([sdb%])", lambda found: "%" if found[1] == "%" else next(turn, ""), shape)


def _plain(words: list[str]) -> tuple[str, list[str]]:
    options = "".join(word[1:] for word in words if word.startswith("-") and len(word) > 1)
    return options, [word for word in words if not word.startswith("-") or word == "-"]


def _cat(session: Session, words: list[str], streams: Streams) -> int:
    _, paths = _plain(words)
    status = 0
    if not paths:
        streams.out += streams.stdin
    for path in paths:
        data = session.files.read(path)
        if data is None:
            folder = session.files.is_folder(path)
            streams.complain(f"cat: {path}: {'Is a directory' if folder else _MISSING}")
            status = 1
        else:
            streams.out += data
    return status


def _rm(session: Session, words: list[str], streams: Streams) -> int:
    options, paths = _plain(words)
    status = 0
    for path in paths:
        if not session.files.remove(path, recursive="r" in options or "R" in options):
            if "f" in options:
                continue
            streams.complain(f"rm: {path}: {_MISSING}")
            status = 1
    return status


def _mv(session: Session, words: list[str], streams: Streams) -> int:
    _, paths = _plain(words)
    if len(paths) != 2 or not session.files.move(*paths):
        streams.complain(f"mv: bad '{' '.join(paths)}': {_MISSING}")
        return 1
    return 0


def _cp(session: Session, words: list[str], streams: Streams) -> int:
    _, paths = _plain(words)
    files = session.files
    data = files.read(paths[0]) if len(paths) == 2 else None
    if data is None:
        streams.complain(f"cp: bad '{' '.join(paths)}': {_MISSING}")
        return 1
    target = paths[1]
    if files.is_folder(target):
        target = posixpath.join(target, posixpath.basename(paths[0]))
    return 0 if files.write(target, data) else 1


def _cd(session: Session, words: list[str], streams: Streams) -> int:
    path = words[0] if words else "/"
    if not session.files.enter(path):
        there = session.files.mode_of(path)[0]
        streams.complain(f"/system/bin/sh: cd: {path}: {'Not a directory' if there else _MISSING}")
        return 2
    return 0


def _pwd(session: Session, words: list[str], streams: Streams) -> int:
    streams.say(f"{session.files.place}\n")
    return 0


def _mkdir(session: Session, words: list[str], streams: Streams) -> int:
    options, paths = _plain(words)
    status = 0
    for path in paths:
        if not session.files.make_folder(path, parents="p" in options):
            exists = session.files.mode_of(path)[0]
            streams.complain(f"mkdir: '{path}': {'File exists' if exists else _MISSING}")
            status = 1
    return status


def _touch(session: Session, words: list[str], streams: Streams) -> int:
    files = session.files
    _, paths = _plain(words)
    return max((int(not files.write(path, files.read(path) or b"")) for path in paths), default=1)


def _ls(session: Session, words: list[str], streams: Streams) -> int:
    options, paths = _plain(words)
    files = session.files
    status = 0
    for path in paths or ["."]:
        if files.is_folder(path) and "d" not in options:
            names = [(name, posixpath.join(path, name)) for name in files.listing(path)]
        elif files.mode_of(path)[0]:
            names = [(path, path)]
        else:
            streams.complain(f"ls: {path}: {_MISSING}")
            status = 1
            continue
        for name, whole in names:
            size = files.mode_of(whole)[1]
            kind = "drwxrwx--x" if files.is_folder(whole) else "-rw-rw-rw-"
            streams.say(f"{kind} 1 shell shell {size} {name}\n" if "l" in options else f"{name}\n")
    return status


def _stat(session: Session, words: list[str], streams: Streams) -> int:
    shape = words[words.index("-c") + 1] if "-c" in words[:-1] else "%n %s %Y"
    for path in [word for word in words if word not in {"-c", shape}]:
        mode, size, mtime = session.files.mode_of(path)
        if not mode:
            streams.complain(f"stat: '{path}': {_MISSING}")
            return 1
        values = {"%n": path, "%s": str(size), "%Y": str(mtime)}
        streams.say(re.sub(r"%[nsY]", lambda found: values[found[0]], shape) + "\n")  # noqa: B023
    return 0


def _date(session: Session, words: list[str], streams: Streams) -> int:
    now = session.phone.clock.now()
    shape = next((word[1:] for word in words if word.startswith("+")), "%a %b %e %H:%M:%S %Z %Y")
    nanoseconds = f"{now.microsecond * 1000:09d}"
    shape = re.sub(r"%(3?)N", lambda found: nanoseconds[:3] if found[1] else nanoseconds, shape)
    shape = shape.replace("%s", str(int(now.timestamp())))
    streams.say(now.strftime(shape) + "\n")
    return 0


def _test(session: Session, words: list[str], streams: Streams) -> int:
    if words and words[0] == "!":
        return int(not _test(session, words[1:], streams))
    if "-a" in words[1:-1]:
        place = words.index("-a", 1)
        return _test(session, words[:place], streams) or _test(session, words[place + 1 :], streams)
    files = session.files
    unary: dict[str, Callable[[str], bool]] = {
        "-n": bool,
        "-z": lambda text: not text,
        "-e": lambda path: bool(files.mode_of(path)[0]),
        "-f": lambda path: files.get(path) is not None,
        "-d": files.is_folder,
        "-s": lambda path: bool(files.read(path)),
    }
    if len(words) == 2 and words[0] in unary:
        return int(not unary[words[0]](words[1]))
    if len(words) == 3:
        return _compare(words[0], words[1], words[2], streams)
    if len(words) <= 1:
        return int(not (words and words[0]))
    streams.complain("/system/bin/sh: test: syntax error")
    return 2


def _compare(left: str, operator: str, right: str, streams: Streams) -> int:
    if operator in {"=", "=="}:
        return int(left != right)
    if operator == "!=":
        return int(left == right)
    try:
        numbers = int(left), int(right)
    except ValueError:
        streams.complain(f"/system/bin/sh: [: {left}: unexpected operator/operand")
        return 2
    truths = {
        "-eq": numbers[0] == numbers[1],
        "-ne": numbers[0] != numbers[1],
        "-lt": numbers[0] < numbers[1],
        "-le": numbers[0] <= numbers[1],
        "-gt": numbers[0] > numbers[1],
        "-ge": numbers[0] >= numbers[1],
    }
    return int(not truths[operator]) if operator in truths else 2


def _bracket(session: Session, words: list[str], streams: Streams) -> int:
    if not words or words[-1] != "]":
        streams.complain("/system/bin/sh: [: missing ]")
        return 2
    return _test(session, words[:-1], streams)


def _digest(name: str) -> Program:
    def run(session: Session, words: list[str], streams: Streams) -> int:
        _, paths = _plain(words)
        status = 0
        for path in paths:
            data = session.files.read(path)
            if data is None:
                streams.complain(f"{name}sum: {path}: {_MISSING}")
                status = 1
            else:
                streams.say(f"{hashlib.new(name, data).hexdigest()}  {path}\n")
        return status

    return run


def _grep(session: Session, words: list[str], streams: Streams) -> int:
    options, rest = _plain(words)
    pattern = rest[0] if rest else ""
    source = streams.stdin
    if len(rest) > 1:
        source = session.files.read(rest[1]) or b""
    wanted = re.escape(pattern) if "F" in options else pattern
    lines = source.decode("utf-8", "replace").splitlines()
    try:
        search = Pattern(wanted, ignore_case="i" in options).found_in
        found = [line for line in lines if search(line) != ("v" in options)]
    except BadPattern as bad:
        streams.complain(f"grep: {bad}")
        return 2
    if "c" in options:
        streams.say(f"{len(found)}\n")
    elif "q" not in options:
        streams.say("".join(f"{line}\n" for line in found))
    return int(not found)


def _part(first: bool) -> Program:
    def run(session: Session, words: list[str], streams: Streams) -> int:
        count = 10
        rest = []
        for word in words:
            if re.fullmatch(r"-?\d+", word):
                count = abs(int(word))
            elif re.fullmatch(r"-n\d+", word):
                count = int(word[2:])
            elif word != "-n":
                rest.append(word)
        source = (session.files.read(rest[0]) or b"") if rest else streams.stdin
        lines = source.splitlines(keepends=True)
        streams.out += b"".join(lines[:count] if first else lines[max(0, len(lines) - count) :])
        return 0

    return run


def _wc(session: Session, words: list[str], streams: Streams) -> int:
    options, paths = _plain(words)
    data = (session.files.read(paths[0]) or b"") if paths else streams.stdin
    counts = {"l": data.count(b"\n"), "w": len(data.split()), "c": len(data)}
    shown = [str(counts[one]) for one in "lwc" if one in options or not options]
    streams.say(" ".join(shown + paths[:1]) + "\n")
    return 0


def _toybox(session: Session, words: list[str], streams: Streams) -> int:
    program = PROGRAMS.get(words[0]) if words else None
    if program is None:
        streams.complain(f"toybox: Unknown command {words[0] if words else ''}")
        return 127
    result = program(session, words[1:], streams)
    if not isinstance(result, int):
        streams.complain("toybox: not from here")
        return 1
    return result


async def _sleep(session: Session, words: list[str], streams: Streams) -> int:
    try:
        return await nap(min(600.0, max(0.0, float(words[0]))))
    except (ValueError, IndexError):
        streams.complain("sleep: not a number")
        return 1


def _exit(session: Session, words: list[str], streams: Streams) -> int:
    return int(words[0]) & 255 if words and words[0].isdigit() else 0


def _id(session: Session, words: list[str], streams: Streams) -> int:
    streams.say("2000\n" if "-u" in words else "uid=2000(shell) gid=2000(shell)\n")
    return 0


def _whoami(session: Session, words: list[str], streams: Streams) -> int:
    streams.say("shell\n")
    return 0


PROGRAMS: dict[str, Program] = {
    "echo": _echo,
    "printf": _printf,
    "cat": _cat,
    "rm": _rm,
    "mv": _mv,
    "cp": _cp,
    "cd": _cd,
    "pwd": _pwd,
    "mkdir": _mkdir,
    "touch": _touch,
    "ls": _ls,
    "stat": _stat,
    "date": _date,
    "test": _test,
    "[": _bracket,
    "md5sum": _digest("md5"),
    "sha256sum": _digest("sha256"),
    "grep": _grep,
    "head": _part(first=True),
    "tail": _part(first=False),
    "wc": _wc,
    "toybox": _toybox,
    "sleep": _sleep,
    "id": _id,
    "whoami": _whoami,
    "true": lambda *_: 0,
    "false": lambda *_: 1,
    "exit": _exit,
    "sync": lambda *_: 0,
    "chmod": lambda *_: 0,
}
