"""`hongyan up`: the whole stack on one machine."""

import asyncio
import contextlib
import signal
import time
from pathlib import Path
from typing import Any, Literal

import click


@click.command()
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="Folder that keeps everything; one `up` at a time.",
)
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Written as JSON when all is ready, and after each restart of a process.",
)
@click.option(
    "--port-base", type=click.IntRange(1, 65_000), help="First of five ports; else free ones."
)
@click.option("--no-console", is_flag=True, help="Without the web console.")
@click.option("--kafka", metavar="HOST:PORT", help="Use this Kafka instead of the embedded broker.")
@click.option(
    "--apache-kafka", is_flag=True, help="Run a real Apache Kafka (needs Java and Maven)."
)
@click.option("--postgres", metavar="DSN", help="Use this database instead of the embedded one.")
@click.option(
    "--phone", metavar="SERIAL", help="Drive this real phone instead of the simulated one."
)
@click.option(
    "--plugins",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of plugin folders, beside the bundled ones; may be given again.",
)
@click.option(
    "--pace",
    type=click.Choice(["fast", "human"]),
    help="fast: no budgets or quiet hours. Default: fast, with --phone human.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def up(
    *,
    data: Path,
    ready_file: Path | None,
    port_base: int | None,
    no_console: bool,
    kafka: str | None,
    apache_kafka: bool,
    postgres: str | None,
    phone: str | None,
    plugins: tuple[Path, ...],
    pace: Literal["fast", "human"] | None,
    as_json: bool,
) -> None:
    """Run everything on this machine.

    在本机启动整套系统。

    Broker, database, simulated phone, agent, worker, relay and API, each a process of its own.
    What dies is started again; Ctrl-C stops all. The next start on the same --data goes on.

    \b
    Examples:
      hongyan up
      hongyan up --data /tmp/try --port-base 9200
      hongyan up --phone R58M123456 --plugins ~/my-plugins
      hongyan up --kafka 127.0.0.1:9092 --postgres postgresql://me:secret@127.0.0.1/hongyan
    """
    from hongyan.stack_plan import Options

    if kafka and apache_kafka:
        raise click.UsageError("--kafka and --apache-kafka exclude each other")
    if kafka and not all(part.rpartition(":")[2].isdigit() for part in kafka.split(",")):
        raise click.BadParameter("must be HOST:PORT", param_hint="--kafka")
    options = Options(
        data=data.absolute(),
        ready_file=ready_file.absolute() if ready_file else None,
        port_base=port_base,
        kafka=kafka,
        apache_kafka=apache_kafka,
        postgres=postgres,
        phone=phone,
        plugins=tuple(folder.absolute() for folder in plugins),
        pace=pace,
    )
    asyncio.run(_run(options, as_json=as_json))


async def _run(options: Any, *, as_json: bool) -> None:  # Options, imported lazily
    from hongyan.data_folder import held
    from hongyan.live_view import MachineView, PeopleView
    from hongyan.outlet import Outlet
    from hongyan.up import running, until_asked

    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, asked.set)
    outlet = Outlet()
    view = MachineView(outlet) if as_json else PeopleView(outlet)
    with contextlib.closing(outlet), held(options.data) as folder:
        view.note("starting", folder=folder.path)
        if options.phone and options.pace == "fast":
            view.note("pace_danger")
        async with running(options, folder, view) as stack:
            await until_asked(_live(stack, view, folder.path), asked)
        view.note("stopped")


async def _live(stack: Any, view: Any, folder: Path) -> None:
    from hongyan.up import cannot_start_among

    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_start(stack, view, folder))
            tasks.create_task(_show_traffic(stack, view))
            tasks.create_task(stack.broken())
            tasks.create_task(stack.keep_logs_small())
    except BaseExceptionGroup as group:
        refusal = cannot_start_among(group)
        if refusal is None:
            raise
        raise refusal from group


async def _start(stack: Any, view: Any, folder: Path) -> None:
    began = time.monotonic()
    await stack.start()
    view.ready(stack.ready_content(), time.monotonic() - began, folder)


async def _show_traffic(stack: Any, view: Any) -> None:
    from connectors.settings import CommonSettings
    from hongyan.following import Follower
    from hongyan.record_line import Acquaintance, traffic

    await stack.topics_ready.wait()
    known = Acquaintance()
    prefix = CommonSettings().topic_prefix
    topics = rf"{prefix}\.(inbound|receipts|contacts|outbox\..*)\.v1"
    async for record in Follower(stack.addresses.kafka, topics, from_start=False).records():
        known.learn(record)
        line = traffic(record, known)
        if line is not None:
            view.traffic(line)
