"""Which chat is a contact's: told by the WeChat ID, or by a name that nobody else has."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.kafka import Broker, Producer
from device_agent.address_book import AddressBook
from device_agent.chats import Chats
from device_agent.letterhead import Letterhead
from device_agent.naming import Naming
from device_agent.people import Card
from device_agent.shipping import Shipping
from device_agent.spool import Spool
from schemas.contact import ContactsRead, KnownContact
from schemas.event import ChatKind
from schemas.ledger import Row
from schemas.phone import KnownChat


class Desk:
    """An address book over a spool, with chats that were read."""

    def __init__(self, folder: Path) -> None:
        head = Letterhead("default", "bot")
        self.spool = Spool(folder)
        self.chats = Chats(self.spool, "default")
        self.head = head
        shipping = Shipping(self.spool, Producer(Broker("127.0.0.1:9")), head)
        self.book = AddressBook(
            spool=self.spool,
            chats=self.chats,
            naming=Naming(self.chats, self.spool, shipping, head),
            shipping=shipping,
            head=head,
        )

    def chat(self, title: str, kind: ChatKind = "private", *, read: bool = True) -> KnownChat:
        chat = self.chats.enrol(title, kind, self.head.clock())
        if read:
            tail = self.chats.tails[chat.chat_id]
            rows = (Row(side="other", print="x"),)
            self.chats.put_tail(tail.model_copy(update={"rows": rows}), produced=True)
        return chat

    def owed(self) -> int:
        return len(self.spool.waiting_events(1000, 0.0))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    desk.book.read_whole(set(), 0)  # before that nobody is known to be the only one
    yield desk
    desk.spool.close()


def test_a_contact_is_joined_to_the_only_chat_of_its_name(desk: Desk) -> None:
    chat = desk.chat("老王")

    wang = desk.book.put_card(Card("老王", "王伟", None, "wang88", "深圳"))

    assert wang.chat_id == chat.chat_id
    told = desk.chats.known[chat.chat_id]
    assert (told.remark, told.nickname, told.wechat_id) == ("老王", "王伟", "wang88")


def test_a_name_that_an_official_account_or_another_contact_has_tells_nothing(desk: Desk) -> None:
    desk.chat("人民日报")
    desk.book.put_official("人民日报")
    desk.chat("同名")
    desk.book.put_card(Card("同名", wechat_id="a1"))

    assert desk.book.put_card(Card("人民日报", wechat_id="rmrb")).chat_id is None
    assert desk.book.put_card(Card("同名", wechat_id="a2")).chat_id is None


def test_a_chat_that_was_never_opened_may_be_a_group(desk: Desk) -> None:
    desk.chat("家人", read=False)

    assert desk.book.put_card(Card("家人", wechat_id="j")).chat_id is None


def test_a_card_with_the_same_id_and_another_name_renames_contact_and_chat(desk: Desk) -> None:
    chat = desk.chat("老李")
    before = desk.book.put_card(Card("老李", wechat_id="li"))
    after = desk.book.put_card(Card("李总", "老李", None, "li"))

    assert after.contact_id == before.contact_id
    assert desk.chats.known[chat.chat_id].title == "李总"
    assert len(desk.book.contacts) == 1


def test_saying_the_same_again_owes_nothing(desk: Desk) -> None:
    desk.chat("老李")
    card = Card("老李", wechat_id="li", region="北京")
    desk.book.put_card(card)
    owed = desk.owed()
    desk.book.put_card(card)
    desk.book.link()

    assert desk.owed() == owed


def test_who_was_not_met_in_a_whole_reading_is_gone_after_a_restart_too(
    desk: Desk, tmp_path: Path
) -> None:
    kept = desk.book.put_card(Card("在", wechat_id="a"))
    desk.book.put_card(Card("不在", wechat_id="b"))
    desk.book.read_whole({kept.contact_id}, 0)
    desk.spool.close()
    again = Desk(tmp_path)

    assert set(again.book.contacts) == {kept.contact_id}
    assert again.book.whole_at is not None
    again.spool.close()


def test_a_name_tells_nothing_before_the_book_was_read_whole(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.chat("老王")

    assert desk.book.put_card(Card("老王", wechat_id="wang88")).chat_id is None
    desk.spool.close()


def test_a_new_machine_takes_over_what_the_topic_holds(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    at = desk.head.clock()
    known = KnownContact(contact_id="k", account="default", name="老王", at=at)
    desk.book.adopt([known, ContactsRead(account="default", contacts=1, groups=0, at=at)])

    assert desk.book.named("老王") == [known]
    assert desk.book.whole_at == at
    assert desk.owed() == 0
    desk.spool.close()
