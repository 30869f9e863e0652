"""Plugin authors test on the fixture that the package brings, in a pytest of their own."""

import sys
from importlib.metadata import entry_points

import pytest

pytest_plugins = ["pytester"]

THEIRS = """
import sys

def test_a_phone_is_there(simulated_phone):
    simulated_phone.receive("小王", "在吗")
    simulated_phone.add_phone("SECOND")
    simulated_phone.arm("dump_slow", times=9)
    device = simulated_phone.connect()
    device.app_start("com.tencent.mm")
    device(text="小王").click()
    device(className="android.widget.EditText").set_text("在")
    device(text="发送").click()
    assert simulated_phone.truth()["sent"][0]["text"] == "在"

def test_it_is_empty_again(simulated_phone):
    assert simulated_phone.truth()["sent"] == []
    assert list(simulated_phone.phones) == [simulated_phone.serial]
    assert simulated_phone.faults()["dump_slow"]["left"] == 0
    device = simulated_phone.connect()
    assert device.app_current()["package"] == "com.android.launcher3"
    assert not device(text="小王").exists
"""
IDLE = """
import sys

def test_nothing_is_loaded():
    assert not {"starlette", "uvicorn", "PIL", "uiautomator2", "adbutils"} & set(sys.modules)
    assert "device_agent.sim.harness" not in sys.modules
"""


@pytest.fixture
def theirs(pytester: pytest.Pytester) -> pytest.Pytester:
    """Someone else's tests, with warnings as errors."""
    pytester.makeini("[pytest]\nfilterwarnings = error\n")
    return pytester


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    """Run theirs; our plugin is loaded by its entry point, the other ones that we use are not."""
    without = ["asyncio", "cacheprovider", "hypothesispytest", "randomly", "xdist"]
    plain = [option for name in without for option in ("-p", f"no:{name}")]
    return pytester.run(sys.executable, "-m", "pytest", "-q", *plain, *options)


def test_the_entry_point_names_the_plugin() -> None:
    named = {one.name: one.value for one in entry_points(group="pytest11")}

    assert named["hongyan_sim"] == "device_agent.sim.pytest_plugin"


def test_each_test_gets_a_fresh_phone_and_nothing_is_left_open(theirs: pytest.Pytester) -> None:
    theirs.makepyfile(THEIRS)

    run(theirs).assert_outcomes(passed=2)


def test_who_asks_for_no_phone_pays_for_none(theirs: pytest.Pytester) -> None:
    theirs.makepyfile(IDLE)

    run(theirs).assert_outcomes(passed=1)


def test_the_fixture_tells_what_it_is(theirs: pytest.Pytester) -> None:
    theirs.makepyfile("")

    listing = run(theirs, "--fixtures").stdout

    listing.fnmatch_lines(["simulated_phone*", "*An empty simulated phone with WeChat*"])
