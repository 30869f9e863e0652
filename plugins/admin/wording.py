"""What the console says, in Chinese and English, short enough for a phone. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

Language = Literal["zh", "en"]

_SAYS: Final[Mapping[str, tuple[str, str]]] = {
    "help": (
        (
            "/管理 状态\n/管理 停止 [账号] · /管理 恢复 [账号]\n/管理 待办\n"
            "/管理 批准|拒绝 编号\n/管理 已发|未发|重发|放弃 编号\n"
            "/管理 死信 · /管理 重投|丢弃 编号\n/管理 插件 · /管理 启用|停用 名称"
        ),
        (
            "/admin status\n/admin stop [ACCOUNT] · /admin resume [ACCOUNT]\n/admin todo\n"
            "/admin approve|refuse N\n/admin sent|notsent|resend|drop N\n"
            "/admin dead · /admin redrive|discard N\n/admin plugins · /admin on|off NAME"
        ),
    ),
    "no_phone": ("还没有手机", "no phone yet"),
    "letters": ("死信 {count} 封", "{count} dead letters"),
    "no_actions": ("没有待发送的消息", "nothing waits to be sent"),
    "no_letters": ("没有死信", "no dead letters"),
    "no_instances": ("没有被启停或隔离的插件", "no plugin was switched or quarantined"),
    "on": ("启用", "on"),
    "off": ("停用", "off"),
    "as_declared": ("按配置", "as declared"),
    "quarantined": ("已隔离：{why}", "in quarantine: {why}"),
    "more": ("……还有更多，/管理 状态 看总数", "… and more: /admin status counts them"),
    "which": (
        "请先发 /管理 {list} 看编号，再写编号",
        "name one: /admin {list} shows the numbers",
    ),
    "name": ("请写名称：/管理 {word} 名称", "name one: /admin {word} NAME"),
    "refused": ("做不到：{why}", "it cannot be done: {why}"),
    "stop": (
        "{account} 已停止发送。恢复之后才会收到回复",
        "{account} sends nothing now; answers come when it is resumed",
    ),
    "resume": ("{account} 已恢复发送", "{account} sends again"),
    "decided": ("{word}：{chat} “{text}”", "{word}: {chat} “{text}”"),
    "settled": ("{word}：{instance} {error}", "{word}: {instance} {error}"),
    "switched": ("{instance} 已{word}", "{instance} is {word}"),
}

_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "starting": ("启动中", "starting"),
    "ready": ("正常", "ready"),
    "waiting": ("等待", "waiting"),
    "stopped": ("停止", "stopped"),
    "queued": ("排队", "queued"),
    "claimed": ("处理中", "under way"),
    "opened": ("处理中", "under way"),
    "typed": ("处理中", "under way"),
    "intent": ("处理中", "under way"),
    "tapped": ("处理中", "under way"),
    "held": ("挂起", "held"),
    "unknown": ("未知", "unknown"),
}
_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "approval_new_chat": ("新会话，等批准", "new chat, asks"),
    "approval_everybody": ("@所有人，等批准", "@all, asks"),
    "approval_bulk": ("群发，等批准", "bulk, asks"),
    "approval_words": ("敏感词，等批准", "words, asks"),
    "approval_loop": ("疑似死循环，等批准", "a loop, asks"),
}
_MOST: Final = 40


def language_of(text: str) -> Language:
    """Chinese where a Chinese word was written."""
    return "zh" if any("\u4e00" <= character <= "\u9fff" for character in text) else "en"


def said(language: Language, name: str, **words: object) -> str:
    """One sentence."""
    return _of(_SAYS[name], language).format(**words)


def status(language: Language, told: Mapping[str, Any]) -> str:
    """Phones, messages, letters: a line each."""
    phones = [_phone(language, phone) for phone in told["phones"]]
    counts: dict[str, int] = {}
    for state, count in told["actions"].items():
        name = _state(language, state)
        counts[name] = counts.get(name, 0) + count
    waiting = " · ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    lines = phones or [said(language, "no_phone")]
    lines.append(waiting or said(language, "no_actions"))
    return "\n".join([*lines, said(language, "letters", count=told["letters"])])


def actions(language: Language, rows: Sequence[Mapping[str, Any]], now: datetime) -> str:
    """A numbered line for each message, and why it waits."""
    if not rows:
        return said(language, "no_actions")
    return "\n".join(_numbered(_action(language, row, now) for row in rows))


def letters(language: Language, rows: Sequence[Mapping[str, Any]], now: datetime) -> str:
    """A numbered line for each dead letter."""
    if not rows:
        return said(language, "no_letters")
    return "\n".join(
        _numbered(f"{row['instance']} {_age(row['died_at'], now)} {_short(row['error'])}"
                  for row in rows)
    )  # fmt: skip


def instances(language: Language, rows: Sequence[Mapping[str, Any]]) -> str:
    """A line for each plugin instance that somebody switched, or that is in quarantine."""
    lines = []
    for row in rows:
        name = {True: "on", False: "off", None: "as_declared"}[row["enabled"]]
        state = said(language, name)
        if row["quarantined_for"]:
            state = said(language, "quarantined", why=_short(row["quarantined_for"]))
        lines.append(f"{row['instance']} {state}")
    return "\n".join(lines) or said(language, "no_instances")


def cut(language: Language, text: str, most: int) -> str:
    """A list of so many lines at most; where there are more, it says so."""
    lines = text.split("\n")
    return text if len(lines) <= most else "\n".join([*lines[:most], said(language, "more")])


def short(text: object) -> str:
    """The beginning of a text, on one line."""
    return _short(str(text))


def _phone(language: Language, phone: Mapping[str, Any]) -> str:
    why = phone.get("trouble") or phone.get("reason")
    return f"{phone['account']} {_state(language, phone['health'])}" + (f" ({why})" if why else "")


def _action(language: Language, row: Mapping[str, Any], now: datetime) -> str:
    reason = row.get("reason") or ""
    why = _of(_REASONS.get(reason, (reason, reason)), language)
    head = " ".join(part for part in (_state(language, row["state"]), why) if part)
    return f"{_short(row['chat'])} “{_short(row['text'])}” {head} {_age(row['since'], now)}"


def _numbered(lines: Iterable[str]) -> Iterable[str]:
    return (f"{number}. {line}" for number, line in enumerate(lines, 1))


def _age(since: str, now: datetime) -> str:
    passed = max(now - datetime.fromisoformat(since), timedelta())
    minutes = int(passed.total_seconds() // 60)
    if minutes < 60:
        return f"{minutes}m"
    return f"{minutes // 60}h" if minutes < 48 * 60 else f"{minutes // 1440}d"


def _state(language: Language, state: str) -> str:
    return _of(_STATES.get(state, (state, state)), language)


def _of(both: tuple[str, str], language: Language) -> str:
    return both[0] if language == "zh" else both[1]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST else f"{line[: _MOST - 1]}…"
