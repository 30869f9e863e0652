"""What the spool gives out, and when."""

from pathlib import Path

from device_agent.spool import Spool


def test_a_clock_that_was_set_back_holds_no_event_for_hours(tmp_path: Path) -> None:
    now = 1_800_000_000.0
    spool = Spool(tmp_path)
    spool.add_event("picture", "c", b"x", hold=now + 30)

    assert spool.waiting_events(10, now) == []
    assert spool.held_until(now) == now + 30
    earlier = now - 5 * 3600
    assert [chat for _, chat, _ in spool.waiting_events(10, earlier)] == ["c"]
    assert spool.held_until(earlier) is None
    spool.close()
