"""`hongyan phone record`: the screen that shows, redacted, as a recording that becomes a test."""

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from hongyan.commands.places import JSON


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--adb", default="127.0.0.1:5037", show_default=True, help="The adb server.")
@click.option("--serial", help="Which phone; default: the only one.")
@click.option(
    "--layouts",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of own layout files; default: HONGYAN_LAYOUTS.",
)
@JSON
def record(
    *, folder: Path, adb: str, serial: str | None, layouts: Path | None, as_json: bool
) -> None:
    """Record the screen that shows into FOLDER: tree and picture, with nobody's words in them.

    把当前界面录制到 FOLDER：界面树和截图，其中不含任何人的文字。

    Words become other words of the same length, the picture a mosaic; what the agent reads from the
    tree stands beside it. Put the folder into tests/recordings, and it is a test. Look through it
    before you give it to others. Nothing on the phone is touched. Stop the agent first.

    \b
    Examples:
      hongyan phone record recordings/chat-8.0.74
      hongyan phone record recordings/list-8.0.74 --layouts data/layouts --json
    """
    from hongyan.cli import fail
    from hongyan.wording import sentence, sentences
    from schemas.failure import Failure

    try:
        read = asyncio.run(_recorded(folder, adb, serial, layouts))
    except (Failure, ValueError) as error:
        fail([str(error)])
    except OSError as error:
        fail(sentences("not_written", why=error))
    if as_json:
        click.echo(json.dumps({**read, "folder": str(folder)}, ensure_ascii=False))
        return
    rows = len(read.get("rows", ()))
    click.echo(sentence("recorded", page=read["page"], rows=rows, folder=folder))


async def _recorded(
    folder: Path, adb: str, serial: str | None, layouts: Path | None
) -> dict[str, Any]:
    from connectors.settings import AgentSettings
    from device_agent.layout import PACKAGE, code_of, layout_for, version_of
    from device_agent.recording import keep
    from device_agent.redaction import redacted
    from hongyan.phone_hand import phone_of

    async with phone_of(adb, serial) as phone:
        about = await phone.shell(f"dumpsys package {PACKAGE}")
        own = layouts or AgentSettings().layouts
        layout = layout_for(version_of(about), code=code_of(about), folder=own)
        xml, picture = await phone.dump(), await phone.sight()
    return keep(folder, xml, redacted(picture, xml, frozenset()), layout)
