"""The agent as a job that the machine starts at log-in and keeps alive: as files. Pure."""

import plistlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

PREFIX: Final = "hongyan-agent"
_RESTART_SECONDS: Final = 3
_STOP_SECONDS: Final = 10


@dataclass(frozen=True)
class LoginJob:
    """What runs: `argv` in `folder` with `environment`; both may hold secrets. What the system
    itself says of it goes to `log`; the agent writes and rotates its own.
    """

    account: str
    argv: tuple[str, ...]
    folder: Path
    log: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Its name for launchd."""
        return f"org.hongyan.agent.{self.account}"

    @property
    def unit(self) -> str:
        """Its name for systemd."""
        return f"{PREFIX}-{self.account}.service"


def plist(job: LoginJob) -> bytes:
    """The property list for `~/Library/LaunchAgents` (launchd.plist(5)). `caffeinate -is` keeps the
    Mac from sleeping for as long as the agent runs; closing the lid still puts it to sleep.
    """
    told: dict[str, Any] = {
        "Label": job.label,
        "ProgramArguments": ["/usr/bin/caffeinate", "-is", *job.argv],
        "EnvironmentVariables": job.environment,
        "WorkingDirectory": str(job.folder),
        "RunAtLoad": True,
        "KeepAlive": True,
        "ThrottleInterval": _RESTART_SECONDS,
        "ExitTimeOut": _STOP_SECONDS,
        "ProcessType": "Interactive",  # else macOS slows its clock and disk down
        "StandardOutPath": str(job.log),
        "StandardErrorPath": str(job.log),
    }
    return plistlib.dumps(told)


def unit(job: LoginJob) -> str:
    """The unit for `~/.config/systemd/user` (systemd.service(5))."""
    environment = "".join(
        f"Environment={_quoted(f'{name}={value}')}\n"
        for name, value in sorted(job.environment.items())
    )
    return (
        "[Unit]\n"
        f"Description=Hongyan's agent of the account {job.account}\n"
        "StartLimitIntervalSec=0\n\n"
        "[Service]\n"
        f"ExecStart={' '.join(_quoted(word).replace('$', '$$') for word in job.argv)}\n"
        f"WorkingDirectory={_escaped(str(job.folder))}\n"
        f"{environment}"
        "Restart=always\n"
        f"RestartSec={_RESTART_SECONDS}\n"
        f"TimeoutStopSec={_STOP_SECONDS}\n"
        f"StandardOutput=append:{_escaped(str(job.log))}\n"
        f"StandardError=append:{_escaped(str(job.log))}\n\n"
        "[Install]\n"
        "WantedBy=default.target\n"
    )


def _escaped(word: str) -> str:
    return word.replace("%", "%%")


def _quoted(word: str) -> str:
    """As systemd reads it: quotes and escapes of C, no specifiers."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{_escaped(escaped)}"'
