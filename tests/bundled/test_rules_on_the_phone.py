"""`rules` on the phone: a YAML file answers, and answers otherwise when it has changed."""

from tests.fakes.bundled_phone import PATIENCE_S, BundledPhone
from tests.fakes.running_up import wait_for

INSTANCES = """
[shop-rules]
plugin = "rules"
chats = ["group:小店"]
config = { file = "shop.yaml" }
"""
RULES = """
rules:
  - name: hours
    keywords: [营业时间]
    reply: "{hours}到六点，{{sender}}。"
  - name: order
    regex: '订单\\s*(\\d+)'
    reply: 订单 {{1}} 在路上
"""
FILES = {"shop.yaml": RULES.replace("{hours}", "九点").replace("{{", "{").replace("}}", "}")}


def test_rules_answer_and_a_changed_file_answers_otherwise(phone: BundledPhone) -> None:
    phone.says("小店", "请问营业时间？", sender="老李")
    phone.says("小店", "没人问你", sender="老李")
    phone.says("小店", "订单 42 呢", sender="老李")
    phone.shows("小店", "九点到六点，老李。")
    phone.shows("小店", "订单 42 在路上")

    phone.write("shop.yaml", FILES["shop.yaml"].replace("九点", "十点"))

    def changed() -> bool:
        phone.says("小店", "营业时间", sender="老李")
        return "十点" in phone.shows("小店", "点到六点")

    wait_for(changed, PATIENCE_S, "the changed file is not read")
