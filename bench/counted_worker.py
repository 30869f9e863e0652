"""Our worker, which at its end says what Faust's own sensor counted.

    python -m bench.counted_worker FILE

Each record passes an `@app.agent` or is not counted: FILE gets the events that Faust's monitor saw
enter an agent's stream.
"""

import sys
from pathlib import Path

import streams.main
from connectors.settings import WorkerSettings
from streams.worker import DRAIN_S, Worker

FILE = Path(sys.argv[1])


class Counted(Worker):
    """Writes the count when it stops."""

    async def stop(self, patience: float = DRAIN_S) -> None:
        await super().stop(patience)
        FILE.write_text(str(self.app.monitor.events_total))  # noqa: ASYNC240  # at the end


if __name__ == "__main__":
    streams.main.Worker = Counted  # type: ignore[misc]  # the one place that makes it
    streams.main.run(WorkerSettings())
