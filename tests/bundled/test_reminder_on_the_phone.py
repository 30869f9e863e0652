"""`reminder` on the phone: it says what it understood, and rings when the time has come."""

from tests.fakes.bundled_phone import BundledPhone

INSTANCES = """
[reminder]
chats = ["chat:备忘"]
grants = { schedule = true }
"""


def test_a_friend_is_reminded_in_time_and_may_cancel(phone: BundledPhone) -> None:
    phone.says("备忘", "1秒钟后提醒我关火")
    phone.shows("备忘", "好的，今天", "提醒你：关火。")
    phone.shows("备忘", "⏰ 关火")

    phone.says("备忘", "提醒我明天3点开会")
    phone.shows("备忘", "是哪一个？")
    phone.says("备忘", "2")
    phone.shows("备忘", "15:00 提醒你：开会。")
    phone.says("备忘", "/取消提醒 2")
    phone.shows("备忘", "已取消：开会")
