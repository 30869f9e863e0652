"""The pages that /help shows, in Chinese or in English. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from plugins.catalogue import Offer, OfferedHandler

_HAN: Final = re.compile("[\u3400-\u9fff]")
_SENTENCE: Final = re.compile(r"[^.。！？!?]*[.。！？!?]+|[^.。！？!?]+\Z")
_MOST: Final = 30

_TITLE: Final = {True: "这里可以：", False: "What you can do here:"}
_MORE: Final = {True: "/help 名称 看详细。", False: "/help NAME tells more."}
_NOTHING: Final = {True: "这里没有可用的命令。", False: "There is nothing to use here."}
_UNKNOWN: Final = {True: "没有叫“{name}”的。", False: "There is nothing called “{name}”."}
_ROLES: Final = {True: "（限 {roles}）", False: " (for {roles})"}
_LEFT: Final = {True: "……还有 {count} 项", False: "… and {count} more"}
_ALSO: Final = {
    "every message": "每条消息",
    "times of its configuration": "设定的时间",
    "a time it asked for": "它约定的时间",
    " if ": "，若 ",
    "a text that holds": "含有以下字样的消息",
    "a text that matches": "符合表达式的消息",
    "a call with @ of this account": "@ 本号",
    "or of everybody": "或 @ 所有人",
    " or ": " 或 ",
}


def is_chinese(text: str) -> bool:
    """Whether it is to be answered in Chinese."""
    return bool(_HAN.search(text))


def overview(offers: Sequence[Offer], *, chinese: bool) -> str:
    """All commands, one a line; an instance without one by its description."""
    lines: list[str] = []
    for offer in offers:
        commands = [one for one in offer.handlers if one.command]
        lines += [_line(one, chinese=chinese) for one in commands]
        told = in_language(offer.description, chinese=chinese)
        if not commands and told:
            lines.append(f"· {offer.instance}: {told}")
    if not lines:
        return _NOTHING[chinese]
    left = [_LEFT[chinese].format(count=len(lines) - _MOST)] if len(lines) > _MOST else []
    return "\n".join([_TITLE[chinese], *lines[:_MOST], *left, _MORE[chinese]])


def detail(offers: Sequence[Offer], name: str, *, chinese: bool) -> str:
    """One command, or all that an instance answers to."""
    wanted = name.strip().removeprefix("/").casefold()
    for offer in offers:
        own = [one for one in offer.handlers if _answers_to(one, wanted)]
        if own or wanted in {offer.instance, offer.plugin}:
            told = in_language(offer.description, chinese=chinese)
            lines = [_line(one, chinese=chinese) for one in own or offer.handlers]
            return "\n".join([f"{offer.instance}: {told}" if told else offer.instance, *lines])
    return "\n".join([_UNKNOWN[chinese].format(name=name.strip()), _MORE[chinese]])


def in_language(text: str, *, chinese: bool) -> str:
    """Of a text in both languages the sentences in one; of one in another language, all of it."""
    sentences = [found.strip() for found in _SENTENCE.findall(text) if found.strip()]
    own = [one for one in sentences if is_chinese(one) == chinese]
    return (("" if chinese else " ").join(own)) or text.strip()


def _answers_to(handler: OfferedHandler, wanted: str) -> bool:
    names = [word.strip("()/") for word in handler.words.split() if "/" in word]
    return bool(handler.command) and wanted in {name.casefold() for name in names}


def _line(handler: OfferedHandler, *, chinese: bool) -> str:
    words = handler.words
    if chinese and not handler.command:
        for english, said in _ALSO.items():
            words = words.replace(english, said)
    about = in_language(handler.about, chinese=chinese)
    roles = _ROLES[chinese].format(roles=", ".join(handler.roles)) if handler.roles else ""
    return f"· {words}{roles}" + (f" — {about}" if about else "")
