"""`digest`, as its reader sees it on the phone, of what was really said there."""

from tests.fakes.bundled_phone import BundledPhone
from tests.fakes.running_up import wait_for

INSTANCES = """
[evening]
plugin = "digest"
chats = ["chat:读者"]
config = { groups = ["group:采茶群", "group:采茶群二"] }

[evening.grants]
history = ["group:采茶群", "group:采茶群二"]
schedule = true
"""

ROLES = """
[[people]]
role = "admin"
chat = "chat:读者"
"""


def test_the_chosen_groups_alone_are_told(phone: BundledPhone) -> None:
    phone.says("采茶群", "周末去龙井村采茶", sender="小王")
    phone.says("采茶群", "龙井村见", sender="老李")
    phone.says("采茶群二", "普洱到了", sender="小陈")
    phone.says("读者", "私事")
    wanted = ("群摘要 Digest", "【采茶群】3 条", "【采茶群二】2 条", "龙井村 2")
    phone.says("读者", "/摘要")
    seen = [phone.shows("读者")]

    def told() -> bool:
        """What was said is stored a little after it was said."""
        if not all(word in seen[-1] for word in wanted):
            phone.says("读者", "/摘要")
            seen.append(phone.shows("读者"))
            return False
        return True

    wait_for(told, 30, f"the messages are not told: {seen}")
    assert not any("私事" in text or "读者" in text for text in seen)
