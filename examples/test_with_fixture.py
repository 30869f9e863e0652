"""Tests of a little bot on the simulated phone: pytest examples/test_with_fixture.py.

The fixture `simulated_phone` comes with `pip install hongyan[local]`; there is nothing to import.
"""

WECHAT = "com.tencent.mm"


def answer(device, chat, text):
    """The bot: opens a chat from the list and answers; False if the text does not stand there."""
    device.app_start(WECHAT)
    device(resourceId=f"{WECHAT}:id/kbq", text=chat).click()
    device(className="android.widget.EditText").set_text(text)
    device(text="发送").click()
    return device(resourceId=f"{WECHAT}:id/bkl", text=text).exists


def test_the_answer_leaves(simulated_phone):
    simulated_phone.receive("小王", "在吗")

    assert answer(simulated_phone.connect(), "小王", "在")

    assert [one["text"] for one in simulated_phone.truth()["sent"]] == ["在"]


def test_a_tap_that_android_swallows_sends_nothing_and_is_noticed(simulated_phone):
    simulated_phone.receive("小王", "在吗")
    simulated_phone.arm("tap_ignored", on="send_tap")

    assert not answer(simulated_phone.connect(), "小王", "在")

    assert simulated_phone.truth()["sent"] == []
    assert list(simulated_phone.truth()["drafts"].values()) == ["在"]


def test_yesterday_is_written_before_the_time(simulated_phone):
    simulated_phone.receive("小王", "在吗")
    simulated_phone.advance(24 * 3600)
    device = simulated_phone.connect()
    device.app_start(WECHAT)

    assert device(textStartsWith="昨天").exists
