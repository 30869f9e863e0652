"""Knobs of what lies over WeChat: dialogs, calls, the lock screen, crashes, a lost account."""

from device_agent.sim.faults.knob import Knob, Parameter

_HELD = Parameter("after how many real seconds it goes by itself; 0: never", 0.0)
_STAYS = {"for_s": _HELD}
KNOBS = (
    Knob(
        "too_frequent_dialog",
        "WeChat says that one acts too often: the message stays with a red mark, a dialog with one "
        "button lies over the chat.",
        kinds=frozenset({"send_tap"}),
    ),
    Knob(
        "account_restricted",
        "WeChat says that the account is restricted; the notice comes back until the restriction "
        "ends. Nothing can be tapped in WeChat.",
        _STAYS,
        at_once=True,
    ),
    Knob(
        "logged_out",
        "The account was logged out: WeChat shows its log-in page alone, and no notification "
        "comes. After `for_s` seconds a person has logged in again.",
        _STAYS,
        at_once=True,
    ),
    Knob(
        "incoming_call",
        "A call comes in, over the whole screen or, with heads_up=1, as a banner; after `for_s` "
        "seconds the caller gives up.",
        {
            "for_s": Parameter("how many real seconds it rings", 30.0, least=0.1),
            "heads_up": Parameter("1: a banner at the top", 0.0, most=1.0, whole=True),
        },
        at_once=True,
    ),
    Knob(
        "permission_dialog",
        "Android asks whether WeChat may use the microphone.",
        _STAYS,
        at_once=True,
    ),
    Knob(
        "update_dialog",
        "WeChat offers a new version.",
        _STAYS,
        at_once=True,
    ),
    Knob("screen_off", "The screen goes dark; a key wakes it.", at_once=True),
    Knob(
        "locked",
        "The lock screen stands over everything: a swipe up opens it, unless it has a PIN.",
        {
            "for_s": _HELD,
            "pin": Parameter("1: it has a PIN, and a person opens it", 0.0, most=1.0, whole=True),
        },
        at_once=True,
    ),
    Knob(
        "app_crash",
        "WeChat ends; Android says so over the launcher.",
        _STAYS,
        at_once=True,
    ),
    Knob(
        "anr",
        "WeChat does not answer: Android's dialog lies over it, to wait or to close it.",
        _STAYS,
        at_once=True,
    ),
)
