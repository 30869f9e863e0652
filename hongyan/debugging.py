"""Standing still inside a replayed run: breakpoints by place or by handler, and pdb round them."""

import ast
import pdb  # noqa: T100  # it is what --break and --pdb ask for
import sys
import threading
from bdb import BdbQuit
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from plugins.plugin import Instance
from schemas.failure import BadRequest


@dataclass(frozen=True)
class Place:
    """A line that runs."""

    file: Path
    line: int


def find_place(text: str, instances: Iterable[Instance]) -> Place:
    """Where `FILE:LINE`, `HANDLER` or `PLUGIN.HANDLER` is, on the next line that runs there.

    A file is looked for from here, and among the files of the plugins.

    Raises:
        BadRequest: there is no such place, or several.

    """
    name, _, line = text.rpartition(":")
    if name and line.isdigit():
        return _in_file(name, int(line), instances)
    return _of_handler(text, instances)


def _of_handler(text: str, instances: Iterable[Instance]) -> Place:
    plugin, _, wanted = text.rpartition(".")
    known: dict[str, CodeType] = {}
    for instance in instances:
        for handler in instance.plugin.handlers:
            code: CodeType = handler.answers.__code__
            known[f"{instance.name}.{code.co_name}"] = code
    found = [
        code
        for name, code in known.items()
        if code.co_name == wanted and plugin in {"", name.split(".")[0]}
    ]
    if len(found) != 1:
        raise BadRequest(f"{len(found)} handlers are called {text}; there are: {', '.join(known)}")
    code = found[0]
    file = Path(code.co_filename)
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.AsyncFunctionDef) and node.name == code.co_name:
            first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
            if first == code.co_firstlineno:
                told = isinstance(node.body[0], ast.Expr) and ast.get_docstring(node) is not None
                body = node.body[1:] if told and len(node.body) > 1 else node.body
                return Place(file, body[0].lineno)
    raise BadRequest(f"{file} changed since it was loaded: {text} is not there")


def _in_file(name: str, line: int, instances: Iterable[Instance]) -> Place:
    file = Path(name)
    if not file.is_file():
        own = {
            Path(handler.answers.__code__.co_filename)
            for instance in instances
            for handler in instance.plugin.handlers
        }
        near = [one for home in own for one in home.parent.rglob("*.py") if one.match(name)]
        if len(set(near)) != 1:
            raise BadRequest(f"{len(set(near))} files are called {name}")
        file = near[0]
    lines = sorted(set(_lines(compile(file.read_text("utf-8"), str(file), "exec"))))
    found = next((one for one in lines if one >= line), None)
    if found is None:
        raise BadRequest(f"nothing runs at {name}:{line}, nor below it")
    return Place(file.resolve(), found)


def _lines(code: CodeType) -> Iterator[int]:
    yield from (line for *_, line in code.co_lines() if line)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _lines(constant)


@contextmanager
def stopping_at(places: Iterable[Place]) -> Iterator[None]:
    """Open pdb wherever one of these lines is about to run, in this thread or in one that is
    begun meanwhile: a plugin that blocks has a thread for each run.

    Raises:
        BadRequest: Python refuses a place.

    """
    debugger = pdb.Pdb(nosigint=True)
    for place in places:
        refused = debugger.set_break(str(place.file), place.line)
        if refused:
            raise BadRequest(f"{place.file}:{place.line}: {refused}")
    debugger.reset()
    debugger.botframe = sys._getframe()  # noqa: SLF001  # as pdb's own set_trace does
    debugger.set_continue()  # stop at the breakpoints alone
    before, before_in_threads = sys.gettrace(), threading.gettrace()
    threading.settrace(debugger.trace_dispatch)
    sys.settrace(debugger.trace_dispatch)
    try:
        yield
    finally:
        sys.settrace(before)
        threading.settrace(before_in_threads)


def look_at(error: BaseException) -> None:
    """Open pdb where something was raised.

    Raises:
        BdbQuit: a person quit the debugger inside the run.

    """
    if isinstance(error, BdbQuit):
        raise error
    pdb.post_mortem(error.__traceback__)


def leave(error: BaseException) -> None:
    """Let a person quit: what the debugger raises for that is no outcome of a run.

    Raises:
        BdbQuit: it is that.

    """
    if isinstance(error, BdbQuit):
        raise error
