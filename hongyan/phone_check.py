"""What an attached phone lacks of what the agent needs, and how to mend it, in both languages."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from hongyan.machine import Finding
from hongyan.wording import in_order

Shell = Callable[[str], str]
"""Runs a command on the phone."""
_SCALES = ("window_animation_scale", "transition_animation_scale", "animator_duration_scale")
_OPTIONS = ("Settings > Developer options", "设置 > 开发者选项")


def examine_phone(adb: str, serial: str | None, layouts: Path | None = None) -> list[Finding]:
    """Look at the phone that is attached to the adb server at HOST:PORT; nothing is changed.
    `layouts` is the folder of own layout files.
    """
    from device_agent.attached import Attached
    from schemas.failure import DependencyDown

    phones = Attached(adb)
    try:
        states = phones.states()
    except DependencyDown as error:
        remedy = _both("Start it: adb start-server", "请启动：adb start-server")
        return [_finding("adb server", str(error), remedy)]
    name = serial or (next(iter(states)) if len(states) == 1 else None)
    attached = judge_attached(states, name)
    if not attached.ok or name is None:
        return [attached]
    return [attached, *examine_settings(phones.shell(name), layouts)]


def judge_attached(states: dict[str, str], serial: str | None) -> Finding:
    """Whether the phone is there and trusts this computer. Pure."""
    if serial is None:
        found = f"{len(states)} phones: {', '.join(states) or 'none'}"
        words = ("Attach one with USB debugging on", "请连接一台手机，并打开 USB 调试")
        several = ("Name one with --phone SERIAL", "请用 --phone 序列号 指明一台")
        return _finding("phone", found, _both(*(several if states else words)))
    state = states.get(serial, "not attached")
    remedies = {
        "unauthorized": ("Tick Always allow on the phone", "在手机上勾选“始终允许”"),
        "offline": ("Plug it in again", "重新插拔数据线"),
    }
    lacking = ("Attach it with USB debugging on", "请连接手机，并打开 USB 调试")
    remedy = _both(*remedies.get(state, lacking))
    return _finding("phone", f"{serial}: {state}", remedy, ok=state == "device")


def examine_settings(shell: Shell, layouts: Path | None = None) -> Iterator[Finding]:
    """What the phone says of itself."""
    yield _touches(shell("input keyevent 0"))
    yield _animations({name: shell(f"settings get global {name}").strip() for name in _SCALES})
    yield _awake(shell("settings get global stay_on_while_plugged_in").strip())
    yield _keyboard(shell("settings get secure default_input_method").strip())
    yield from _wechat(shell("dumpsys package com.tencent.mm"), layouts)
    chosen = shell("getprop persist.sys.locale").strip()  # empty where nobody chose one
    yield _language(chosen or shell("getprop ro.product.locale").strip())


def _touches(said: str) -> Finding:
    """A key that means nothing: phones that refuse it refuse every touch (MIUI, by default)."""
    denied = "INJECT_EVENTS" in said or "SecurityException" in said
    remedy = _both(
        f"Allow USB debugging (Security settings) in {_OPTIONS[0]}",
        f"在{_OPTIONS[1]}中打开“USB 调试（安全设置）”",
    )
    return _finding("touches", "refused" if denied else "allowed", remedy, ok=not denied)


def _animations(scales: dict[str, str]) -> Finding:
    moving = [name for name, scale in scales.items() if not _is_zero(scale)]
    remedy = _both(
        f"Set the three animation scales to off in {_OPTIONS[0]}, or:",
        f"在{_OPTIONS[1]}中把三项动画缩放设为关闭，或执行：",
        *(f"adb shell settings put global {name} 0" for name in moving),
    )
    found = ", ".join(f"{name} {scales[name] or 'unset'}" for name in moving) or "off"
    return _finding("animations", found, remedy, ok=not moving)


def _is_zero(scale: str) -> bool:
    try:
        return float(scale) == 0
    except ValueError:
        return False


def _awake(said: str) -> Finding:
    ok = said.isdigit() and int(said) != 0
    remedy = _both(
        f"Switch on Stay awake in {_OPTIONS[0]}, set no PIN, or:",
        f"在{_OPTIONS[1]}中打开“不锁定屏幕”，不要设锁屏密码，或执行：",
        "adb shell settings put global stay_on_while_plugged_in 3",
    )
    return _finding("stay awake", "on" if ok else "off: the screen goes dark", remedy, ok=ok)


def _keyboard(said: str) -> Finding:
    ok = "/" in said
    remedy = _both(
        "Choose a keyboard in Settings > Language & input",
        "在 设置 > 语言和输入法 中选择一个输入法",
    )
    return _finding("input method", said if ok else "none", remedy, ok=ok)


def _wechat(said: str, layouts: Path | None) -> Iterator[Finding]:
    from device_agent.layout import code_of, layout_for, version_of

    version = version_of(said)
    remedy = _both("Install WeChat and log in", "请安装微信并登录")
    yield _finding("WeChat", version or "not installed", remedy, ok=version is not None)
    if version is None:
        return
    remedy = _both(
        "It is read only, nothing is sent: hongyan phone calibrate --type --save data/layouts",
        "只读不发，可校准：hongyan phone calibrate --type --save data/layouts",
    )
    layout = layout_for(version, code=code_of(said), folder=layouts)
    unknown = "is calibrated, but not proven" if layout.calibrated else "is not known"
    found = "known" if layout.certain else f"{version} {unknown}"
    yield _finding("layout", found, remedy, ok=layout.certain)


def _language(said: str) -> Finding:
    ok = re.match(r"(?:zh|en)\b", said) is not None
    remedy = _both("Set the phone to Chinese or English", "请把手机语言设为中文或英文")
    return _finding("language", said or "unknown", remedy, ok=ok)


def _both(english: str, chinese: str, *commands: str) -> str:
    return "\n".join([*in_order(english, chinese), *commands])


def _finding(name: str, found: str, remedy: str, *, ok: bool = False) -> Finding:
    return Finding(name, ok, needed=True, found=found, remedy="" if ok else remedy)
