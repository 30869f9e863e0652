"""`guard` on the phone: a word is warned, told and kept from plugins, and said by none of them."""

from tests.fakes.bundled_phone import BundledPhone

INSTANCES = """
[guard]
chats = ["group:闲聊"]
grants = { chats = ["chat:群主"] }
config = { words = ["代购"], expressions = ["[0-9]{11}"], notify = "chat:群主" }

[guard-rules]
plugin = "rules"
chats = ["group:闲聊"]
config = { file = "guarded.yaml" }
"""
FILES = {
    "guarded.yaml": """
rules:
  - {name: tell, text: 电话, reply: "13800138000"}
  - {name: hello, text: 你好吗, reply: 很好}
"""
}


def test_what_people_and_plugins_say_is_read(phone: BundledPhone) -> None:
    phone.says("闲聊", "/echo 专业代 购", sender="小陈")
    phone.shows("闲聊", "请注意言辞")
    phone.shows("群主", "闲聊 · 小陈", "含有“代购”", "/echo 专业代 购")

    phone.says("闲聊", "电话", sender="小陈")
    phone.says("闲聊", "你好吗", sender="小陈")
    phone.shows("群主", "插件 guard-rules", "已拦下")
    phone.shows("闲聊", "很好")
