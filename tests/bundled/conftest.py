"""One stack for the end-to-end tests of all bundled plugins: see tests/fakes/bundled_phone.py."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType

import pytest

from tests.fakes.bundled_phone import BundledPhone
from tests.fakes.running_up import RunningUp
from tests.fixtures.live_server import scratch_folder


@pytest.fixture(scope="session")
def phone(request: pytest.FixtureRequest) -> Iterator[BundledPhone]:
    """The phone, with every instance that a collected module of this folder declares."""
    modules = _declaring(request.session)
    with ExitStack() as held:
        folder = held.enter_context(scratch_folder())
        plugins = folder / "plugins"
        plugins.mkdir()
        told: dict[str, str] = {}
        for module in modules:
            if (before := getattr(module, "before", None)) is not None:
                told |= held.enter_context(before())
        up = RunningUp(folder / "data", "--plugins", str(plugins))
        up.start()
        held.callback(up.stop)
        made = BundledPhone(up, plugins)
        made.prepare(modules, told)
        yield made


def _declaring(session: pytest.Session) -> list[ModuleType]:
    """Of this folder alone: elsewhere the name means something else."""
    here = Path(__file__).parent
    functions = (item for item in session.items if isinstance(item, pytest.Function))
    found = (item.module for item in functions if item.path.parent == here)
    modules = {module.__name__: module for module in found if hasattr(module, "INSTANCES")}
    return [modules[name] for name in sorted(modules)]
