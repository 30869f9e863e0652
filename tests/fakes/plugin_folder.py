"""Plugin folders written by tests."""

from pathlib import Path
from typing import cast

from plugins.grants import Grants
from plugins.instances import FILE

DICE = """
import uuid
from collections.abc import AsyncIterator

from plugins import Context, Draft, on_command


@on_command("dice")
async def dice(ctx: Context, text: str) -> AsyncIterator[Draft]:
    yield ctx.reply(f"{text}:{uuid.uuid4().hex}")
"""

BROKEN = """
from collections.abc import AsyncIterator

from plugins import Context, Draft, on_command


@on_command("break")
async def fail(ctx: Context, text: str) -> AsyncIterator[Draft]:
    yield ctx.reply("never sent")
    raise ZeroDivisionError(f"cannot do {text}")
"""


def write_plugin(folder: Path, name: str, source: str, /, **fields: object) -> Path:
    """A plugin named `name` in `folder`; `fields` go into its manifest. Its instance of that name
    may do what `capabilities` among them want.
    """
    home = folder / name
    home.mkdir(parents=True)
    manifest = {"name": name, "version": "1.0.0", "api": ">=1,<2", **fields}
    lines = [f"{key} = {_toml(value)}" for key, value in manifest.items()]
    (home / "plugin.toml").write_text("\n".join(lines) + "\n")
    (home / "__init__.py").write_text(source)
    if wanted := fields.get("capabilities"):
        grants = Grants.of(cast("tuple[str, ...]", wanted))
        granted = grants.model_dump(exclude_defaults=True, mode="json").items()
        table = [f"[{name}.grants]", *(f"{key} = {_toml(value)}" for key, value in granted)]
        with (folder / FILE).open("a", encoding="utf-8") as declared:
            declared.write("\n".join(table) + "\n")
    return home


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return f'"{value}"'
