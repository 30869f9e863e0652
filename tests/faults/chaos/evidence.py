"""What a chaos campaign left behind: what was written, what was read, asked and told, what left."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Written:
    """A friend's message as the phone has it. `chat` is the simulator's id, `at` epoch seconds."""

    chat: str
    text: str
    reply: str | None
    at: float


@dataclass(frozen=True)
class Read:
    """An inbound event; `chat_id` is the agent's."""

    event_id: str
    chat_id: str
    text: str
    at: float
    gap: bool = False
    historical: bool = False
    title: str = ""


@dataclass(frozen=True)
class Asked:
    """An action of the outbox."""

    action_id: str
    event_id: str | None
    chat_id: str
    text: str


@dataclass(frozen=True)
class Told:
    """A receipt."""

    action_id: str
    state: str
    at: float
    reason: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class Bubble:
    """A message that really left. `chat` is the simulator's id."""

    chat: str
    text: str
    at: float


@dataclass(frozen=True)
class Trouble:
    """Something that was done to the phone or a process, and until when it may be felt."""

    at: float
    until: float
    what: str


@dataclass
class Evidence:
    """All of it. `names` are what people call a chat in the report, by the simulator's id;
    `shared` the chats whose title another one has, `titles` those of the rest; `struck` counts by
    knob.
    """

    names: dict[str, str]
    shared: frozenset[str]
    written: list[Written] = field(default_factory=list)
    read: list[Read] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    left: list[Bubble] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    struck: dict[str, int] = field(default_factory=dict)
