"""What is known of the people of an account: its contacts, and who is in its groups."""

from typing import ClassVar, Literal

from schemas.model import Model, Moment, Slug

Role = Literal["owner", "admin", "member"]


class KnownContact(Model):
    """A friend or an official account. Key `contact:<account>:<contact_id>`, compacted; a tombstone
    where it is in the address book no more.

    `contact_id` is ours and stays when names change. `name` is what WeChat shows: the remark where
    there is one, else the nickname. `chat_id` is set where exactly one private chat has that name.
    """

    TYPE: ClassVar[str] = "hongyan.contact.known.v1"

    contact_id: str
    channel: Slug = "wechat"
    account: Slug
    name: str
    remark: str | None = None
    nickname: str | None = None
    wechat_id: str | None = None
    region: str | None = None
    official: bool = False
    chat_id: str | None = None
    at: Moment

    @property
    def key(self) -> bytes:
        """The Kafka key."""
        return f"contact:{self.account}:{self.contact_id}".encode()


class Member(Model):
    """One of a group's people, as the group shows them; `role` only where the screen told it."""

    name: str
    role: Role | None = None


class GroupMembers(Model):
    """Who is in a group, the account's owner among them. Key `members:<account>:<chat_id>`.

    `count` is what the group itself says, `whole` whether `members` are all of them. Names may
    repeat: two people may be called alike.
    """

    TYPE: ClassVar[str] = "hongyan.chat.members.v1"

    chat_id: str
    channel: Slug = "wechat"
    account: Slug
    members: tuple[Member, ...] = ()
    count: int | None = None
    whole: bool = False
    own_name: str | None = None
    at: Moment

    @property
    def key(self) -> bytes:
        """The Kafka key."""
        return f"members:{self.account}:{self.chat_id}".encode()


class ContactsRead(Model):
    """The address book was read from end to end. Key `read:<account>`, compacted.

    It comes after the records of all that was found, on the same partition.
    """

    TYPE: ClassVar[str] = "hongyan.contacts.read.v1"

    channel: Slug = "wechat"
    account: Slug
    contacts: int
    groups: int
    at: Moment

    @property
    def key(self) -> bytes:
        """The Kafka key."""
        return f"read:{self.account}".encode()
