"""Runs `shell:` requests: counts them, lets faults befall them, keeps what they changed."""

import asyncio
from asyncio import StreamReader

from device_agent.sim.befalling import befall
from device_agent.sim.faults import Strike
from device_agent.sim.phone import Phone
from device_agent.sim.shell.android import ANDROID
from device_agent.sim.shell.dumpsys import dumpsys
from device_agent.sim.shell.programs import PROGRAMS
from device_agent.sim.shell.session import Carried, Outcome, Postponed, Session

_PROGRAMS = {**PROGRAMS, **ANDROID, "dumpsys": dumpsys}
_POLL_S = 0.2


def name_of(line: str) -> str:
    """What a command line is counted under: its first words."""
    words = line.split()
    if words and words[0] in {"dumpsys", "input", "am", "pm"}:
        return " ".join(words[:2]).rstrip(";")
    return words[0].rstrip(";") if words else ""


def starts_automation(line: str) -> bool:
    """Whether a command line starts the uiautomator2 server."""
    return "app_process" in line and "com.wetest.uia2.Main" in line


async def run(phone: Phone, line: str, reader: StreamReader) -> Outcome:
    """Run a command line; what it changed is kept before it answers. Raises StreamBroken."""
    phone.truth.shell[name_of(line)] += 1
    await befall(phone, phone.faults.strike("shell"), reader)
    strike: Strike | None = None
    carried: list[Carried] = []
    while True:
        session = Session(phone, _PROGRAMS, strike, carried)
        try:
            return await session.run(line)
        except Postponed as postponed:
            await befall(phone, postponed.strike, reader)
            strike, carried = postponed.strike, postponed.carried
        finally:
            phone.keep()


async def serve_automation(phone: Phone, reader: StreamReader) -> bytes:
    """The uiautomator2 server's life: it ends with the stream that started it, or by /stop."""
    automation = phone.automation
    mine = automation.start()
    if mine is None:
        return (
            b"java.lang.IllegalStateException: UiAutomationService "
            b"android.accessibilityservice.IAccessibilityServiceClient$Stub$Proxy@5deffd5"
            b"already registered!\n"
        )
    gone = asyncio.ensure_future(reader.read(1))
    try:
        while automation.server is mine and not gone.done():
            await asyncio.wait({gone}, timeout=_POLL_S)
    finally:
        gone.cancel()
        if automation.server is mine:
            automation.end()
    return b""
