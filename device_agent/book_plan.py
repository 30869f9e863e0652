"""Puts the errands about people together: one book, one budget, one pace."""

import time

from device_agent.address_book import AddressBook
from device_agent.book_errand import BookErrand
from device_agent.book_pages import BookPages
from device_agent.budget import Budget
from device_agent.chats import Chats
from device_agent.group_errand import GroupErrand
from device_agent.naming import Naming
from device_agent.pilot import Pilot
from device_agent.rounds import Rounds

STEP_CALLS = 16
"""Calls to the phone between two looks at the list: four cards, some seconds of a slow phone."""


def take_up_people(
    *,
    rounds: Rounds,
    pilot: Pilot,
    book: AddressBook,
    chats: Chats,
    naming: Naming,
    hour_calls: int,
    patience: float,
    whole_every: float,
) -> None:
    """Give the rounds the errands that read contacts and groups. `patience` and `whole_every` in
    seconds.
    """
    budget = Budget(step=STEP_CALLS, hour=hour_calls, monotonic=time.monotonic)
    pages = BookPages(pilot, budget)
    rounds.take_up(
        BookErrand(
            pages=pages,
            book=book,
            chats=chats,
            idle=rounds.idle,
            busy=rounds.busy,
            patience=patience,
            whole_every=whole_every,
        ),
        GroupErrand(
            pilot=pilot,
            pages=pages,
            book=book,
            chats=chats,
            naming=naming,
            walk=rounds.walk,
            visits=rounds.visits,
            idle=rounds.idle,
            busy=rounds.busy,
            patience=patience,
            whole_every=whole_every,
            monotonic=time.monotonic,
        ),
    )
