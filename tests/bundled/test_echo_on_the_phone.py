"""`echo`, as a friend sees it on the phone: the instance of one chat, and the order of bubbles."""

from tests.fakes.bundled_phone import BundledPhone

INSTANCES = """
[parrot]
plugin = "counter"
chats = ["chat:鹦鹉"]
"""


def test_a_friend_asks_and_one_bubble_says_it_again(phone: BundledPhone) -> None:
    phone.says("鹦鹉", "/count")
    phone.says("鹦鹉", "/echo 你好 🐦")

    phone.shows("鹦鹉", "1")
    phone.shows("鹦鹉", "你好 🐦")
