"""`hongyan phone`: stop an account's sending at once, let it go on, see it, check its pace."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hongyan.commands.places import JSON, places, with_database, with_producer

if TYPE_CHECKING:
    from connectors.kafka import Producer
    from schemas.phone_order import Order

_WHOSE = click.option("--account", default="default", show_default=True, help="Whose phone.")


@click.group()
def phone() -> None:
    """Stop an account's sending at once, let it go on, see how its phone is, check its pace.

    立即停止某账号的发送、恢复发送、查看手机状态、检查发送节奏。

    \b
    Examples:
      hongyan phone stop --reason "the customer complains"
      hongyan phone resume --reason "settled"
      hongyan phone status
      hongyan phone pace pace.toml
    """


def _ordering(command: Callable[..., None]) -> Callable[..., None]:
    command = places(command)
    for option in (
        click.option("--by", envvar="USER", default="unknown", help="Who; default: $USER."),
        click.option("--reason", default="", help="Why: others read it in the audit."),
        _WHOSE,
    ):
        command = option(command)
    return command


@phone.command()
@_ordering
def stop(*, account: str, **options: Any) -> None:
    """Send nothing any more, from the next tap on. Reading goes on; what is to be sent waits.

    从下一次点击起停止发送；继续接收消息，待发消息会等待。

    It holds for an agent that starts later too, on whatever machine, until `hongyan phone resume`.

    \b
    Examples:
      hongyan phone stop --reason "WeChat warned us"
      hongyan phone stop --account shop --reason "holiday" --json
    """
    _give(account, "stop", options)


@phone.command()
@_ordering
def resume(*, account: str, **options: Any) -> None:
    """Go on after a stop, and after the rest that a warning of WeChat's caused.

    恢复发送：结束人为停止，也结束微信警告后的休息。

    \b
    Examples:
      hongyan phone resume --reason "settled"
      hongyan phone resume --account shop --reason "back from holiday"
    """
    _give(account, "resume", options)


def _give(account: str, order: "Order", options: dict[str, Any]) -> None:
    from connectors.phone_orders import give, ordered
    from connectors.settings import CommonSettings
    from hongyan.wording import sentence

    reason = options["reason"] or f"hongyan phone {order}"
    made = ordered(account, order, by=options["by"], reason=reason, at=datetime.now(UTC))
    prefix = CommonSettings().topic_prefix

    async def tell(producer: "Producer") -> None:
        await give(producer, prefix, made)

    asyncio.run(with_producer(options, tell))
    if options["as_json"]:
        click.echo(json.dumps(made.model_dump(mode="json"), ensure_ascii=False))
    else:
        click.echo(sentence(f"phone_{order}", account=account))


@phone.command()
@places
def status(*, as_json: bool, **given: Any) -> None:
    """How each account's phone is, as its agent said last.

    各账号手机的最新状态。

    \b
    Examples:
      hongyan phone status
      hongyan phone status --json
    """
    from connectors.devices import Devices
    from hongyan.phone_lines import lines
    from hongyan.wording import sentence

    found = with_database(given, lambda engine: Devices(engine).all())
    if as_json:
        click.echo(json.dumps([one.model_dump(mode="json") for one in found], ensure_ascii=False))
        return
    for one in found:
        click.echo("\n".join(lines(one, datetime.now(UTC))))
    if not found:
        click.echo(sentence("no_phones"))


@phone.command()
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@JSON
def pace(*, file: Path | None, as_json: bool) -> None:
    """Check a pace file, and show all that holds with it; without one: what comes with Hongyan.

    检查节奏文件并显示生效的全部设置；不给文件则显示默认值。

    \b
    Examples:
      hongyan phone pace
      hongyan phone pace data/agent/pace.toml --json
    """
    from device_agent.policy import load_policy
    from hongyan.phone_lines import pace_lines

    policy = load_policy(file)
    if as_json:
        click.echo(policy.model_dump_json(by_alias=True))
        return
    click.echo("\n".join(pace_lines(policy.model_dump(mode="json", by_alias=True))))
