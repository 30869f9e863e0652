"""Installs, removes and looks at the agent as a job of this machine's own: launchd or systemd."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hongyan.login_job import LoginJob, plist, unit
from hongyan.program import CannotStart
from hongyan.wording import CATALOGUE

_STILL_THERE = 5
"""launchctl's code for a label that is being let go: for some 5 s after `bootout`."""
_TRIES = 16  # a second apart: the agent has ten to stop in

Run = Callable[[Sequence[str]], tuple[int, str]]
"""Carries out a command: its exit code, and what it said."""


def run_command(words: Sequence[str]) -> tuple[int, str]:
    """As the system does it; 127 where there is no such command."""
    try:
        done = subprocess.run(list(words), capture_output=True, text=True, check=False, timeout=30)
    except FileNotFoundError as error:
        return 127, str(error)
    return done.returncode, (done.stdout + done.stderr).strip()


class Keeper(Protocol):
    """What starts jobs at log-in and keeps them alive."""

    def file(self, job: LoginJob) -> Path:
        """Where the job is written."""

    def text(self, job: LoginJob) -> bytes:
        """What is written."""

    def start(self, job: LoginJob, *, now: bool) -> None:
        """Have it run at each log-in, and `now`.

        Raises:
            CannotStart: the system refuses it.

        """

    def stop(self, job: LoginJob) -> None:
        """Have it run no more."""

    def state(self, job: LoginJob) -> str:
        """What the system says of it; empty where it does not know it."""


@dataclass(frozen=True)
class Launchd:
    """macOS."""

    home: Path
    run: Run = run_command
    user: int = 501
    pause: Callable[[float], None] = time.sleep  # noqa: TID251  # launchd tells nobody when

    def file(self, job: LoginJob) -> Path:
        """See `Keeper`."""
        return self.home / "Library" / "LaunchAgents" / f"{job.label}.plist"

    def text(self, job: LoginJob) -> bytes:
        """See `Keeper`."""
        return plist(job)

    def start(self, job: LoginJob, *, now: bool) -> None:
        """See `Keeper`. What lies in the folder is started at log-in."""
        if not now:
            return
        leaving = self._let_go(job)
        order = ("launchctl", "bootstrap", f"gui/{self.user}", str(self.file(job)))
        done = self.run(order)
        for _ in range(_TRIES if leaving else 0):
            if done[0] != _STILL_THERE:
                break
            self.pause(1.0)
            done = self.run(order)
        _must(done)

    def stop(self, job: LoginJob) -> None:
        """See `Keeper`."""
        self._let_go(job)

    def _let_go(self, job: LoginJob) -> bool:
        """Whether there was one to stop; launchd goes on with it after its answer."""
        return self.run(("launchctl", "bootout", f"gui/{self.user}/{job.label}"))[0] == 0

    def state(self, job: LoginJob) -> str:
        """See `Keeper`."""
        code, said = self.run(("launchctl", "print", f"gui/{self.user}/{job.label}"))
        wanted = ("state = ", "pid = ", "last exit code = ")
        lines = [line.strip() for line in said.splitlines()]
        return ", ".join(one for one in lines if one.startswith(wanted)) if code == 0 else ""


@dataclass(frozen=True)
class Systemd:
    """A Linux user's own manager."""

    home: Path
    run: Run = run_command

    def file(self, job: LoginJob) -> Path:
        """See `Keeper`."""
        return self.home / ".config" / "systemd" / "user" / job.unit

    def text(self, job: LoginJob) -> bytes:
        """See `Keeper`."""
        return unit(job).encode()

    def start(self, job: LoginJob, *, now: bool) -> None:
        """See `Keeper`."""
        _must(self.run(("systemctl", "--user", "daemon-reload")))
        _must(self.run(("systemctl", "--user", "enable", job.unit)))
        if now:
            _must(self.run(("systemctl", "--user", "restart", job.unit)))

    def stop(self, job: LoginJob) -> None:
        """See `Keeper`."""
        self.run(("systemctl", "--user", "disable", "--now", job.unit))

    def state(self, job: LoginJob) -> str:
        """See `Keeper`."""
        names = "LoadState,ActiveState,SubState,MainPID,NRestarts"
        code, said = self.run(("systemctl", "--user", "show", job.unit, f"--property={names}"))
        facts = dict(line.partition("=")[::2] for line in said.splitlines())
        if code != 0 or facts.get("LoadState") != "loaded":
            return ""
        return (
            f"{facts.get('ActiveState')} ({facts.get('SubState')}), pid {facts.get('MainPID')}, "
            f"{facts.get('NRestarts')} restarts"
        )


def _must(done: tuple[int, str]) -> None:
    code, said = done
    if code != 0:
        english, chinese = CATALOGUE["job_refused"]
        reason = f"{english.format(said=said)}；{chinese.format(said=said)}"
        raise CannotStart(reason, "hongyan agent install --print")


def keeper_here() -> Keeper:
    """The one of this machine."""
    if sys.platform == "darwin":
        return Launchd(Path.home(), user=os.getuid())
    return Systemd(Path.home())


def install(keeper: Keeper, job: LoginJob, *, now: bool = True) -> Path:
    """Write the job for its owner's eyes alone, and have it run at log-in, and `now`.

    Raises:
        CannotStart: the system refuses it.

    """
    file = keeper.file(job)
    file.parent.mkdir(parents=True, exist_ok=True)
    job.log.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.chmod(0o600)  # the environment may hold passwords
    file.write_bytes(keeper.text(job))
    keeper.start(job, now=now)
    return file


def uninstall(keeper: Keeper, job: LoginJob) -> bool:
    """Stop it and remove it; whether there was one."""
    keeper.stop(job)
    file = keeper.file(job)
    there = file.exists()
    file.unlink(missing_ok=True)
    return there
