"""What handlers answer to, in words for people. Pure."""

from plugins.arguments import Parameter
from plugins.handler import Handler
from plugins.trigger import Called, Command, Keyword, OfType, Pattern, Scheduled, Trigger


def described(handler: Handler) -> str:
    """One line, such as `/remind <after:10m, 2h, 3天> [what]` or `a text that holds 报价`."""
    conditions = [*handler.rules, *([handler.when.holds] if handler.when is not None else [])]
    names = [getattr(one, "__name__", "") for one in conditions]
    told = [name for name in names if name and name != "<lambda>"]
    words = _trigger(handler.trigger, handler.wanted)
    return f"{words} if {' and '.join(told)}" if told and not words.startswith("/") else words


def about(handler: Handler) -> str:
    """The first sentence of its docstring; empty without one."""
    return (handler.answers.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ").strip()


def _trigger(trigger: Trigger, wanted: tuple[Parameter, ...]) -> str:
    words = "every message"
    match trigger:
        case Command(name, aliases):
            names = " ".join(f"/{alias}" for alias in aliases)
            words = " ".join([f"/{name}", *map(str, wanted), *([f"({names})"] if names else [])])
        case Keyword(keywords):
            words = f"a text that holds {' or '.join(keywords)}"
        case Pattern(expression):
            words = f"a text that matches {expression.written}"
        case Called(everybody):
            words = "a call with @ of this account" + (" or of everybody" if everybody else "")
        case Scheduled(cron=cron, tz=tz, planned=None):
            words = f"the time {cron} in {tz}" if cron is not None else "a time it asked for"
        case Scheduled():
            words = "times of its configuration"
        case OfType(types):
            words = " or ".join(sorted(types))
    return words
