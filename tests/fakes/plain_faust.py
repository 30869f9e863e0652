"""A plain Faust worker as people write them, in a process of its own: for what it loses, repeats
and hangs on. Its agent notes each text it has done in a file, and answers it.

    python -m tests.fakes.plain_faust BOOTSTRAP FOLDER CONCURRENCY GUARANTEE auto|noack

`shut` waits while the file `shut` is there; `break` raises. With `noack` it acks a record only
when it is answered, as the careful do.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import faust


def build(bootstrap: str, folder: Path, concurrency: int, guarantee: str, manner: str) -> faust.App:
    app = faust.App(
        folder.name,
        broker=f"kafka://{bootstrap}",
        datadir=str(folder / "faust"),
        processing_guarantee=guarantee,
        # Exactly once is shown by a kill between two commits: none comes by itself.
        broker_commit_interval=0.3 if guarantee == "at_least_once" else 600,
        # The same member comes back at once; none of the faults is about membership.
        consumer_group_instance_id="plain-0",
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        autodiscover=False,
    )
    source = app.topic(f"{folder.name}-in", value_type=bytes)
    sink = app.topic(f"{folder.name}-out", value_type=bytes)

    async def one(text: str) -> None:
        while text == "shut" and (folder / "shut").exists():  # noqa: ASYNC110  # a file
            await asyncio.sleep(0.05)
        if text == "break":
            raise ZeroDivisionError(text)
        await (await sink.send(value=text.encode()))
        with (folder / "done").open("a") as done:
            done.write(text + "\n")

    @app.agent(source, concurrency=concurrency)
    async def answer(stream: Any) -> None:
        if manner == "auto":
            async for value in stream:
                await one(value.decode())
        else:
            async for event in stream.noack().events():
                await one(event.value.decode())
                await stream.ack(event)

    return app


def main(bootstrap: str, folder: str, concurrency: str, guarantee: str, manner: str) -> None:
    app = build(bootstrap, Path(folder), int(concurrency), guarantee, manner)
    faust.Worker(app, loglevel="ERROR").execute_from_commandline()


if __name__ == "__main__":
    main(*sys.argv[1:])
