"""What handlers answer to, in words for people. Pure."""

from plugins.arguments import Parameter
from plugins.handler import Handler
from plugins.trigger import Called, Command, Keyword, OfType, Pattern, Scheduled, Trigger


def described(handler: Handler) -> str:
    """One line, such as `/remind <after:10m, 2h, 3天> [what]` or `a text that holds 报价`."""
    return _trigger(handler.trigger, handler.wanted)


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
            words = f"a text that matches {expression.pattern}"
        case Called(everybody):
            words = "a call with @ of this account" + (" or of everybody" if everybody else "")
        case Scheduled(cron=cron, tz=tz):
            words = f"the time {cron} in {tz}" if cron is not None else "a time it asked for"
        case OfType(types):
            words = " or ".join(sorted(types))
    return words
