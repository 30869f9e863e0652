"""Opens a chat by search, reads it and says 你好: plain uiautomator2, nothing of ours.

hongyan sim --world examples/worlds/busy-team.yml --adb-port 5038 --control-port 5039
ANDROID_ADB_SERVER_PORT=5038 python examples/say_hello.py
curl http://127.0.0.1:5039/truth
"""

import uiautomator2

phone = uiautomator2.connect()
phone.app_start("com.tencent.mm")
phone(description="搜索").click()
phone(className="android.widget.EditText").set_text("张伟-供应商")
phone(className="android.widget.TextView", text="张伟-供应商").click()
for bubble in phone.xpath('//*[@resource-id="com.tencent.mm:id/bkl"]').all():
    print(bubble.text)
phone(className="android.widget.EditText").set_text("你好")
phone(text="发送").click()
