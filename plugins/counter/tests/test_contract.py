"""What every plugin promises, of counter."""

from plugins.kit.contract import PluginContract


class TestContract(PluginContract):
    said = ("/count", "/counter", "/count please")
