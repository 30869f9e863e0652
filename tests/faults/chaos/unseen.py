"""A phone whose layout nobody has seen, calibrated before a chaos campaign starts on it."""

import asyncio
from pathlib import Path

from device_agent.calibrating import Walker
from device_agent.calibration import agreed
from device_agent.calibration_file import save
from device_agent.phone import Phone
from device_agent.sim.harness import Simulator


def unseen(data: Path, layout_seed: int, layouts: Path) -> tuple[str, ...]:
    """Make the stack's phone in its data folder, with a layout drawn from the seed, and calibrate
    it; what sending needs and was not proven. The file is in `layouts`.
    """
    with Simulator(data=data / "sim") as sim:
        sim.patch_device(layout_seed=layout_seed)
        sim.receive("文件传输助手", "记一下", own=True)
        sim.receive("别人", "在吗")
        sim.connect()  # adbutils is told here where the phone's adb is
        sim.release()
        return asyncio.run(_calibrated(sim.adb, sim.serial, layouts))


async def _calibrated(adb: str, serial: str, layouts: Path) -> tuple[str, ...]:
    phone = Phone(adb, serial)
    try:
        await phone.connect()
        walker = Walker(phone, None, types=True)
        build = await walker.build()
        first, second = await walker.walk(), await walker.walk()
    finally:
        await phone.close()
    proposal = agreed(first.shots, second.shots)
    save(layouts, build, proposal)
    return (*proposal.lacking, *proposal.doubts)
