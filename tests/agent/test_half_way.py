"""Dumps that catch a page half-way: its rows stand on the wrong side of the middle."""

import pytest

from device_agent.layout import layout_for
from device_agent.screen import ChatScreen, ListScreen, read_screen
from device_agent.sim.harness import Simulator


def test_a_page_on_its_way_is_not_read() -> None:
    """Others' rows of the old page would be taken for own ones of the new one, and all that was
    read before would be read anew as soon as the page stands still.
    """
    with Simulator() as phone:
        for text in ("一", "二", "三"):
            phone.receive("张三", text)
        device = phone.connect()
        device.app_start("com.tencent.mm")
        layout = layout_for(device.app_info("com.tencent.mm")["versionName"])
        listed = device.dump_hierarchy()
        device(text="张三").click()
        opened = device.dump_hierarchy()
        phone.receive("张三", "四")
        phone.arm("dump_mid_animation")
        on_its_way = device.dump_hierarchy()

    assert isinstance(read_screen(listed, layout), ListScreen)
    assert isinstance(read_screen(opened, layout), ChatScreen)
    with pytest.raises(ValueError, match="on its way"):
        read_screen(on_its_way, layout)
