"""`handover` on the phone: who asks gets a person, and the bot is silent until it is back."""

from tests.fakes.bundled_phone import BundledPhone

INSTANCES = """
[handover]
chats = ["chat:客户", "chat:店主"]
grants = { chats = ["chat:店主"] }
config = { notify = "chat:店主" }
"""
ROLES = """
[[people]]
role = "admin"
chat = "chat:客户"
"""


def test_the_bot_is_silent_while_a_person_has_the_chat(phone: BundledPhone) -> None:
    phone.says("客户", "我要转人工")
    phone.shows("客户", "已为你转接人工")
    phone.shows("店主", "客户 请求人工", "/resume")

    phone.says("客户", "/echo one")
    phone.says("客户", "/resume")
    phone.says("客户", "/echo two")
    phone.shows("客户", "I am back.")
    phone.shows("客户", "two")
