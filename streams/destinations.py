"""Which outbox topics there are: an action to an account without one must not be lost silently."""

import asyncio
from collections.abc import Awaitable, Callable

from schemas.action import Action
from schemas.failure import DependencyDown, Permanent
from schemas.topics import OUTBOX

TopicNames = Callable[[], Awaitable[set[str]]]

_FRESH_S = 5.0  # a name that is missing is asked for again after this long


class Destinations:
    """The outboxes on the broker, asked for again when one is missing."""

    def __init__(self, prefix: str, names: TopicNames, clock: Callable[[], float]) -> None:
        """`names` asks the broker for its topics; `clock` is monotonic, in seconds."""
        self._prefix = prefix
        self._names = names
        self._clock = clock
        self._names_of: dict[tuple[str, str], str] = {}
        self._known: set[str] = set()
        self._asked: float | None = None
        self._asking = asyncio.Lock()

    async def topic(self, action: Action) -> str:
        """The outbox of an action's account.

        Raises:
            Permanent: there is none.
            DependencyDown: the broker cannot be asked.

        """
        account = action.channel, action.account
        name = self._names_of.get(account)
        if name is None:
            name = OUTBOX.name(self._prefix, channel=action.channel, account=action.account)
            self._names_of[account] = name
        if name not in self._known:
            await self._ask(name)
        if name not in self._known:
            raise Permanent(
                f"no account {action.account!r} on channel {action.channel!r}: "
                f"the topic {name} does not exist"
            )
        return name

    async def _ask(self, name: str) -> None:
        async with self._asking:
            now = self._clock()
            if name in self._known or (self._asked is not None and now < self._asked + _FRESH_S):
                return
            self._known = await self._names()
            self._asked = now


def topic_names(bootstrap: str) -> TopicNames:
    """Asks the broker at an address."""
    from aiokafka.admin import AIOKafkaAdminClient
    from aiokafka.errors import KafkaError

    async def names() -> set[str]:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
        try:
            await admin.start()
            try:
                return set(await admin.list_topics())
            finally:
                await admin.close()
        except (KafkaError, OSError) as error:
            raise DependencyDown(f"the broker cannot name its topics: {error!r}") from error

    return names
