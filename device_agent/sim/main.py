"""The process of the simulated phones: the adb server and the control API in one event loop."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from loguru import logger

if TYPE_CHECKING:
    from uvicorn import Config, Server

    from device_agent.sim.fleet import Fleet
    from device_agent.sim.worldfile import Description


@dataclass(frozen=True, slots=True)
class Address:
    """Where a running simulator is reached."""

    adb: str
    control: str
    serial: str

    def record(self) -> dict[str, str]:
        """The addresses as the ready line names them."""
        return {"adb": self.adb, "control": self.control, "serial": self.serial}


def _fleet(
    serial: str, seed: int, transition_ms: int, data: Path | None, stopped_at: float | None
) -> "Fleet":
    from device_agent.sim.fleet import Fleet
    from device_agent.sim.store import kept_serials

    kept = kept_serials(data) if data else []
    fleet = Fleet(seed=seed, transition_ms=transition_ms, data=data, stopped_at=stopped_at)
    for one in dict.fromkeys([serial, *kept]):
        fleet.add(one)
    return fleet


def _people(fleet: "Fleet", world: "Description | None") -> None:
    phone = fleet.phone(None)
    if world is None:
        return
    if phone.world.chats:
        logger.warning(
            "The phone {} has chats of its own already; {} was not loaded.",
            phone.serial,
            world.source,
        )
        return
    world.apply(phone)


def _quiet_server(config: "Config") -> "Server":
    from uvicorn import Server

    class Quiet(Server):
        """Leaves signals to us."""

        @contextlib.contextmanager
        def capture_signals(self):  # type: ignore[no-untyped-def]
            yield

    return Quiet(config)


@contextlib.asynccontextmanager
async def running(
    *,
    adb_port: int = 0,
    control_port: int = 0,
    serial: str = "SIM0001",
    data: Path | None = None,
    seed: int = 0,
    transition_ms: int = 0,
    host: str = "127.0.0.1",
    stopped_at: float | None = None,
    world: "Description | None" = None,
) -> AsyncIterator[tuple[Address, "Fleet"]]:
    """A simulator that runs inside the block; port 0 takes a free one.

    The phones' clocks stand at `stopped_at` (epoch seconds), or show real time.

    `world` is given to the first phone, if it has no chats yet.

    Raises OSError where a port or the data folder cannot be used.
    """
    from uvicorn import Config

    from device_agent.sim.adb import AdbServer
    from device_agent.sim.adb_port import AdbPort, listen
    from device_agent.sim.control import Control
    from device_agent.sim.following import follow

    with contextlib.ExitStack() as opened:
        adb_socket = opened.enter_context(listen(host, adb_port))
        control_socket = opened.enter_context(listen(host, control_port))
        fleet = _fleet(serial, seed, transition_ms, data, stopped_at)
        _people(fleet, world)
        opened.pop_all()
    adb = AdbServer(fleet.phones)
    fleet.on_state = adb.announce
    port = AdbPort(adb, adb_socket)
    await port.open()
    fleet.on_adb_down = port.down_for
    config = Config(Control(fleet).app(), log_config=None, access_log=False, lifespan="off")
    server = _quiet_server(config)
    following = asyncio.ensure_future(follow(fleet))
    serving = asyncio.ensure_future(server.serve(sockets=[control_socket]))
    ports = [one.getsockname()[1] for one in (adb_socket, control_socket)]
    address = Address(f"{host}:{ports[0]}", f"http://{host}:{ports[1]}", serial)
    try:
        yield address, fleet
    finally:
        following.cancel()
        await port.close()
        server.should_exit = True
        await serving
        control_socket.close()
        fleet.close()


async def serve(
    *,
    adb_port: int,
    control_port: int,
    serial: str,
    data: Path | None,
    seed: int,
    transition_ms: int,
    host: str = "127.0.0.1",
    ready_file: Path | None = None,
    world: "Description | None" = None,
) -> None:
    """Run until SIGTERM or SIGINT; the ready line goes to standard output, and to `ready_file`."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(
        adb_port=adb_port,
        control_port=control_port,
        serial=serial,
        data=data,
        seed=seed,
        transition_ms=transition_ms,
        host=host,
        world=world,
    ) as (address, _):
        line = json.dumps(address.record())
        if ready_file is not None:
            fresh = ready_file.with_suffix(".new")
            fresh.write_text(line, "utf-8")
            fresh.rename(ready_file)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        await stop.wait()


def run(
    *,
    adb_port: int,
    control_port: int,
    serial: str,
    data: Path | None,
    seed: int,
    transition_ms: int,
    host: str = "127.0.0.1",
    ready_file: Path | None = None,
    world: "Description | None" = None,
) -> None:
    """Run the simulator in this process. Raises OSError where a port or the folder is unusable."""
    asyncio.run(
        serve(
            adb_port=adb_port,
            control_port=control_port,
            serial=serial,
            data=data,
            seed=seed,
            transition_ms=transition_ms,
            host=host,
            ready_file=ready_file,
            world=world,
        )
    )
