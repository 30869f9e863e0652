"""`help` on the phone: what one can do is listed by chat and by role, in one's own language."""

from tests.fakes.bundled_phone import BundledPhone

INSTANCES = """
[help]
chats = ["chat:求助", "chat:求助老板"]

[help-handover]
plugin = "handover"
chats = ["chat:求助", "chat:求助老板"]
"""
ROLES = """
[[people]]
role = "admin"
chat = "chat:求助老板"
"""


def test_who_asks_is_told_what_there_is(phone: BundledPhone) -> None:
    phone.says("求助", "/帮助")
    phone.says("求助老板", "/help")

    listed = phone.shows("求助", "这里可以：", "/help [name]", "/echo <text>")
    assert "/resume" not in listed
    phone.shows("求助老板", "What you can do here:", "/resume", "Give a chat back to the bot")
