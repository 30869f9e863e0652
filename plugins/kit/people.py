"""Roles in a made-up world: who writes holds what the test says."""

from collections.abc import Iterable
from dataclasses import replace

from plugins.plugin import Instance
from plugins.roles import Known, RolesFile, RoleTable
from schemas.event import Event, MessageReceived


def as_held(instances: Iterable[Instance], event: Event, role: str) -> tuple[Instance, ...]:
    """The instances, of which the author of an event holds this role."""
    if not isinstance(event, MessageReceived):
        return tuple(instances)
    chat, name = event.chat_id, event.sender.name
    who = Known(role=role, chat=chat)
    if event.chat.kind == "group":
        who = Known(role=role, name=name, unproven=True, chats=(chat,))
    return tuple(_with(instance, who) for instance in instances)


def _with(instance: Instance, who: Known) -> Instance:
    tables = {} if who.role in instance.roles.names else {who.role: RoleTable()}
    file = RolesFile(roles=tables, people=(who,))
    return replace(instance, roles=instance.roles.with_file(file))
