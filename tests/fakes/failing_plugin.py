"""A plugin that fails as a test says, and keeps a log of its runs."""

import json
from pathlib import Path

from tests.fakes.plugin_folder import write_plugin

SOURCE = """
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from plugins import Context, Draft, on_command
from schemas.failure import DependencyDown, Permanent, Retryable, Throttled

HERE = Path(__file__).parent
FAILURES = {
    "away": lambda: DependencyDown("the shop is away"),
    "never": lambda: Permanent("no such thing"),
    "patience": lambda: Throttled("too many", timedelta(seconds=40)),
    "long": lambda: Throttled("too many", timedelta(hours=2)),
    "soon": lambda: Throttled("too many", timedelta(seconds=0.1)),
    "transient": lambda: Retryable("it broke off"),
}


@on_command("work")
async def work(ctx: Context, text: str) -> AsyncIterator[Draft]:
    with (HERE / "runs").open("a") as runs:
        runs.write(text + "\\n")
    wrong = json.loads((HERE / "wrong.json").read_text())
    if text in wrong:
        raise FAILURES[wrong[text]]()
    yield ctx.reply(text)
"""


class FailingPlugin:
    """`/work TEXT` answers TEXT, or fails while `wrong` says so."""

    def __init__(self, folder: Path, **manifest: object) -> None:
        self.home = write_plugin(folder, "work", SOURCE, **manifest)
        self.wrong()

    def wrong(self, **kinds: str) -> None:
        """From now on these texts fail, with the kinds of `FAILURES`; all others go well."""
        draft = self.home / "wrong.new"
        draft.write_text(json.dumps(kinds))
        draft.replace(self.home / "wrong.json")

    @property
    def runs(self) -> list[str]:
        """The texts it ran on, in order."""
        log = self.home / "runs"
        return log.read_text().split() if log.exists() else []
