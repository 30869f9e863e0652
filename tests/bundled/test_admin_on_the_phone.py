"""`admin`, as the owner and a stranger see it on the phone: the whole stack behind it is real."""

from tests.fakes.bundled_phone import BundledPhone

INSTANCES = """
[admin]

[admin.grants]
operate = true

[till]
plugin = "counter"
chats = ["chat:店主", "chat:路人"]
"""

ROLES = """
[[people]]
role = "owner"
chat = "chat:店主"
"""


def test_the_owner_runs_hongyan_from_a_private_chat_and_a_stranger_does_not(
    phone: BundledPhone,
) -> None:
    phone.says("路人", "/admin status")
    phone.says("路人", "/count")
    phone.shows("路人", "1")

    phone.says("店主", "/管理 状态")
    phone.shows("店主", "default", "死信")
    phone.says("店主", "/admin on till")
    phone.shows("店主", "till is on")
    phone.says("店主", "/管理 插件")
    phone.shows("店主", "till 启用")
    phone.says("店主", "/admin approve ffffffff-ffff")
    phone.shows("店主", "it cannot be done: 0 messages are called")


def test_a_stopped_phone_hears_its_owner_and_answers_when_it_is_resumed(
    phone: BundledPhone,
) -> None:
    phone.says("店主", "/管理 停止")
    phone.says("店主", "/管理 恢复")
    phone.shows("店主", "default 已停止发送")
    phone.shows("店主", "default 已恢复发送")
