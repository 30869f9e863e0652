"""Android's own `uiautomator` command, which shares UiAutomation with nobody."""

from device_agent.sim import hierarchy
from device_agent.sim.automator import DEFAULT_DEPTH
from device_agent.sim.shell.session import Session, Streams

WINDOW_DUMP = "/sdcard/window_dump.xml"
_TERMINALS = {"/dev/tty", "/dev/stdout"}
# A process that Android's runtime ends after an uncaught exception is killed.
_KILLED = 137
_USAGE = (
    "Usage: uiautomator <subcommand> [options]\n\nAvailable subcommands:\n\n"
    "dump: creates an XML dump of current UI hierarchy\n"
    "    dump [--verbose][file]\n"
    "      [--compressed]: dumps compressed layout information.\n"
    "      [file]: the location where the dumped XML should be stored, default is\n"
    f"      {WINDOW_DUMP}\n"
)


def uiautomator(session: Session, words: list[str], streams: Streams) -> int:
    """`uiautomator dump [--compressed] [FILE]`: the active window alone, as AOSP writes it."""
    if words[:1] != ["dump"]:
        streams.say(_USAGE)
        return 0
    automation = session.phone.automation
    if automation.server is not None or automation.foreign:
        streams.complain("Killed ")
        return _KILLED
    active = session.phone.glimpse(session.struck("dump"))[:1]
    if not active:
        streams.complain("ERROR: null root node returned by UiTestAutomationBridge.")
        return 0
    xml = hierarchy.dump(active, DEFAULT_DEPTH, compressed="--compressed" in words)
    target = next((word for word in words[1:] if not word.startswith("-")), WINDOW_DUMP)
    if target in _TERMINALS:
        streams.say(xml)
    elif not session.files.write(target, xml.encode()):
        streams.complain(f"ERROR: could not create {target}: No such file or directory")
        return 1
    # The typing error is Android's.
    streams.say(f"UI hierchary dumped to: {target}\n")
    return 0
