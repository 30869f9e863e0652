"""`hongyan phone calibrate`: a layout for a WeChat version that no layout file names."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hongyan.commands.places import JSON

if TYPE_CHECKING:
    from device_agent.calibrating import Build, Walk
    from device_agent.calibration import Proposal


@click.command()
@click.option("--adb", default="127.0.0.1:5037", show_default=True, help="The adb server.")
@click.option("--serial", help="Which phone; default: the only one.")
@click.option("--chat", help="The chat to open; default: 文件传输助手 (File Transfer).")
@click.option("--type", "types", is_flag=True, help="Write 1 in its field, and clear it again.")
@click.option(
    "--save",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the layout file here: the folder that HONGYAN_LAYOUTS names.",
)
@click.option(
    "--to",
    "drawing",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("calibration.png"),
    show_default=True,
    help="Where to draw what was found.",
)
@JSON
def calibrate(**given: Any) -> None:
    """Propose a layout for the WeChat version on the phone, and draw what each part is taken for.

    为手机上的微信版本推算布局，并画出各部分的识别结果。

    It walks twice from the list into one chat and back, which marks that chat as read. It never
    sends. Only with --type it sees the button that sends; without, the layout is read-only. Stop
    the agent first. The picture and the chat hold what the screen shows.

    \b
    Examples:
      hongyan phone calibrate
      hongyan phone calibrate --type --save data/layouts
      hongyan phone calibrate --serial R58M12 --chat 小号 --json
    """
    from hongyan.cli import fail
    from hongyan.phone_lines import calibration_lines
    from hongyan.wording import sentence, sentences
    from schemas.failure import Failure

    try:
        build, walk, proposal = asyncio.run(_walked(given))
    except Failure as error:
        fail([str(error)])
    from device_agent.calibration_file import document, drawn, save

    told = document(build, proposal)
    try:
        given["drawing"].write_bytes(drawn(walk.pictures, proposal))
        saved = save(given["folder"], build, proposal) if given["folder"] is not None else None
    except OSError as error:
        fail(sentences("not_written", why=error))
    if given["as_json"]:
        places = {"drawing": str(given["drawing"]), "file": str(saved) if saved else None}
        click.echo(json.dumps({**told, **places}, ensure_ascii=False))
        return
    click.echo("\n".join(calibration_lines(told, proposal.lacking)))
    click.echo(sentence("look_drawn", file=given["drawing"]))
    verdict = "calibrated" if proposal.sends else "calibrated_read_only"
    click.echo(sentence(verdict, version=build.version))
    if saved is not None:
        click.echo(sentence("layout_saved", file=saved, folder=given["folder"]))


async def _walked(given: dict[str, Any]) -> "tuple[Build, Walk, Proposal]":
    """Two walks, and what they prove alike."""
    from device_agent.calibrating import Walker
    from device_agent.calibration import agreed
    from hongyan.phone_hand import phone_of

    async with phone_of(given["adb"], given["serial"]) as phone:
        walker = Walker(phone, given["chat"], types=given["types"])
        build = await walker.build()
        walk = await walker.walk()
        again = await walker.walk()
    return build, walk, agreed(walk.shots, again.shots)
