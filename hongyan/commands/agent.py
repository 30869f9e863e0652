"""`hongyan agent`: read and write one phone's WeChat, and have the machine keep it running."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from connectors.settings import AgentSettings
    from hongyan.login_job import LoginJob

_JSON = click.option("--json", "as_json", is_flag=True, help="JSON.")


@click.group(invoke_without_command=True)
@click.pass_context
def agent(context: click.Context) -> None:
    """Read and write one phone's WeChat; or have this machine start and keep the agent.

    读写一台手机上的微信；或让本机在登录时启动并看护它。

    Settings come from HONGYAN_* or hongyan.toml; `hongyan config agent` shows them.

    \b
    Examples:
      HONGYAN_SERIAL=R58M12 HONGYAN_KAFKA=kafka:9092 hongyan agent
      HONGYAN_ACCOUNT=shop HONGYAN_DATA=/var/lib/hongyan/agent hongyan agent
      HONGYAN_SERIAL=R58M12 HONGYAN_KAFKA=kafka:9092 hongyan agent install
    """
    if context.invoked_subcommand is not None:
        return
    from connectors.settings import AgentSettings
    from device_agent.main import run

    run(AgentSettings())


@agent.command()
@click.option("--print", "only_print", is_flag=True, help="Show what would be written, do nothing.")
@click.option("--no-start", is_flag=True, help="Write it; it runs from the next log-in on.")
def install(*, only_print: bool, no_start: bool) -> None:
    """Start the agent at log-in with the settings given now, and keep it alive.

    按当前设置安装为登录启动项，并保持运行。

    On macOS a launchd agent under `caffeinate`, so that the Mac stays awake; on Linux a unit of the
    user's systemd. The settings are written into it, readable for you alone. Its log is in the data
    folder and is rotated.

    \b
    Examples:
      HONGYAN_SERIAL=R58M12 HONGYAN_KAFKA=kafka:9092 hongyan agent install
      HONGYAN_ACCOUNT=shop hongyan agent install --print
    """
    from hongyan.login_jobs import install as write
    from hongyan.login_jobs import keeper_here
    from hongyan.wording import sentence

    keeper, job = keeper_here(), _job()
    if only_print:
        click.echo(keeper.text(job).decode(), nl=False)
        return
    file = write(keeper, job, now=not no_start)
    click.echo(sentence("job_installed", file=file, log=job.environment["HONGYAN_LOG_FILE"]))
    if sys.platform != "darwin":
        click.echo(sentence("job_lingers"))


@agent.command()
def uninstall() -> None:
    """Stop the agent and start it no more; its data stays.

    停止代理并取消登录启动；数据保留。

    \b
    Examples:
      hongyan agent uninstall
      HONGYAN_ACCOUNT=shop hongyan agent uninstall
    """
    from hongyan.login_jobs import keeper_here
    from hongyan.login_jobs import uninstall as remove
    from hongyan.wording import sentence

    keeper, job = keeper_here(), _job()
    there = remove(keeper, job)
    click.echo(sentence("job_removed" if there else "no_job", file=keeper.file(job)))


@agent.command()
@_JSON
def status(*, as_json: bool) -> None:
    """Whether the agent is installed here, and what the system says of it.

    代理是否已安装，以及系统给出的状态。

    Exit 1 when it is not installed, or not known to the system.

    \b
    Examples:
      hongyan agent status
      HONGYAN_ACCOUNT=shop hongyan agent status --json
    """
    from hongyan.login_jobs import keeper_here
    from hongyan.wording import sentence

    keeper, job = keeper_here(), _job()
    file = keeper.file(job)
    state = keeper.state(job)
    told: dict[str, Any] = {"file": str(file), "installed": file.exists(), "state": state}
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    elif not told["installed"]:
        click.echo(sentence("no_job", file=file))
    else:
        click.echo(f"{file}: {state or '?'}")
    sys.exit(0 if told["installed"] and state else 1)


def _job() -> "LoginJob":
    from connectors.settings import AgentSettings, search_path
    from hongyan.login_job import LoginJob

    settings = AgentSettings()
    data = settings.data.absolute()
    told = _told(settings) | {"HONGYAN_DATA": str(data)}
    told.setdefault("HONGYAN_LOG_FILE", str(data / "logs" / "agent.log"))
    return LoginJob(
        account=settings.account,
        argv=(sys.executable, "-P", "-m", "hongyan", "agent"),
        folder=Path.cwd(),
        log=data / "logs" / "system.log",
        environment={"PATH": search_path(), **told},
    )


def _told(settings: "AgentSettings") -> dict[str, str]:
    """What was set, as it is set in the environment; the rest are defaults then too."""
    given = {name: getattr(settings, name) for name in sorted(settings.model_fields_set)}
    return {
        f"HONGYAN_{name.upper()}": _as_text(value)
        for name, value in given.items()
        if value is not None
    }


def _as_text(value: object) -> str:
    from pydantic import SecretStr

    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Path):
        return str(value.absolute())
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
