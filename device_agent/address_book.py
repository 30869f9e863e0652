"""Whom the account knows: contacts and members as last read, each change owed to the topic."""

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import uuid4

from device_agent.chats import Chats
from device_agent.letterhead import Letterhead
from device_agent.naming import Naming
from device_agent.people import Card
from device_agent.shipping import Shipping
from device_agent.spool import Spool
from device_agent.stored import pack
from schemas.contact import ContactsRead, GroupMembers, KnownContact, Member
from schemas.envelope import Record
from schemas.model import Model
from schemas.phone import KnownChat

_LANE = "contacts"
"""What the book owes is produced in its order: the whole reading after all that was read."""
_WHOLE = "book:whole"


class AddressBook:
    """In memory, and every change in the spool. Random ids come from `new_id`."""

    def __init__(
        self,
        *,
        spool: Spool,
        chats: Chats,
        naming: Naming,
        shipping: Shipping,
        head: Letterhead,
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        """Read what the spool holds."""
        self._spool = spool
        self._chats = chats
        self._naming = naming
        self._shipping = shipping
        self._head = head
        self._new_id = new_id
        facts = spool.all("fact")
        self.contacts = {
            key.partition(":")[2]: KnownContact.model_validate_json(body)
            for key, body in facts.items()
            if key.startswith("contact:")
        }
        self.groups = {
            key.partition(":")[2]: GroupMembers.model_validate_json(body)
            for key, body in facts.items()
            if key.startswith("members:")
        }
        told = facts.get(_WHOLE)
        self.whole_at = datetime.fromisoformat(told) if told else None
        """When it was last read from end to end."""

    def adopt(self, known: Iterable[Model]) -> None:
        """Take over what the topic holds and the spool does not (a new machine)."""
        with self._spool.transaction():
            for model in known:
                if isinstance(model, KnownContact) and model.contact_id not in self.contacts:
                    self._keep_contact(model)
                elif isinstance(model, GroupMembers) and model.chat_id not in self.groups:
                    self._keep_group(model)
                elif isinstance(model, ContactsRead) and self.whole_at is None:
                    self._keep_whole(model.at)

    def _keep_contact(self, contact: KnownContact) -> None:
        self.contacts[contact.contact_id] = contact
        self._spool.put("fact", f"contact:{contact.contact_id}", contact.model_dump_json())

    def _keep_group(self, group: GroupMembers) -> None:
        self.groups[group.chat_id] = group
        self._spool.put("fact", f"members:{group.chat_id}", group.model_dump_json())

    def _keep_whole(self, at: datetime) -> None:
        self.whole_at = at
        self._spool.put("fact", _WHOLE, at.isoformat())

    def _owe(self, identity: str, packed: tuple[str, Record]) -> None:
        self._spool.add_event(identity, _LANE, pack(*packed))

    def named(self, name: str, *, official: bool = False) -> list[KnownContact]:
        """The contacts that WeChat shows under a name."""
        return [
            one for one in self.contacts.values() if one.name == name and one.official == official
        ]

    def put_card(self, card: Card) -> KnownContact:
        """What a card says, for the contact of that WeChat ID: a new name is the same person."""
        same = [one for one in self.contacts.values() if one.wechat_id == card.wechat_id]
        if card.wechat_id is None or not same:
            same = [one for one in self.named(card.name) if one.wechat_id is None]
        seen = KnownContact(
            contact_id=same[0].contact_id if same else self._new_id(),
            account=self._head.account,
            name=card.name,
            remark=card.remark,
            nickname=card.nickname or card.name,
            wechat_id=card.wechat_id,
            region=card.region,
            at=self._head.clock(),
        )
        return self._put(seen, same[0] if same else None)

    def put_official(self, name: str) -> KnownContact:
        """An official account, of which the list tells the name alone."""
        known = self.named(name, official=True)
        if known:
            return known[0]
        at = self._head.clock()
        made = {"contact_id": self._new_id(), "account": self._head.account, "name": name}
        return self._put(KnownContact(**made, official=True, at=at), None)

    def _put(self, seen: KnownContact, before: KnownContact | None) -> KnownContact:
        chat = None if seen.official else self._chat_of(seen)
        seen = seen.model_copy(update={"chat_id": chat.chat_id if chat is not None else None})
        if before is not None and before == seen.model_copy(update={"at": before.at}):
            return before
        with self._spool.transaction():
            self._keep_contact(seen)
            self._owe(f"{seen.contact_id}@{seen.at.isoformat()}", self._head.contact(seen))
        if chat is not None:
            self._tell_chat(chat, seen)
        self._shipping.wake()
        return seen

    def _chat_of(self, contact: KnownContact) -> KnownChat | None:
        """The contact's chat: that of its WeChat ID, else the only one of its name, if the name is
        no other contact's and no official account's. A chat that was never opened may be a group.
        """
        known, tails = self._chats.known.values(), self._chats.tails
        chats = [one for one in known if one.kind == "private" and tails[one.chat_id].rows]
        if contact.wechat_id is not None:
            by_id = [one for one in chats if one.wechat_id == contact.wechat_id]
            if by_id:
                return by_id[0]
        if self.whole_at is None:
            return None  # who else has the name is not known before the book was read whole
        others = [one for one in self.named(contact.name) if one.contact_id != contact.contact_id]
        others += self.named(contact.name, official=True)
        by_name = [one for one in chats if one.title == contact.name and one.wechat_id is None]
        return by_name[0] if len(by_name) == 1 and not others else None

    def _tell_chat(self, chat: KnownChat, contact: KnownContact) -> None:
        """The chat's remark, nickname and WeChat ID; and its title, where the card says that the
        same person has another name now and no other chat has it.
        """
        told = {
            "remark": contact.remark,
            "nickname": contact.nickname,
            "wechat_id": contact.wechat_id,
        }
        if chat.title != contact.name and not self._chats.titled(contact.name):
            told["title"] = contact.name
        if any(getattr(chat, name) != value for name, value in told.items()):
            self._naming.change(chat, **told)

    def link(self) -> None:
        """Join contacts to chats that were not known when the contact was read."""
        for contact in list(self.contacts.values()):
            if contact.chat_id is None and not contact.official and self._chat_of(contact):
                self._put(contact.model_copy(update={"at": self._head.clock()}), contact)

    def read_whole(self, met: set[str], groups: int) -> None:
        """The book was read to its end: who was not met is gone."""
        at = self._head.clock()
        with self._spool.transaction():
            for gone in [one for key, one in self.contacts.items() if key not in met]:
                del self.contacts[gone.contact_id]
                self._spool.drop("fact", f"contact:{gone.contact_id}")
                identity = f"gone:{gone.contact_id}@{at.isoformat()}"
                self._owe(identity, self._head.gone(gone.key))
            self._keep_whole(at)
            read = ContactsRead(
                account=self._head.account, contacts=len(self.contacts), groups=groups, at=at
            )
            self._owe(f"read@{at.isoformat()}", self._head.whole_reading(read))
        self._shipping.wake()

    def put_members(
        self, chat: KnownChat, members: Iterable[Member], count: int | None, own: str | None
    ) -> GroupMembers:
        """Who is in a group; told only where it changed."""
        people = tuple(members)
        group = GroupMembers(
            chat_id=chat.chat_id,
            account=self._head.account,
            members=people,
            count=count,
            whole=count is not None and len(people) == count,
            own_name=own,
            at=self._head.clock(),
        )
        before = self.groups.get(chat.chat_id)
        changed = before is None or before.model_copy(update={"at": group.at}) != group
        with self._spool.transaction():
            self._keep_group(group)
            if changed:
                self._owe(f"members:{chat.chat_id}@{group.at}", self._head.members(group))
        self._shipping.wake()
        return group
