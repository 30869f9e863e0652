"""The device agent's process: settings in, exit code out."""

import asyncio
import os
import signal

from connectors.failpoint import arm
from connectors.logs import set_up_logs
from connectors.metrics import serve_metrics
from connectors.settings import AgentSettings


def run(settings: AgentSettings) -> None:
    """Run until SIGTERM or SIGINT; the phone's current step is finished, exit within 5 s.

    Raises:
        SystemExit: 1 with a sentence, where only a person can help.

    """
    set_up_logs("agent", settings)
    arm(settings.failpoint, settings.failpoint_flag)
    serve_metrics(settings)
    host, _, port = settings.adb.rpartition(":")
    # adbutils reads these when it is imported, and starts a real adb where nothing answers
    os.environ["ANDROID_ADB_SERVER_HOST"] = host  # noqa: TID251  # told to a library, not read
    os.environ["ANDROID_ADB_SERVER_PORT"] = port  # noqa: TID251  # as above
    asyncio.run(_run(settings))


async def _run(settings: AgentSettings) -> None:
    from device_agent.agent import Agent
    from device_agent.lease import LeaseLost
    from schemas.failure import Permanent

    try:
        agent = Agent(settings)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, agent.stop)
        await agent.run()
    except (Permanent, LeaseLost) as error:
        raise SystemExit(str(error)) from error
