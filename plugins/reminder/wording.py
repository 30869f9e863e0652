"""What reminder says, and how it tells times, in the language of who it answers. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from .moment import Once

_DAYS: Final = "一二三四五六日"
_NAMES: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG: Final = (
    *("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    "Sunday",
)
_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
_NEAR: Final = {True: ("今天", "明天", "后天"), False: ("today", "tomorrow", "")}
_SAYINGS: Final[dict[bool, dict[str, str]]] = {
    True: {
        "set": "好的，{when}提醒你{what}。",
        "set_every": "好的，{when}提醒你{what}；下一次是{next}。",
        "what": "：{what}",
        "guessed": "没说几点，先定在 {time}。",
        "which": "是哪一个？\n1. {first}\n2. {second}\n回 1 或 2，或直接说时间。",
        "when": "什么时候提醒你？比如“明天下午三点”、“10分钟后”、“每周一9点”。",
        "none": "没看懂时间。比如“明天下午三点”、“10分钟后”、“每周一9点”。",
        "past": "这个时间已经过去了。",
        "far": "太远了，最多十年以后。",
        "odd": "没有这样的时间，或这样的重复定不了。可以说“每天”、“每周一三五”、“每月5号”、"
        "“每2小时”，或用 cron：/提醒 cron 0 9 * * 1-5 写日报",
        "often": "太频繁了，最快每 5 分钟一次。",
        "cron": "这不是 cron 表达式：分 时 日 月 周，例如 0 9 * * 1-5。",
        "full": "这里已经有 {count} 个提醒了，先取消一些：/提醒列表",
        "dropped": "好的，算了。",
        "due": "⏰ {what}",
        "late": "⏰ {what}（原定 {when}）",
        "plain": "时间到了",
        "list": "提醒：",
        "line": "{number}. {when}{what}{by}",
        "by": "（{by}）",
        "empty": "现在没有提醒。",
        "cancel": "取消：/取消提醒 编号",
        "cancelled": "已取消：{what}",
        "unknown": "没有编号 {number} 的提醒。",
        "not_yours": "这是 {by} 的提醒，只有本人或管理员能取消。",
    },
    False: {
        "set": "OK, {when} I will remind you{what}.",
        "set_every": "OK, {when} I will remind you{what}; the next time is {next}.",
        "what": ": {what}",
        "guessed": "No hour was named, so it is {time}.",
        "which": "Which one?\n1. {first}\n2. {second}\nAnswer 1 or 2, or say the time.",
        "when": "When? For example “tomorrow at 3pm”, “in 10 minutes”, “every Monday at 9”.",
        "none": "I see no time there. For example “tomorrow at 3pm”, “in 10 minutes”.",
        "past": "That time is over.",
        "far": "That is too far away; ten years at most.",
        "odd": "There is no such time, or I cannot repeat it so. Say “every day”, “every Monday "
        "and Friday”, “monthly on the 5th”, “every 2 hours”, or use cron: "
        "/remind cron 0 9 * * 1-5 report",
        "often": "That is too often; every 5 minutes at most.",
        "cron": "That is no cron expression: minute hour day month weekday, such as 0 9 * * 1-5.",
        "full": "There are {count} reminders here already; cancel some first: /reminders",
        "dropped": "OK, never mind.",
        "due": "⏰ {what}",
        "late": "⏰ {what} (meant for {when})",
        "plain": "Time is up",
        "list": "Reminders:",
        "line": "{number}. {when}{what}{by}",
        "by": " ({by})",
        "empty": "There are no reminders.",
        "cancel": "Cancel one: /unremind NUMBER",
        "cancelled": "Cancelled: {what}",
        "unknown": "There is no reminder {number}.",
        "not_yours": "That one is {by}'s; only they or an admin may cancel it.",
    },
}


def sayings(*, chinese: bool) -> Mapping[str, str]:
    """By name."""
    return _SAYINGS[chinese]


def moment(at: datetime, now: datetime, *, chinese: bool) -> str:
    """`明天（11月26日 周四）15:30`, `tomorrow (Thu 26 Nov) at 15:30`; another year is named."""
    days = (at.date() - now.date()).days
    near = _NEAR[chinese][days] if 0 <= days <= 2 else ""
    if chinese:
        date = f"{at.month}月{at.day}日 周{_DAYS[at.weekday()]}"
        date = f"{at.year}年{date}" if at.year != now.year else date
        return f"{near}（{date}）{at:%H:%M}" if near else f"{date} {at:%H:%M}"
    date = f"{_NAMES[at.weekday()]} {at.day} {_MONTHS.split()[at.month - 1]}"
    date = f"{date} {at.year}" if at.year != now.year else date
    return f"{near} ({date}) at {at:%H:%M}" if near else f"{date} at {at:%H:%M}"


def choice(one: Once, now: datetime, *, chinese: bool) -> str:
    """One of two moments that may be meant."""
    return moment(one.at, now, chinese=chinese)


def repetition(cron: str, *, chinese: bool) -> str:
    """A cron expression in words, where it is one of those that a phrase gives; else itself."""
    minute, hour, day, month, weekday = cron.split()
    if hour == "*" or not hour.isdigit():
        return _steps(cron, minute, hour, chinese=chinese)
    if not minute.isdigit() or "*" not in {day, weekday}:
        return f"cron {cron}"
    time = f"{int(hour):02}:{int(minute):02}"
    days = _days(day, month, weekday, chinese=chinese)
    if days is None:
        return f"cron {cron}"
    return f"{days} {time} " if chinese else f"{days} at {time}"


def _steps(cron: str, minute: str, hour: str, *, chinese: bool) -> str:
    if cron == "0 * * * *":
        return "每小时" if chinese else "every hour"
    if cron == f"{minute} * * * *" and minute.startswith("*/"):
        return f"每 {minute[2:]} 分钟" if chinese else f"every {minute[2:]} minutes"
    if cron == f"0 {hour} * * *" and hour.startswith("*/"):
        return f"每 {hour[2:]} 小时" if chinese else f"every {hour[2:]} hours"
    return f"cron {cron}"


def _days(day: str, month: str, weekday: str, *, chinese: bool) -> str | None:
    fields = (day == "*", month == "*", weekday == "*")
    if fields == (True, True, True):
        return "每天" if chinese else "every day"
    if fields == (True, True, False):
        return _weekdays(weekday, chinese=chinese)
    if fields == (False, True, True):
        return _monthly(day, chinese=chinese)
    if fields == (False, False, True) and day.isdigit() and month.isdigit():
        name = _MONTHS.split()[int(month) - 1]
        return f"每年{month}月{day}日" if chinese else f"every year on {day} {name}"
    return None


def _weekdays(weekday: str, *, chinese: bool) -> str | None:
    if weekday == "1-5":
        return "每个工作日" if chinese else "every weekday"
    days = weekday.split(",")
    if not all(one.isdigit() and int(one) <= 7 for one in days):
        return None
    if set(days) == {"0", "6"}:
        return "每个周末" if chinese else "every weekend"
    if chinese:
        ordered = sorted((int(one) - 1) % 7 for one in days)
        return "每周" + "、".join(_DAYS[one] for one in ordered)
    return "every " + " and ".join(_LONG[int(one)] for one in days)


def _monthly(day: str, *, chinese: bool) -> str | None:
    if day == "L":
        return "每月最后一天" if chinese else "on the last day of every month"
    if not all(one.isdigit() for one in day.split(",")):
        return None
    if chinese:
        return "每月" + "、".join(f"{one}日" for one in day.split(","))
    return "every month on day " + " and ".join(day.split(","))
