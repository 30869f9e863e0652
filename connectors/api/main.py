"""The API's process: uvicorn round the application."""

import signal
from pathlib import Path
from socket import socket

import uvicorn

from connectors.api.app import build
from connectors.failpoint import arm
from connectors.logs import set_up_logs
from connectors.settings import ApiSettings
from connectors.telemetry import set_up_traces


class _Server(uvicorn.Server):
    """Says in a file when and where it listens."""

    def __init__(self, config: uvicorn.Config, ready_file: Path | None) -> None:
        super().__init__(config)
        self._ready_file = ready_file

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started and self._ready_file is not None:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._ready_file.write_text(f"http://{host}:{port}\n")


def run(settings: ApiSettings) -> None:
    """Serve until SIGTERM or SIGINT; ends within 5 s of it. The ready file holds the address."""
    set_up_logs("api", settings)
    set_up_traces("api", settings.otlp)
    arm(settings.failpoint, settings.failpoint_flag)
    config = uvicorn.Config(
        build(settings),
        host=settings.api_host,
        port=settings.api_port,
        loop="asyncio",
        http="h11",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    # uvicorn raises the signal again when it has shut down; a clean end is exit code 0.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    _Server(config, settings.ready_file).run()
