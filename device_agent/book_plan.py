"""Puts the errands about people together: one book, one budget, one pace."""

import time

from connectors.settings import AgentSettings
from device_agent.address_book import AddressBook
from device_agent.book_errand import BookErrand
from device_agent.book_pages import BookPages
from device_agent.budget import Budget
from device_agent.chats import Chats
from device_agent.group_errand import GroupErrand
from device_agent.pilot import Pilot
from device_agent.reader import Reader
from device_agent.rounds import Rounds

STEP_CALLS = 16
"""Calls to the phone between two looks at the list: four cards, some seconds of a slow phone."""


def take_up_people(
    settings: AgentSettings,
    rounds: Rounds,
    *,
    pilot: Pilot,
    book: AddressBook,
    chats: Chats,
    reader: Reader,
) -> None:
    """Give the rounds the errands that read contacts and groups, unless the settings forbid it."""
    if not settings.people_hour_calls:
        return
    budget = Budget(step=STEP_CALLS, hour=settings.people_calls, monotonic=time.monotonic)
    pages = BookPages(pilot, budget)
    people = BookErrand(
        pages=pages,
        book=book,
        chats=chats,
        idle=rounds.idle,
        busy=rounds.busy,
        patience=settings.people_patience,
        whole_every=settings.people_whole_seconds,
    )
    groups = GroupErrand(
        pilot=pilot,
        pages=pages,
        book=book,
        chats=chats,
        naming=reader.naming,
        walk=rounds.walk,
        visits=rounds.visits,
        idle=rounds.idle,
        busy=rounds.busy,
        patience=settings.people_patience,
        whole_every=settings.people_whole_seconds,
        monotonic=time.monotonic,
    )
    rounds.take_up(people, groups)
