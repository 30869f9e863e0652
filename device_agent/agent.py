"""The agent of one phone and one account: its tasks, its waits, and how it stops."""

import asyncio
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from secrets import token_hex

from loguru import logger

from connectors.kafka import Broker, Producer
from connectors.media.address import open_store
from connectors.settings import AgentSettings
from device_agent.address_book import AddressBook
from device_agent.assembly import completion_of, sender_of, sight_of
from device_agent.book_plan import take_up_people
from device_agent.caution import caution
from device_agent.chats import Chats
from device_agent.completion import Completion
from device_agent.covers import Then
from device_agent.evidence import Evidence
from device_agent.health import Health
from device_agent.jobs import Jobs
from device_agent.layout import layout_for
from device_agent.lease import Lease, LeaseLost
from device_agent.ledger import remember
from device_agent.letterhead import Letterhead, now
from device_agent.listing import Listing
from device_agent.lookups import Lookups
from device_agent.outbox import Outbox
from device_agent.pacing import Pacing
from device_agent.phone import InputDenied, Phone, ServerStale
from device_agent.phone_clock import PhoneClock
from device_agent.pilot import Covered, Pilot
from device_agent.plug import Plug
from device_agent.policy import Policy, load_policy
from device_agent.reader import Reader
from device_agent.rest import Rest
from device_agent.rounds import Rounds
from device_agent.screen import ListScreen
from device_agent.search import Search
from device_agent.sender import Sender
from device_agent.shipping import Shipping
from device_agent.silence import Silence
from device_agent.spool import Spool
from device_agent.takeover import Takeover
from device_agent.trouble import trouble_of
from schemas.failure import DependencyDown, Permanent, Retryable
from schemas.ledger import Cut

STOP_SECONDS = 3.5
_FAILURES = 3
_SEARCH_PAUSE = 45.0  # seconds between two searches that nobody waits for
_COVERED_SECONDS = 1.0  # between looks at what is left to a person


class Agent:
    """Wires one phone to the topics. `run` returns when `stop` was called."""

    def __init__(
        self,
        settings: AgentSettings,
        *,
        clock: Callable[[], datetime] = now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the spool; nothing is started.

        Raises:
            Permanent: the data folder cannot be used, or another agent has it; the pace file is
                wrong.

        """
        policy = load_policy(settings.pace_policy) if settings.pace == "human" else None
        self._broker = Broker(settings.kafka)
        self._monotonic = monotonic
        head = Letterhead(settings.account, settings.topic_prefix, clock)
        self._head = head
        self._spool = Spool(settings.data)
        self._producer = Producer(self._broker)
        self.phone = Phone(settings.adb, settings.serial)
        self._pilot = Pilot(self.phone, layout_for(None))
        self._chats = Chats(self._spool, settings.account)
        self._pilot.sight = sight_of(settings, self._chats)
        self._jobs = Jobs(
            self._spool,
            head,
            Cut(characters=settings.part_characters, units=settings.part_units),
        )
        self._layouts = settings.layouts
        self._evidence = self._photographed(settings)
        self._shipping = Shipping(self._spool, self._producer, head)
        self._lease = self._token(settings)
        self._phone_clock = PhoneClock(self.phone.shell, monotonic)
        self._reader = self._reads(settings)
        listing = Listing()
        self._lookups = Lookups(
            search=Search(self._pilot),
            listing=listing,
            reader=self._reader,
            chats=self._chats,
            shipping=self._shipping,
            head=head,
        )
        rest = Rest(self._spool, settings.rest_length, clock, policy.warnings if policy else None)
        self._outbox = Outbox(
            self._broker,
            self._producer,
            jobs=self._jobs,
            lookups=self._lookups,
            rest=rest,
            head=head,
        )
        self._pacing = self._governed(settings, rest, policy)
        self.rounds = self._rounds(settings, listing)
        self._book = self._address_book(settings)
        self._health = Health(self._producer, head, settings.ready_file)
        self._plug = Plug(settings.adb, lambda: self.phone.serial)
        limit = settings.quiet_alert_seconds
        self._silence = Silence(limit, self._spool.newest_event, monotonic)
        self._stopping = asyncio.Event()
        self._failures = 0
        self._takeover = self._taken()

    def _photographed(self, settings: AgentSettings) -> Evidence:
        return Evidence(
            phone=self.phone,
            store=open_store(settings),
            jobs=self._jobs,
            titles=self._title,
            settle_soon=lambda: self._outbox.settle_soon(),  # noqa: PLW0108  # made later
            when=settings.screenshots,
        )

    def _reads(self, settings: AgentSettings) -> Reader:
        return Reader(
            pilot=self._pilot,
            chats=self._chats,
            spool=self._spool,
            shipping=self._shipping,
            head=self._head,
            clock=self._phone_clock,
            own_names=settings.own_name_set,
            completion=self._completion(settings),
        )

    def _taken(self) -> Takeover:
        return Takeover(
            pilot=self._pilot,
            lease=self._lease,
            health=self._health,
            rested=self._rested,
            tapped=lambda: self._jobs.tapped,
            ready=lambda: not self._chats.blank or self.rounds.may_send,
            monotonic=self._monotonic,
            layouts=self._layouts,
        )

    def _address_book(self, settings: AgentSettings) -> AddressBook:
        """Whom the account knows; the rounds read it when there is nothing else to do."""
        reader, chats = self._reader, self._chats
        book = AddressBook(
            spool=self._spool,
            chats=chats,
            naming=reader.naming,
            shipping=self._shipping,
            head=self._head,
        )
        take_up_people(
            settings, self.rounds, pilot=self._pilot, book=book, chats=chats, reader=reader
        )
        return book

    def _token(self, settings: AgentSettings) -> Lease:
        holder = f"{socket.gethostname()}:{settings.data.resolve()}".replace(" ", "_")
        return Lease(
            self.phone,
            holder=holder.replace("'", "_"),
            token=token_hex(8),
            monotonic=self._monotonic,
        )

    def _rounds(self, settings: AgentSettings, listing: Listing) -> Rounds:
        rounds = Rounds(
            pilot=self._pilot,
            reader=self._reader,
            sender=self._sender(settings),
            chats=self._chats,
            jobs=self._jobs,
            lease=self._lease,
            pacing=self._pacing,
            head=self._head,
            listing=listing,
            monotonic=self._monotonic,
            wide_every=settings.sweep_seconds,
            urgent=(self._lookups,),
            pause=0.0 if settings.pace == "fast" else _SEARCH_PAUSE,
        )
        rounds.revisit.update(self._spool.held_chats())
        return rounds

    def _sender(self, settings: AgentSettings) -> Sender:
        return sender_of(
            settings,
            pilot=self._pilot,
            reader=self._reader,
            chats=self._chats,
            jobs=self._jobs,
            outbox=self._outbox,
            shipping=self._shipping,
            lease=self._lease,
            head=self._head,
            pacing=self._pacing,
            evidence=self._evidence,
        )

    def _governed(self, settings: AgentSettings, rest: Rest, policy: Policy | None) -> Pacing:
        """At pace fast nothing is paced: there is no policy, and a rest alone holds anything."""
        return Pacing(
            policy=policy,
            spool=self._spool,
            jobs=self._jobs,
            chats=self._chats,
            rest=rest,
            clock=self._head.clock,
            zone=lambda: self._phone_clock.zone or self._head.clock().astimezone().tzinfo or UTC,
            settle_soon=self._outbox.settle_soon,
            crowded=lambda: self._outbox.crowded,
        )

    def _completion(self, settings: AgentSettings) -> Completion:
        return completion_of(
            settings,
            pilot=self._pilot,
            phone=self.phone,
            spool=self._spool,
            chats=self._chats,
            shipping=self._shipping,
            head=self._head,
            monotonic=self._monotonic,
        )

    def _title(self, chat_id: str) -> str | None:
        chat = self._chats.known.get(chat_id)
        return chat.title if chat is not None else None

    def stop(self) -> None:
        """Finish the phone's current step and return from `run`."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped.

        Raises:
            LeaseLost: another agent took the phone.
            Permanent: something only a person can mend.

        """
        work = asyncio.create_task(self._work(), name="agent")
        stopping = asyncio.create_task(self._stopping.wait(), name="stop")
        try:
            await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                await asyncio.wait({work}, timeout=STOP_SECONDS)
            if work.done():
                await work
            await self._health.last_word("the agent was stopped")
        except ExceptionGroup as group:
            await self._health.last_word(str(group.exceptions[0]))
            raise group.exceptions[0] from group  # the others were cancelled because of it
        finally:
            for task in (work, stopping):
                task.cancel()
            await asyncio.gather(work, stopping, return_exceptions=True)
            await self._evidence.close()
            await self._producer.stop()
            await self.phone.close()
            self._spool.close()

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            self._health.say("starting")
            beside = [
                tasks.create_task(self._health.run()),
                tasks.create_task(self._plug.run()),
                tasks.create_task(self._shipping.run()),
                tasks.create_task(self._outbox.settle()),
                tasks.create_task(self._learn()),
            ]
            try:
                await self._drive()
            finally:
                for task in beside:
                    task.cancel()

    async def _learn(self) -> None:
        """With the lease in hand, read the topics to their end, then take actions. Until then
        nothing is sent, and on a new machine the phone is not touched.
        """
        await self._takeover.leased.wait()
        memory = await remember(self._broker, self._head)
        blank = self._chats.blank
        self._chats.adopt(list(memory.chats.values()), list(memory.tails.values()))
        self._book.adopt(memory.book.values())
        if blank:
            self.rounds.revisit.update(self._chats.tails)
        self._jobs.learn(list(memory.entries.values()))
        self._pacing.learn(memory.entries.values())
        for order in memory.orders:
            self._pacing.rest.follow(order)
        self.rounds.let_send()
        self._outbox.settle_soon()
        await self._outbox.consume()

    async def _drive(self) -> None:
        connected = False
        while not self._stopping.is_set():
            try:
                if not connected:
                    await self._connect()
                    connected = True
                rest = await self.rounds.turn()
                self._failures = 0
                code, words = caution(
                    self._pilot, self._health.version, self._pacing.rest, self._silence
                )
                swept = self.rounds.swept
                self._health.say("ready" if swept else "starting", words, trouble=code)
            except (LeaseLost, Permanent):
                raise
            except Retryable as error:
                connected = await self._mended(error)
                self._silence.broken()
                rest = 0.05 if connected else self._plug.patience()
            if await self._rested(rest):
                return

    async def _connect(self) -> None:
        """Phone, layout, lease; then the list is read anew.

        Raises:
            Retryable, DependencyDown: not yet.
            LeaseLost: another agent had the phone meanwhile.

        """
        await self._takeover.take()
        self.rounds.start_over()
        self._pilot.at_bottom = False
        screen = await self._pilot.start_wechat()
        if not self._pilot.layout.certain and not isinstance(screen, ListScreen):
            screen = await self._pilot.to_list()

    async def _mended(self, error: Retryable) -> bool:
        """Say what is wrong and do what helps; whether the connection still stands."""
        told = trouble_of(error, self.phone.serial, self._plug.states)
        news = False
        if told.at_once or self._failures > 0:
            news = self._health.say("waiting", told.reason, trouble=told.code)
        if isinstance(error, Covered) and news and error.cover.then is Then.HALT:
            self._health.show(await self._evidence.of_now())
        if isinstance(error, Covered | InputDenied):
            return not await self._rested(_COVERED_SECONDS)
        self._failures += 1
        if isinstance(error, DependencyDown):
            return False
        logger.info("a step failed ({}): {}", self._failures, error)
        if isinstance(error, ServerStale) or self._failures % _FAILURES == 0:
            return await self._recovered()
        return not await self._rested(min(0.1 * self._failures, 2.0))

    async def _recovered(self) -> bool:
        try:
            await self.phone.recover()
            await self.phone.wake()
            return not await self._takeover.outdated()  # a WeChat that was updated is met anew
        except Retryable as error:
            told = trouble_of(error, self.phone.serial, self._plug.states)
            self._health.say("waiting", told.reason, trouble=told.code)
            return False

    async def _rested(self, seconds: float) -> bool:
        """Rest until work comes; True when stopping. New actions end it early, and so does a phone
        that is plugged in or out.
        """
        if seconds <= 0 or self._stopping.is_set():
            await asyncio.sleep(0)
            return self._stopping.is_set()
        news = asyncio.create_task(self._outbox.news.wait())
        stop = asyncio.create_task(self._stopping.wait())
        plug = asyncio.create_task(self._plug.changed.wait())
        ends = {news, stop, plug}
        await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
        self._outbox.news.clear()
        return self._stopping.is_set()
