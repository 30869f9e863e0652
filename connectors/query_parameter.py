"""A query's parameters: what people said, read as the type that the owner gave it. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from connectors.query_settings import QueryParameter
from schemas.failure import BadValue

_YES: Final = frozenset({"yes", "true", "on", "1", "是", "对", "开"})
_NO: Final = frozenset({"no", "false", "off", "0", "否", "不", "关"})
_DAYS: Final = {
    "today": 0, "今天": 0, "今日": 0, "yesterday": -1, "昨天": -1, "昨日": -1,
    "前天": -2, "tomorrow": 1, "明天": 1, "后天": 2,
}  # fmt: skip
_WIDEST: Final = 2**63


def read_parameters(
    wanted: Mapping[str, QueryParameter], given: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """The values for the database. `now` is local time: it says which day `today` is.

    Raises:
        BadValue: one is missing, too much, or not of its type; the sentence is for people.

    """
    unknown = sorted(given.keys() - wanted.keys())
    if unknown:
        raise BadValue(f"{unknown[0]}: no such parameter 没有这个参数")
    values: dict[str, Any] = {}
    for name, parameter in wanted.items():
        said = given.get(name)
        said = parameter.default if said is None or said == "" else said
        if said is None:
            raise BadValue(f"{name}: is missing 缺少参数 ({parameter.about or parameter.type})")
        try:
            values[name] = read_value(parameter, said, now)
        except ValueError as error:
            raise BadValue(f"{name}: {error}") from None
    return values


def read_value(parameter: QueryParameter, said: Any, now: datetime) -> Any:
    """One value.

    Raises:
        ValueError: it is not of that type, or not among what is allowed.

    """
    text = str(said).strip()
    if parameter.choices and text not in parameter.choices:
        raise ValueError(f"{text!r} is none of 只能是 {', '.join(parameter.choices)}")
    if len(text) > parameter.longest:
        raise ValueError(f"longer than 超过 {parameter.longest} characters 字")
    if "\x00" in text:
        raise ValueError("holds a NUL character")
    if parameter.type in {"integer", "number"}:
        return _number(parameter, text)
    if parameter.type == "truth":
        return _truth(text)
    if parameter.type == "date":
        return _day(text, now)
    if parameter.type == "moment":
        return _moment(text, now)
    return text


def _number(parameter: QueryParameter, text: str) -> int | float:
    whole = parameter.type == "integer"
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no {'whole ' if whole else ''}number 不是数字") from None
    if number != number or abs(number) >= _WIDEST:  # noqa: PLR0124  # what is no number
        raise ValueError(f"{text!r} is too large 太大")
    if parameter.least is not None and number < parameter.least:
        raise ValueError(f"{text} is less than 小于 {parameter.least:g}")
    if parameter.most is not None and number > parameter.most:
        raise ValueError(f"{text} is more than 大于 {parameter.most:g}")
    return number


def _truth(text: str) -> bool:
    word = text.casefold()
    if word not in _YES | _NO:
        raise ValueError(f"{text!r} is neither yes nor no 请写 是 或 否")
    return word in _YES


def _day(text: str, now: datetime) -> date:
    if text.casefold() in _DAYS:
        return now.date() + timedelta(days=_DAYS[text.casefold()])
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no day 不是日期: 2026-11-25, today, 昨天") from None


def _moment(text: str, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time 不是时间: 2026-11-25T09:00") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=now.tzinfo)
