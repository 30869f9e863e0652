"""`handover` on the phone: who asks gets a person, and the bot is silent until it is back."""

from tests.fakes.bundled_phone import PATIENCE_S, BundledPhone
from tests.fakes.running_up import wait_for

INSTANCES = """
[handover]
chats = ["chat:客户", "chat:店主"]
grants = { chats = ["chat:客户", "chat:店主"], schedule = true }
config = { notify = "chat:店主" }
"""
ROLES = """
[[people]]
role = "admin"
chat = "chat:店主"
"""


def test_the_bot_is_silent_while_a_person_has_the_chat(phone: BundledPhone) -> None:
    phone.says("客户", "我要转人工")
    phone.shows("客户", "已为你转接人工")
    phone.shows("店主", "客户 请求人工", "/resume")
    phone.says("客户", "/echo one")
    phone.says("店主", "/handover list")
    phone.shows("店主", "1. 客户: asked for a person")

    phone.says("店主", "/resume 1")
    phone.shows("店主", "I am back in “客户”.")

    def is_back() -> bool:
        phone.says("客户", "/echo two")
        return bool(phone.up.sent_texts("客户")[1:])

    wait_for(is_back, PATIENCE_S, "the bot is not back")
    phone.shows("客户", "two")
