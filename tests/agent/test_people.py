"""Pages about people, read from the dumps of a phone with any language, letters and layout."""

import pytest

from device_agent.people import Card, Directory, Members, face_box, info_button, read_people
from device_agent.sim import hierarchy
from device_agent.sim.clock import Clock
from device_agent.sim.phone import Phone
from device_agent.sim.stage import Page

PEOPLE = [f"成员{number:02d}" for number in range(40)]
LOOKS: list[dict[str, object]] = [
    {"locale": "zh_CN"},
    {"locale": "en_US"},
    {"locale": "zh_CN", "font_scale": 1.3, "layout_seed": 7},
    {"locale": "en_US", "screen": {"width": 720, "height": 1600}},
]


class Book:
    """A phone in this process whose pages are shown and dumped."""

    def __init__(self, look: dict[str, object]) -> None:
        self.phone = Phone("BOOK", seed=3, clock=Clock(start=1_780_000_000.0, speed=0.0))
        world = self.phone.world
        self.wang = world.add_chat("王伟", remark="老王", region="广东 深圳", wechat_id="wangwei88")
        self.alice = world.add_chat("Alice", wechat_id="alice_a")
        world.add_chat("人民日报", official=True)
        self.team = world.add_chat(
            "项目组", kind="group", members=["王伟", *PEOPLE], saved=True, my_nickname="小鸿"
        )
        self.three = world.add_chat("三人", kind="group", members=["Alice", "王伟"], owned=True)
        self.phone.device.patch(look)

    def dump(self, page: Page | None = None, tab: int = 0) -> str:
        stage = self.phone.stage
        stage.stop_wechat()
        stage.wechat_front, stage.tab = True, tab
        if page is not None:
            stage.pages.append(page)
        self.phone.redraw()
        return hierarchy.dump(self.phone.windows()[:1], 50, compressed=False)


@pytest.fixture(params=LOOKS, ids=str)
def book(request: pytest.FixtureRequest) -> Book:
    return Book(request.param)


def test_the_address_book_tells_people_from_rows_that_lead_on(book: Book) -> None:
    page = read_people(book.dump(tab=1), tab=True)

    assert isinstance(page, Directory)
    assert [one.name for one in page.entries if not one.head] == ["Alice", "老王"]
    assert sum(one.head for one in page.entries) == 5
    assert page.end


def test_saved_groups_and_official_accounts_are_listed(book: Book) -> None:
    groups = read_people(book.dump(Page("saved_groups")))
    officials = read_people(book.dump(Page("officials")))

    assert isinstance(groups, Directory)
    assert isinstance(officials, Directory)
    assert [one.name for one in groups.entries] == ["项目组"]
    assert [one.name for one in officials.entries] == ["人民日报"]


def test_a_card_tells_remark_nickname_id_and_region(book: Book) -> None:
    wang = read_people(book.dump(Page("card", book.wang.chat_id)))
    alice = read_people(book.dump(Page("card", book.alice.chat_id)))

    assert wang == Card("老王", "王伟", None, "wangwei88", "广东 深圳")
    assert isinstance(wang, Card)
    assert wang.remark == "老王"
    assert alice == Card("Alice", wechat_id="alice_a")


def test_a_card_opened_from_a_group_tells_the_name_there_beside_the_own_one(book: Book) -> None:
    book.team.nicknames["Alice"] = "爱丽"
    card = read_people(book.dump(Page("card", f"{book.team.chat_id}/Alice")))

    assert isinstance(card, Card)
    assert (card.name, card.alias, card.nickname) == ("Alice", "爱丽", None)


def test_a_groups_page_tells_its_count_its_name_and_the_way_to_all_members(book: Book) -> None:
    page = read_people(book.dump(Page("group_info", book.team.chat_id)))

    assert isinstance(page, Members)
    assert page.count == 42
    assert page.more is not None
    assert page.group_name == "项目组"
    assert not page.managed
    assert [cell.name for cell in page.cells][:3] == ["老王", "小鸿", "成员00"]


def test_a_small_groups_page_shows_all_of_them_and_who_manages_it(book: Book) -> None:
    page = read_people(book.dump(Page("group_info", book.three.chat_id)))

    assert isinstance(page, Members)
    assert {cell.name for cell in page.cells} == {"鸿雁", "Alice", "老王"}
    assert page.managed
    assert page.more is None


def test_the_page_of_all_members_shows_whole_cells_alone(book: Book) -> None:
    page = read_people(book.dump(Page("members", book.team.chat_id)))

    assert isinstance(page, Members)
    assert page.all_of_them
    assert page.count == 42
    assert len(page.cells) >= 15
    assert {cell.name for cell in page.cells} <= {"老王", "小鸿", *PEOPLE}


def test_a_chat_of_two_leads_to_the_card_by_its_only_face(book: Book) -> None:
    page = read_people(book.dump(Page("info", book.wang.chat_id)))

    assert isinstance(page, Members)
    assert face_box(page) is not None
    assert info_button(book.dump(Page("chat", book.wang.chat_id))) is not None


def test_chats_and_the_list_are_no_pages_of_people(book: Book) -> None:
    assert read_people(book.dump(Page("chat", book.team.chat_id))) is None
    assert read_people(book.dump(tab=0)) is None
