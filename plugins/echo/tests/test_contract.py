"""What every plugin promises, of echo."""

from plugins.kit.contract import PluginContract


class TestContract(PluginContract):
    said = ("/echo 你好", "/echo", "hello")
