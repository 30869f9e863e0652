"""Android's own commands: input, am, monkey, pm, wm, settings, ime, ps, getprop and screencap."""

import base64
import binascii

from device_agent.sim.automator import LONG_PRESS_MS, key_name
from device_agent.sim.clock import PHONE_ZONE_NAME
from device_agent.sim.failure import CommandAborted, StreamBroken
from device_agent.sim.faults import NOTHING, Strike
from device_agent.sim.finger import Denied, entered, permit, swipe, tap
from device_agent.sim.layouts.profile import PACKAGE
from device_agent.sim.moves.passing import share_by_intent
from device_agent.sim.shell.session import Program, Session, Streams
from device_agent.sim.shell.uiautomator import uiautomator

KEYBOARD = "com.github.uiautomator/.AdbKeyboard"
GBOARD = "com.google.android.inputmethod.latin/com.android.inputmethod.latin.LatinIME"
PACKAGES = (PACKAGE, "com.android.launcher3", "com.android.systemui", "com.android.settings")
_SETTINGS = {
    "secure default_input_method": GBOARD,
    "global stay_on_while_plugged_in": "0",
    "global window_animation_scale": "1.0",
    "global transition_animation_scale": "1.0",
    "global animator_duration_scale": "1.0",
    "system screen_brightness": "128",
    "system screen_brightness_mode": "0",
}


def _after(strike: Strike, streams: Streams) -> None:
    """What befalls a command that was carried out."""
    if strike.has("reply_lost"):
        raise StreamBroken
    if strike.has("rpc_500_after"):
        raise CommandAborted(1)
    if strike.has("rpc_garbage"):
        streams.say("\x00\ufffd<<\n")


def _input(session: Session, words: list[str], streams: Streams) -> int:
    words = [word for word in words if word not in {"touchscreen", "keyboard"}]
    try:
        _INPUTS[words[0]](session, words[1:], streams)
    except Denied as denied:
        streams.complain(f"java.lang.SecurityException: {denied}\n\tat android.os.Parcel.create")
        return 255
    except (IndexError, KeyError, ValueError):
        streams.complain(f"Error: Invalid arguments for command: {' '.join(words)}")
        return 255
    return 0


def _tap(session: Session, values: list[str], streams: Streams) -> None:
    x, y = int(float(values[0])), int(float(values[1]))
    strike = session.struck(session.phone.kind_of_tap(x, y), (x, y))
    tap(session.phone, x, y, strike, by="shell")
    _after(strike, streams)


def _swipe(session: Session, values: list[str], streams: Streams) -> None:
    x1, y1, x2, y2 = (int(float(value)) for value in values[:4])
    if abs(x2 - x1) + abs(y2 - y1) < session.phone.look.dp(8) and len(values) > 4:
        # A swipe on the spot is how the shell presses long.
        strike = session.struck(session.phone.kind_of_tap(x1, y1))
        tap(session.phone, x1, y1, strike, by="shell", held=int(values[4]) >= LONG_PRESS_MS)
    else:
        strike = session.struck("gesture")
        permit(strike)
        swipe(session.phone, (x1, y1), (x2, y2))
    _after(strike, streams)


def _keyevent(session: Session, values: list[str], streams: Streams) -> None:
    strike = session.struck("gesture")
    permit(strike)
    for key in values:
        if key != "--longpress":
            session.phone.press(key_name(key))
    _after(strike, streams)


def _text(session: Session, values: list[str], streams: Streams) -> None:
    strike = session.struck("set_text")
    permit(strike)
    text = " ".join(values).replace("%s", " ")
    shown = entered("".join(char for char in text if char.isascii()), strike)
    if shown is not None:
        session.phone.type_text(shown)
    _after(strike, streams)


_INPUTS = {
    "tap": _tap,
    "swipe": _swipe,
    "draganddrop": _swipe,
    "keyevent": _keyevent,
    "text": _text,
}


def _am(session: Session, words: list[str], streams: Streams) -> int:
    verb = words[0] if words else ""
    if verb in {"start", "start-activity"}:
        target = words[words.index("-n") + 1] if "-n" in words[:-1] else ""
        if target.startswith(f"{PACKAGE}/"):
            streams.say(f"Starting: Intent {{ cmp={target} }}\n")
            if not share_by_intent(session.phone, words, target):
                session.phone.start_wechat()
            return 0
        if target:
            streams.complain(f"Error type 3\nError: Activity class {{{target}}} does not exist.")
            return 1
        streams.say("Starting: Intent { act=android.intent.action.VIEW }\n")
        return 0
    if verb in {"force-stop", "kill"}:
        if PACKAGE in words:
            session.phone.stop_wechat()
        return 0
    if verb == "broadcast":
        return _broadcast(session, words, streams)
    streams.complain(f"Unknown command: {verb}")
    return 255


def _broadcast(session: Session, words: list[str], streams: Streams) -> int:
    action = words[words.index("-a") + 1] if "-a" in words[:-1] else ""
    if not action.startswith("ADB_KEYBOARD_") or not _uses_keyboard(session):
        streams.say("Broadcast completed: result=0\n")
        return 0
    strike = NOTHING
    done = True
    if action == "ADB_KEYBOARD_INPUT_TEXT":
        strike = session.struck("set_text")
        try:
            text = base64.b64decode(words[-1], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            text = ""
        shown = entered(text, strike)
        done = shown is not None and session.phone.type_text(shown)
    elif action == "ADB_KEYBOARD_CLEAR_TEXT":
        strike = session.struck("set_text")
        done = entered("", strike) is not None and session.phone.field_text() is not None
        if done:
            session.phone.write("")
    streams.say(
        f'Broadcast completed: result={-1 if done else 0}, data="{"success" if done else ""}"\n'
    )
    _after(strike, streams)
    return 0


def _keyboard_missing(session: Session) -> bool:
    """Whether uiautomator2's keyboard is kept from this phone now."""
    return session.phone.faults.strike("ime").has("ime_missing")


def _uses_keyboard(session: Session) -> bool:
    return (
        not _keyboard_missing(session)
        and session.phone.settings.get("secure default_input_method") == KEYBOARD
    )


def _monkey(session: Session, words: list[str], streams: Streams) -> int:
    package = words[words.index("-p") + 1] if "-p" in words[:-1] else ""
    if package == PACKAGE:
        session.phone.start_wechat()
        streams.say("Events injected: 1\n")
        return 0
    if package in PACKAGES:
        streams.say("Events injected: 1\n")
        return 0
    streams.complain("** No activities found to run, monkey aborted.")
    return 252


def _packages(session: Session) -> list[str]:
    extra = "" if _keyboard_missing(session) else session.phone.settings.get("installed", "")
    return [*PACKAGES, *extra.split()]


def _pm(session: Session, words: list[str], streams: Streams) -> int:
    verb = words[0] if words else ""
    named = [word for word in words[1:] if not word.startswith("-")]
    if verb == "path":
        if named and named[-1] in _packages(session):
            streams.say(f"package:/data/app/{named[-1]}/base.apk\n")
            return 0
        return 1
    if verb == "list":
        streams.say("".join(f"package:{name}\n" for name in _packages(session)))
        return 0
    if verb == "install" and _keyboard_missing(session):
        streams.complain("Failure [INSTALL_FAILED_USER_RESTRICTED: Install canceled by user]")
        return 1
    if verb == "install":
        session.phone.settings["installed"] = KEYBOARD.split("/", maxsplit=1)[0]
        streams.say("Success\n")
        return 0
    if verb == "clear" and PACKAGE in named:
        session.phone.stop_wechat()
    if verb == "uninstall" and KEYBOARD.split("/", maxsplit=1)[0] in named:
        session.phone.settings.pop("installed", None)
    streams.say("Success\n")
    return 0


def _wm(session: Session, words: list[str], streams: Streams) -> int:
    if words[:1] == ["size"]:
        streams.say(f"Physical size: {session.phone.device.screen}\n")
    elif words[:1] == ["density"]:
        streams.say(f"Physical density: {round(session.phone.look.density * 160)}\n")
    else:
        streams.complain("Error: unknown command")
        return 255
    return 0


def _getprop(session: Session, words: list[str], streams: Streams) -> int:
    phone = session.phone
    properties = {
        "ro.serialno": phone.serial,
        "ro.build.version.sdk": "33",
        "ro.build.version.release": "13",
        "ro.product.brand": "hongyan",
        "ro.product.manufacturer": "hongyan",
        "ro.product.model": "Simulated Phone",
        "ro.product.name": "hongyan_sim",
        "ro.product.device": "hongyan_sim",
        "ro.product.cpu.abi": "arm64-v8a",
        "ro.product.locale": phone.device.locale.replace("_", "-"),
        "persist.sys.locale": phone.device.locale.replace("_", "-"),
        "persist.sys.timezone": PHONE_ZONE_NAME,
        "sys.boot_completed": "1",
        "ro.debuggable": "0",
    }
    if words:
        streams.say(properties.get(words[0], words[1] if len(words) > 1 else "") + "\n")
    else:
        streams.say("".join(f"[{key}]: [{value}]\n" for key, value in properties.items()))
    return 0


def _settings(session: Session, words: list[str], streams: Streams) -> int:
    kept = session.phone.settings
    if len(words) >= 3 and words[0] == "get":
        key = " ".join(words[1:3])
        streams.say(kept.get(key, _SETTINGS.get(key, "null")) + "\n")
        return 0
    if len(words) >= 4 and words[0] == "put":
        kept[" ".join(words[1:3])] = words[3]
        return 0
    if len(words) >= 3 and words[0] == "delete":
        kept.pop(" ".join(words[1:3]), None)
        return 0
    streams.complain("Invalid command")
    return 255


def _ime(session: Session, words: list[str], streams: Streams) -> int:
    kept = session.phone.settings
    has_keyboard = "installed" in kept and not _keyboard_missing(session)
    known = [GBOARD, KEYBOARD] if has_keyboard else [GBOARD]
    if words[:1] == ["list"]:
        streams.say("".join(f"{one}\n" for one in known))
        return 0
    target = words[-1] if words else ""
    if target not in known:
        streams.complain(f"Unknown input method {target} cannot be enabled for user #0")
        return 255
    if words[0] == "set":
        kept["secure default_input_method"] = target
    elif words[0] == "disable":
        kept.pop("secure default_input_method", None)
    streams.say(f"Input method {target}: now {words[0]}\n")
    return 0


def _ps(session: Session, words: list[str], streams: Streams) -> int:
    rows = [("root", 1, "init"), ("system", 1200, "system_server")]
    rows += [("u0_a40", 2100, "com.android.launcher3"), ("u0_a41", 1900, "com.android.systemui")]
    if session.phone.stage.wechat_running:
        rows.append(("u0_a123", 4242, PACKAGE))
    if session.phone.automation.server is not None:
        rows.append(("shell", 5151, "app_process"))
    streams.say("USER           PID  PPID     VSZ    RSS WCHAN            ADDR S NAME\n")
    for user, pid, name in rows:
        streams.say(f"{user:<12} {pid:>5}     1 1000000  90000 0                   0 S {name}\n")
    return 0


def _pidof(session: Session, words: list[str], streams: Streams) -> int:
    if words[:1] == [PACKAGE] and session.phone.stage.wechat_running:
        streams.say("4242\n")
        return 0
    return 1


def _pkill(session: Session, words: list[str], streams: Streams) -> int:
    named = any("uia2" in word or word in {"app_process", "5151"} for word in words)
    if not named or session.phone.automation.server is None:
        return 1
    session.phone.automation.end()
    return 0


def _screencap(session: Session, words: list[str], streams: Streams) -> int:
    from device_agent.sim.picture import png

    paths = [word for word in words if word.startswith("/")]
    picture = png(session.phone)
    if paths:
        return 0 if session.files.write(paths[0], picture) else 1
    streams.out += picture
    return 0


ANDROID: dict[str, Program] = {
    "input": _input,
    "am": _am,
    "monkey": _monkey,
    "pm": _pm,
    "wm": _wm,
    "getprop": _getprop,
    "settings": _settings,
    "ime": _ime,
    "ps": _ps,
    "pidof": _pidof,
    "pkill": _pkill,
    "kill": _pkill,
    "screencap": _screencap,
    "uiautomator": uiautomator,
    "svc": lambda *_: 0,
    "logcat": lambda *_: 0,
}
