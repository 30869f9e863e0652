"""`hongyan phone`: stop an account's sending at once, let it go on, see it, check its pace."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hongyan.commands.calibrate import calibrate
from hongyan.commands.places import JSON, places, with_database, with_producer
from hongyan.commands.record import record
from hongyan.commands.slugs import check_slug

if TYPE_CHECKING:
    from connectors.kafka import Producer
    from schemas.phone_order import Order

_WHOSE = click.option("--account", default="default", show_default=True, help="Whose phone.")


@click.group()
def phone() -> None:
    """Stop an account's sending at once, let it go on, see how its phone is, check its pace, look
    at its screen, calibrate an unknown WeChat version.

    立即停止某账号的发送、恢复发送、查看手机状态、检查发送节奏、按截图识别界面、校准未知的微信版本。

    \b
    Examples:
      hongyan phone stop --reason "the customer complains"
      hongyan phone resume --reason "settled"
      hongyan phone status
      hongyan phone pace pace.toml
      hongyan phone look
      hongyan phone calibrate
      hongyan phone record recordings/chat
    """


phone.add_command(calibrate)
phone.add_command(record)


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
    from connectors.kafka import Broker
    from connectors.phone_orders import give, ordered, topics_of
    from connectors.settings import CommonSettings
    from connectors.topic_setup import missing_topics
    from hongyan.cli import fail
    from hongyan.running_stack import broker_of
    from hongyan.wording import sentence, sentences

    check_slug(account, "account")
    reason = options["reason"] or f"hongyan phone {order}"
    made = ordered(account, order, by=options["by"], reason=reason, at=datetime.now(UTC))
    prefix = CommonSettings().topic_prefix
    broker = Broker(broker_of(options["kafka"], options["data"]))
    if asyncio.run(missing_topics(broker, topics_of(account, prefix))):
        fail(sentences("no_such_account", account=account))

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


@phone.command("look")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--adb", default="127.0.0.1:5037", show_default=True, help="The adb server.")
@click.option("--serial", help="Which phone; default: the only one.")
@click.option(
    "--to",
    "drawing",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("look.png"),
    show_default=True,
    help="Where to draw what was found.",
)
@JSON
def look_at(
    *, file: Path | None, adb: str, serial: str | None, drawing: Path, as_json: bool
) -> None:
    """Read WeChat's screen, or a screenshot FILE, from its pixels, and draw what each part is.

    从像素识别微信界面（或截图文件），并画出各部分的识别结果。

    So the agent reads where WeChat hides its tree: see here whether it would on your phone. Nothing
    on the phone is touched. It needs the extra `ocr`; the picture holds what the screen shows.

    \b
    Examples:
      hongyan phone look
      hongyan phone look screenshot.png --to seen.png
      hongyan phone look --serial R58M12 --json
    """
    from device_agent.attached import Attached
    from hongyan.cli import fail
    from hongyan.phone_lines import look_lines
    from hongyan.wording import sentence, sentences
    from schemas.failure import Failure

    try:
        picture = file.read_bytes() if file else Attached(adb).picture(serial)
        seen, drawn = _look(picture)
    except OSError:
        fail(sentences("no_picture_file", file=file))
    except Failure as error:
        fail([str(error)])
    drawing.write_bytes(drawn)
    if as_json:
        click.echo(json.dumps({**seen, "drawing": str(drawing)}, ensure_ascii=False))
        return
    click.echo("\n".join(look_lines(seen)))
    click.echo(sentence("look_drawn", file=drawing))


def _look(picture: bytes) -> tuple[dict[str, Any], bytes]:
    from dataclasses import asdict

    from device_agent.sight.look import drawn, look
    from device_agent.sight.recognizer import RapidRecognizer

    seen = look(picture, RapidRecognizer())
    return asdict(seen), drawn(picture, seen)
