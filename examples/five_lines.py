"""A world, the real uiautomator2 on it, and what really left: python examples/five_lines.py."""

from device_agent.sim import Simulator

with Simulator() as phone:
    phone.add_chat("项目组", "group", members=["小王", "老李"])
    phone.receive("项目组", "早上好", sender="小王")
    device = phone.connect()
    device.app_start("com.tencent.mm")
    device(text="项目组").click()
    device(className="android.widget.EditText").set_text("你好")
    device(text="发送").click()
    for sent in phone.truth()["sent"]:
        print(sent["at"], sent["chat"], sent["text"])
