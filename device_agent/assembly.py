"""Puts together what one phone's agent sends with, and what it fetches media with."""

import random
from collections.abc import Callable
from importlib.util import find_spec

from connectors.media.address import open_store
from connectors.settings import AgentSettings
from device_agent.chats import Chats
from device_agent.citing import Citing
from device_agent.completion import Completion
from device_agent.evidence import Evidence
from device_agent.fetcher import Fetcher
from device_agent.jobs import Jobs
from device_agent.lease import Lease
from device_agent.letterhead import Letterhead
from device_agent.outbox import Outbox
from device_agent.pacing import Pacing
from device_agent.phone import Phone
from device_agent.phone_files import PhoneFiles
from device_agent.pilot import Pilot
from device_agent.reader import Reader
from device_agent.sender import Sender
from device_agent.sharing import Sharing
from device_agent.shipping import Shipping
from device_agent.sight.sight import Sight
from device_agent.spool import Spool
from device_agent.typist import Typist
from device_agent.way import OpenChat
from device_agent.writing import Writing


def sight_of(settings: AgentSettings, chats: Chats) -> Sight | None:
    """What reads pictures where WeChat hides its tree; None without the extra `ocr`."""
    if not settings.pictures or find_spec("rapidocr") is None:
        return None
    return Sight(lambda: [chat.title for chat in chats.known.values()])


def sender_of(
    settings: AgentSettings,
    *,
    pilot: Pilot,
    reader: Reader,
    chats: Chats,
    jobs: Jobs,
    outbox: Outbox,
    shipping: Shipping,
    lease: Lease,
    head: Letterhead,
    pacing: Pacing,
    evidence: Evidence,
) -> Sender:
    """The sender of one phone, with its ways of texts and of media."""
    chat = OpenChat(pilot, reader)
    return Sender(
        pilot=pilot,
        reader=reader,
        writing=Writing(
            pilot=pilot,
            chat=chat,
            typist=Typist(pilot),
            citing=Citing(pilot, chat, chats),
            jobs=jobs,
            head=head,
        ),
        sharing=Sharing(
            pilot=pilot,
            chat=chat,
            chats=chats,
            jobs=jobs,
            head=head,
            store=open_store(settings),
        ),
        chats=chats,
        jobs=jobs,
        outbox=outbox,
        shipping=shipping,
        lease=lease,
        head=head,
        pacing=pacing,
        evidence=evidence,
        chance=random.SystemRandom().random,
        settle=settings.settle_seconds,
        retap=settings.retap_seconds,
        most_bytes=settings.send_bytes,
    )


def completion_of(
    settings: AgentSettings,
    *,
    pilot: Pilot,
    phone: Phone,
    spool: Spool,
    chats: Chats,
    shipping: Shipping,
    head: Letterhead,
    monotonic: Callable[[], float],
) -> Completion:
    """What completes messages of one phone with their media and whole texts."""
    return Completion(
        pilot=pilot,
        fetcher=Fetcher(
            pilot=pilot,
            files=PhoneFiles(phone),
            store=open_store(settings),
            folder=settings.data,
            most_bytes=settings.fetch_bytes,
            monotonic=monotonic,
        ),
        spool=spool,
        chats=chats,
        shipping=shipping,
        head=head,
        hold_seconds=settings.fetch_seconds,
        visit_seconds=settings.fetch_visit_seconds,
        monotonic=monotonic,
    )
