"""The long-running processes as commands: `worker`, `relay`, `api`, `sim`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from device_agent.sim.worldfile import Description


@click.command()
def worker() -> None:
    """Run plugins on what comes in.

    对收到的消息运行插件。

    Several may run; each needs its own HONGYAN_WORKER_ID. `hongyan config worker` shows settings.

    \b
    Examples:
      HONGYAN_KAFKA=kafka:9092 HONGYAN_POSTGRES=postgresql://… hongyan worker
      HONGYAN_PLUGINS=/srv/plugins HONGYAN_WORKER_ID=worker-1 hongyan worker
    """
    from connectors.settings import WorkerSettings
    from streams.main import run

    run(WorkerSettings())


@click.command()
def relay() -> None:
    """Keep the projections in PostgreSQL, bring retries back, fire schedules, send webhooks.

    把消息流投影到 PostgreSQL，按时取回等待重试的消息，触发定时任务，发送 webhook。

    \b
    Examples:
      HONGYAN_KAFKA=kafka:9092 HONGYAN_POSTGRES=postgresql://… hongyan relay
      HONGYAN_RELAY_ID=relay-1 hongyan relay
    """
    from connectors.relay import run
    from connectors.scheduler import fire_schedules
    from connectors.settings import RelaySettings
    from connectors.timers import ring_timers
    from connectors.webhooks.sender import send_webhooks
    from streams.retry_scheduler import schedule_retries

    jobs = (schedule_retries, ring_timers, fire_schedules, send_webhooks)
    run(RelaySettings(), jobs=jobs)


@click.command()
def api() -> None:
    """Serve the HTTP API and webhooks.

    提供 HTTP 接口与 webhook。

    \b
    Examples:
      HONGYAN_API_PORT=8080 HONGYAN_API_KEY=hy_… hongyan api
      curl -H 'Authorization: Bearer hy_…' http://127.0.0.1:8080/v1/chats?name=小王
    """
    from connectors.api.main import run
    from connectors.settings import ApiSettings

    run(ApiSettings())


_PORT = click.IntRange(0, 65535)


def _described(world: Path | None) -> "Description | None":
    """What a world file says. Raises click.BadParameter, naming the place of what is wrong."""
    if world is None:
        return None
    from device_agent.sim.worldfile import Malformed, load

    try:
        return load(world)
    except (Malformed, OSError) as wrong:
        raise click.BadParameter(str(wrong), param_hint="--world") from wrong


@click.command()
@click.option(
    "--adb-port", type=_PORT, default=0, show_default="a free one", help="Port of the adb server."
)
@click.option(
    "--control-port",
    type=_PORT,
    default=0,
    show_default="a free one",
    help="Port of the control API.",
)
@click.option("--serial", default="SIM0001", show_default=True, help="Serial of the phone.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that keeps the phone's world; without it nothing is kept.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of all its chance.")
@click.option(
    "--transition-ms",
    type=click.IntRange(0, 60_000),
    default=0,
    show_default=True,
    help="Time a screen change takes.",
)
@click.option(
    "--ready-file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="HONGYAN_READY_FILE",
    help="Written when the phone answers.",
)
@click.option(
    "--world",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="World file (YAML) for the first phone, if it has no chats yet.",
)
def sim(
    *,
    adb_port: int,
    control_port: int,
    serial: str,
    data: Path | None,
    seed: int,
    transition_ms: int,
    ready_file: Path | None,
    world: Path | None,
) -> None:
    """Run a simulated phone with WeChat.

    运行带微信的模拟手机。

    The real adbutils and uiautomator2 drive it; a control API makes friends write and tells the
    truth about what left. One JSON line on stdout says where both are; in a browser, the address
    of the control API shows the phone.

    \b
    Examples:
      hongyan sim --world examples/worlds/busy-team.yml
      hongyan sim --data data/sim
      ANDROID_ADB_SERVER_PORT=5038 adb devices    # with: hongyan sim --adb-port 5038
    """
    from device_agent.sim.failure import Refusal
    from device_agent.sim.main import run
    from hongyan.program import CannotStart, require_free_port

    described = _described(world)
    for option, port in (("--adb-port", adb_port), ("--control-port", control_port)):
        require_free_port("sim", port, option)
    try:
        run(
            adb_port=adb_port,
            control_port=control_port,
            serial=serial,
            data=data,
            seed=seed,
            transition_ms=transition_ms,
            ready_file=ready_file,
            world=described,
        )
    except Refusal as wrong:
        raise click.BadParameter(str(wrong), param_hint="--serial") from wrong
    except OSError as wrong:
        raise CannotStart(
            f"The simulated phone cannot run: {wrong}；模拟手机无法运行：{wrong}。",
            "Give a --data and a --ready-file that can be written；"
            "请用 --data 与 --ready-file 指定可写的位置。",
        ) from wrong
