"""The dumpsys command: what Android's services print about themselves."""

from collections.abc import Callable

from device_agent.sim.layouts.profile import PACKAGE
from device_agent.sim.notifications import Notifications
from device_agent.sim.phone import Phone
from device_agent.sim.shell.session import Session, Streams
from device_agent.sim.windows import window_title


def _notification(phone: Phone, words: list[str]) -> str:
    strike = phone.faults.strike("notifications")
    if strike.has("notifications_off"):
        return Notifications().dump(redacted=True)
    hidden = strike.has("notifications_redacted") or "--noredact" not in words
    return phone.notifications.dump(redacted=hidden)


def _package(phone: Phone, words: list[str]) -> str:
    if not words or words[0] != PACKAGE:
        return f"Unable to find package: {words[0] if words else ''}\n"
    profile = phone.look.profile
    lines = [
        "Packages:",
        f"  Package [{PACKAGE}] (4f1c2d3):",
        "    userId=10123",
        f"    versionCode={profile.code} minSdk=23 targetSdk=30",
        f"    versionName={profile.version}",
        "    signatures=PackageSignatures{1f2e3d4 version:2, signatures:[d3a1b2c4]}",
        "    pkgFlags=[ HAS_CODE ALLOW_CLEAR_USER_DATA ]",
        "    firstInstallTime=2024-03-01 08:00:00",
        "    lastUpdateTime=2024-03-01 08:00:00",
    ]
    return "\n".join(lines) + "\n"


def _power(phone: Phone, words: list[str]) -> str:
    awake = phone.stage.awake
    state = "Awake" if awake else "Asleep"
    return (
        f"POWER MANAGER (dumpsys power)\n  mWakefulness={state}\n"
        f"  mHoldingDisplaySuspendBlocker={'true' if awake else 'false'}\n"
        f"Display Power: state={'ON' if awake else 'OFF'}\n"
    )


def _battery(phone: Phone, words: list[str]) -> str:
    return (
        "Current Battery Service state:\n  AC powered: false\n  USB powered: true\n"
        "  Wireless powered: false\n  Dock powered: false\n  Max charging current: 500000\n"
        "  Max charging voltage: 5000000\n  Charge counter: 4000000\n  status: 5\n  health: 2\n"
        "  present: true\n  level: 100\n  scale: 100\n  voltage: 4350\n  temperature: 265\n"
        "  technology: Li-ion\n"
    )


def _window(phone: Phone, words: list[str]) -> str:
    package, activity = phone.activity
    focus = f"u0 {window_title(phone.stage)}"
    return (
        "WINDOW MANAGER WINDOWS (dumpsys window windows)\n"
        f"  mCurrentFocus=Window{{7c1a2b3 {focus}}}\n"
        f"  mFocusedApp=ActivityRecord{{5d4e3f2 u0 {package}/{activity} t14}}\n"
    )


def _activity(phone: Phone, words: list[str]) -> str:
    package, activity = phone.activity
    if words[:1] == ["top"]:
        return f"TASK {package} id=14\n  ACTIVITY {package}/{activity} 5d4e3f2 pid=4242\n"
    return (
        "ACTIVITY MANAGER ACTIVITIES (dumpsys activity activities)\n"
        f"    mResumedActivity: ActivityRecord{{5d4e3f2 u0 {package}/{activity} t14}}\n"
    )


def _display(phone: Phone, words: list[str]) -> str:
    width, height = phone.device.size
    return (
        "DISPLAY MANAGER (dumpsys display)\n"
        "  mViewports=[DisplayViewport{type=INTERNAL, valid=true, displayId=0, orientation=0, "
        f"deviceWidth={width}, deviceHeight={height}}}]\n"
    )


def _surface(phone: Phone, words: list[str]) -> str:
    return 'Display 4619827259835644672 (HWC display 0): port=0 pnpId=SIM displayName="sim"\n'


def _input_method(phone: Phone, words: list[str]) -> str:
    return "  mInputShown=false\n"


_SERVICES: dict[str, Callable[[Phone, list[str]], str]] = {
    "notification": _notification,
    "package": _package,
    "power": _power,
    "battery": _battery,
    "window": _window,
    "activity": _activity,
    "display": _display,
    "SurfaceFlinger": _surface,
    "input_method": _input_method,
}


def dumpsys(session: Session, words: list[str], streams: Streams) -> int:
    """Print a service's state; an unknown service is an error as on Android."""
    if not words or words[0] not in _SERVICES:
        streams.complain(f"Can't find service: {words[0] if words else ''}")
        return 0 if words else 1
    streams.say(_SERVICES[words[0]](session.phone, words[1:]))
    return 0
