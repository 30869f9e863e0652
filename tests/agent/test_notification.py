"""Notifications are read by their keys, not by their lines."""

from device_agent.notification import read_notifications

_RECORD = """\
    NotificationRecord(0x0a1b2c3: pkg={pkg} user=UserHandle{{0}} id={id} tag=null key=k)
      uid=10123 userId=0
      notification=
            when=1700000000000
            extras={{
                android.title=String ({title})
                android.reduced.images=Boolean (true)
                android.text=String ({text})
                android.showWhen=Boolean (true)
            }}
      stats=x
"""


def dump(*records: tuple[str, int, str, str]) -> str:
    body = "".join(
        _RECORD.format(pkg=pkg, id=number, title=title, text=text)
        for pkg, number, title, text in records
    )
    return "Current Notification Manager state:\n  Notification List:\n" + body + "  \n"


def test_values_may_run_over_lines_and_hold_brackets() -> None:
    text = "第一行 (真的)\n  android 不是键\n)完"
    found = read_notifications(dump(("com.tencent.mm", -42, "张(三)", text)))

    assert [(n.id, n.title, n.text, n.unread) for n in found] == [(-42, "张(三)", text, 1)]


def test_the_mark_before_the_text_is_the_unread_count() -> None:
    found = read_notifications(dump(("com.tencent.mm", 7, "家人", "[12条]妈: 吃饭")))

    assert [(n.text, n.unread) for n in found] == [("妈: 吃饭", 12)]


def test_other_apps_and_redacted_texts_are_passed_over() -> None:
    redacted = dump(("com.tencent.mm", 7, "x", "y")).replace("String (x)", "String [length=1]")

    assert read_notifications(redacted) == []
    assert read_notifications(dump(("com.other", 7, "家人", "妈: 吃饭"))) == []
