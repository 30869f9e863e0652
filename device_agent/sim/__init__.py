"""The simulated phone: adb, uiautomator2 and a WeChat whose ground truth judges everything else."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from device_agent.sim.harness import Handle, Refusal, Simulator

__all__ = ["Handle", "Refusal", "Simulator"]


def __getattr__(name: str) -> Any:
    """`from device_agent.sim import Simulator`; the package alone loads nothing."""
    if name in __all__:
        from device_agent.sim import harness

        return getattr(harness, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
