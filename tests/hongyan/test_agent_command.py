"""`hongyan agent install` writes what launchd and systemd understand, and asks them to run it."""

import plistlib
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from hongyan.cli import cli
from hongyan.login_job import LoginJob, plist, unit
from hongyan.login_jobs import Launchd, Systemd, install, uninstall
from hongyan.program import CannotStart

SECRET = 'a "b" 100% $HOME \\ 鸿雁'


class Told:
    """Commands as the system would be given them; `answers` by their last words."""

    def __init__(self, **answers: tuple[int, str]) -> None:
        self.words: list[str] = []
        self.answers = answers

    def __call__(self, words: Sequence[str]) -> tuple[int, str]:
        self.words.append(" ".join(words))
        found = (answer for name, answer in self.answers.items() if name in words)
        return next(found, (0, ""))


@pytest.fixture
def job(tmp_path: Path) -> LoginJob:
    return LoginJob(
        account="shop",
        argv=("/opt/venv/bin/python", "-P", "-m", "hongyan", "agent"),
        folder=tmp_path,
        log=tmp_path / "logs" / "system.log",
        environment={"HONGYAN_ACCOUNT": "shop", "HONGYAN_MEDIA_SECRET": SECRET},
    )


def test_launchd_keeps_it_alive_and_the_mac_awake(job: LoginJob) -> None:
    told = plistlib.loads(plist(job))

    assert told["Label"] == "org.hongyan.agent.shop"
    assert told["ProgramArguments"] == ["/usr/bin/caffeinate", "-is", *job.argv]
    assert told["EnvironmentVariables"]["HONGYAN_MEDIA_SECRET"] == SECRET
    assert (told["KeepAlive"], told["RunAtLoad"], told["ThrottleInterval"]) == (True, True, 3)
    assert told["ExitTimeOut"] > 5  # the agent needs up to five seconds


def test_systemd_finds_nothing_wrong_with_the_unit(job: LoginJob, tmp_path: Path) -> None:
    text = unit(job)
    assert 'Environment="HONGYAN_MEDIA_SECRET=a \\"b\\" 100%% $HOME \\\\ 鸿雁"\n' in text
    assert "Restart=always\n" in text
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return  # the text is judged above; the tool is on Linux alone
    file = tmp_path / job.unit
    file.write_text(text.replace("/opt/venv/bin/python", shutil.which("true") or ""), "utf-8")
    verified = subprocess.run(
        [analyze, "verify", "--user", str(file)], capture_output=True, text=True, check=False
    )

    assert job.unit not in verified.stderr, verified.stderr


def test_it_is_installed_for_its_owner_alone_and_removed(job: LoginJob, tmp_path: Path) -> None:
    told = Told()
    keeper = Launchd(tmp_path, told, user=501)
    file = install(keeper, job)

    assert file == tmp_path / "Library/LaunchAgents/org.hongyan.agent.shop.plist"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert told.words == [
        "launchctl bootout gui/501/org.hongyan.agent.shop",
        f"launchctl bootstrap gui/501 {file}",
    ]
    assert uninstall(keeper, job)
    assert not file.exists()
    assert not uninstall(keeper, job)


def test_systemd_is_asked_to_enable_and_start_it(job: LoginJob, tmp_path: Path) -> None:
    shown = "LoadState=loaded\nActiveState=active\nSubState=running\nMainPID=7\nNRestarts=2"
    told = Told(show=(0, shown))
    keeper = Systemd(tmp_path, told)
    install(keeper, job, now=False)
    assert [words.split()[2] for words in told.words] == ["daemon-reload", "enable"]
    install(keeper, job)

    assert told.words[-1] == "systemctl --user restart hongyan-agent-shop.service"
    assert keeper.state(job) == "active (running), pid 7, 2 restarts"
    assert Systemd(tmp_path, Told(show=(0, "LoadState=not-found"))).state(job) == ""


def test_what_the_system_refuses_is_said(job: LoginJob, tmp_path: Path) -> None:
    answer = (5, "Bootstrap failed: 5: Input/output error")
    refusing = Told(bootout=(3, "No such process"), bootstrap=answer)

    with pytest.raises(CannotStart, match="Input/output error"):
        install(Launchd(tmp_path, refusing), job)
    assert len(refusing.words) == 2


def test_installed_anew_it_waits_until_launchd_has_let_the_old_one_go(
    job: LoginJob, tmp_path: Path
) -> None:
    told = Told(bootstrap=(5, "Bootstrap failed: 5: Input/output error"))
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 5:
            told.answers = {}

    install(Launchd(tmp_path, told, pause=pause), job)

    assert len(pauses) == 5
    assert told.words[-1].startswith("launchctl bootstrap")


def test_the_settings_given_now_are_written_into_it(tmp_path: Path) -> None:
    given = {"HONGYAN_ACCOUNT": "shop", "HONGYAN_SERIAL": "R58M12", "HONGYAN_DATA": str(tmp_path)}
    shown = CliRunner(env=given).invoke(cli, ["agent", "install", "--print"])

    assert shown.exit_code == 0, shown.output
    for wanted in ("R58M12", f"{tmp_path}/logs/agent.log", "hongyan"):
        assert wanted in shown.stdout


def test_a_full_log_file_is_rotated(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "agent.log"
    program = (
        "import sys; from pathlib import Path; from connectors.logs import set_up_logs;"
        "from connectors.settings import CommonSettings; from loguru import logger;"
        "set_up_logs('agent', CommonSettings(log_file=Path(sys.argv[1]), log_file_bytes=2000));"
        "[logger.info('line {}', n) for n in range(100)]"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)],
        capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    files = sorted(one.name for one in file.parent.iterdir())

    assert files == ["agent.log", *(f"agent.log.{number}" for number in range(1, 6))]
    assert all(one.stat().st_size <= 2000 for one in file.parent.iterdir())
    assert '"message":"line 99"' in file.read_text()
    assert done.stderr == ""
