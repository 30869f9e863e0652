"""The methods of the uiautomator2 server in the phone, on the simulated screen."""

from device_agent.sim.automator.automator import DEFAULT_DEPTH, Automator
from device_agent.sim.automator.failure import RpcFailure
from device_agent.sim.automator.hand import LONG_PRESS_MS, key_name

__all__ = ["DEFAULT_DEPTH", "LONG_PRESS_MS", "Automator", "RpcFailure", "key_name"]
