"""What every plugin promises, as tests that a plugin's own folder inherits in four lines."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

import pytest

from plugins.grants import Grants
from plugins.instances import Declared, instance_of
from plugins.kit.bot import Bot
from plugins.kit.disturbance import Disturbed, Trouble, Twice
from plugins.kit.fixture import folder_of
from plugins.loader import load_plugin
from plugins.plugin import Instance, Plugin
from schemas.content import Content

_MOST: int = 12  # calls of one play that are disturbed, one after another
_B = TypeVar("_B", bound=Bot)


class PluginContract:
    """Inherit it as `class TestContract(PluginContract)` and say what the plugin answers to.

    `said` is written to it in one chat, by somebody who holds `role`; `config` sets it up. Override
    `prepare` to make up what the outside answers, and `play` for more than one person's messages.
    """

    said: ClassVar[Sequence[str | Content]] = ()
    config: ClassVar[Mapping[str, Any]] = {}
    role: ClassVar[str | None] = None

    def prepare(self, bot: Bot) -> None:
        """Make up the world: `bot.answers_http(…)`."""

    def play(self, bot: Bot) -> None:
        """What happens; it need not look at the answers."""
        for one in self.said:
            bot.receives(one, role=self.role)

    def test_its_folder_is_whole(self, request: pytest.FixtureRequest) -> None:
        """It loads, says in a sentence what it does, and has a page."""
        folder = folder_of(request.path)
        if not load_plugin(folder).manifest.description:
            pytest.fail("plugin.toml: description: say in a sentence what it does")
        if not (folder / "README.md").is_file():
            pytest.fail("README.md: people want to read what it does and how to set it up")

    def test_a_run_that_comes_twice_says_the_same(self, request: pytest.FixtureRequest) -> None:
        """A crash runs an event again: told what it heard, it says the same under the same ids. A
        clock, chance or network that is not the context's shows here; a plugin that is not as pure
        as it says, too.
        """
        bot = self._played(Twice(self._instance(_loaded(request))))
        _well(bot)
        if bot.differing:
            pytest.fail("\n".join(bot.differing))

    @pytest.mark.parametrize("trouble", ["fails", "hangs"])
    def test_trouble_outside_loses_nothing(
        self, request: pytest.FixtureRequest, trouble: Trouble
    ) -> None:
        """Whichever call fails, or hangs until the run's time is up: its retry says what was not
        said yet, and nothing twice. A plugin may go on without an answer, but not without an end.
        """
        plugin = _loaded(request)
        calm = self._played(Disturbed(self._instance(plugin)))
        _well(calm)
        for at in range(min(calm.calls, _MOST)):
            bot = self._played(Disturbed(self._instance(plugin), at=at, trouble=trouble))
            if bot.handled and trouble == "hangs":
                pytest.fail(f"call {at} took too long, and the plugin did not stop: it catches all")
            if not bot.handled and bot.sent != calm.sent:
                pytest.fail(f"when call {at} {trouble}, it says {bot.sent}, not {calm.sent}")

    def test_what_it_remembers_is_its_own(self, request: pytest.FixtureRequest) -> None:
        """Two instances share no memory, and a worker that starts anew answers as one that has run
        for long: nothing is kept in the module.
        """
        plugin = _loaded(request)
        one, two = self._instance(plugin, "one"), self._instance(plugin, "two", elsewhere=True)
        both = self._played(Bot(one, two))
        _well(both)
        others = sorted(both.remembering - {"one"})
        if others:
            pytest.fail(f"an instance that saw nothing remembers something: {others}")
        first, second = self._played(Bot(one)), self._played(Bot(one))
        if first.sent != second.sent:
            pytest.fail(f"it says {first.sent}, and the same run later {second.sent}: it keeps")

    def _played(self, bot: _B) -> _B:
        try:
            self.prepare(bot)
            self.play(bot)
        finally:
            bot.close()
        return bot

    def _instance(
        self, plugin: Plugin, name: str | None = None, *, elsewhere: bool = False
    ) -> Instance:
        grants = Grants.of(plugin.manifest.capabilities)
        chats = ("somewhere else",) if elsewhere else ()
        declared = Declared(config=dict(self.config), grants=grants, chats=chats)
        return instance_of(name or plugin.manifest.name, plugin, declared)


def _loaded(request: pytest.FixtureRequest) -> Plugin:
    return load_plugin(folder_of(request.path))


def _well(bot: Bot) -> None:
    if bot.troubles:
        pytest.fail("\n".join(f"{name} failed: {failure}" for name, failure in bot.troubles))
