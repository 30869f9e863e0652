"""`welcome` on the phone: people who join are greeted by name, a moment later."""

from tests.fakes.bundled_phone import BundledPhone

INSTANCES = """
[welcome]
chats = ["group:新人群"]
grants = { schedule = true }
config = { gather_seconds = 1 }
"""


def test_who_joins_is_greeted_by_name(phone: BundledPhone) -> None:
    phone.joins("新人群", "阿明", "阿芳")

    phone.shows("新人群", "欢迎", "阿明", "阿芳", "加入新人群")
