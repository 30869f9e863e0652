"""Rules to give to a handler's `rule=`: pure conditions on an event."""

from plugins.trigger import Rule
from schemas.event import Event, InChat, MessageReceived


def in_group(event: Event) -> bool:
    """It happened in a group."""
    return isinstance(event, InChat) and event.chat.kind == "group"


def in_private(event: Event) -> bool:
    """It happened in a chat with one person."""
    return isinstance(event, InChat) and event.chat.kind == "private"


def to_me(event: Event) -> bool:
    """It is meant for this account: said in private, or calling it with @ in a group."""
    return in_private(event) or (isinstance(event, MessageReceived) and event.mentions.me)


def in_chats(*chat_ids: str) -> Rule:
    """It happened in one of these chats."""
    return lambda event: event.chat_id in chat_ids


def any_of(*rules: Rule) -> Rule:
    """At least one of the rules holds."""
    return lambda event: any(rule(event) for rule in rules)


def none_of(*rules: Rule) -> Rule:
    """None of the rules holds."""
    return lambda event: not any(rule(event) for rule in rules)
