"""`hongyan plugin enable|disable|config`: what an owner says of instances while they run."""

import asyncio
import getpass
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import click

from hongyan.commands.places import DATA, JSON, POSTGRES, with_database
from hongyan.commands.plugin_rows import controls_of, fresh, known_to, problems_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from connectors.plugin_controls import ControlRow, PluginControls, Report

_PATIENCE_S: Final = 10.0
_LOOK_S: Final = 0.2
_STARRED: Final = "**********"


@click.command()
@click.argument("name")
@POSTGRES
@DATA
@JSON
def enable(*, name: str, **given: Any) -> None:
    """Let an instance run: one that is switched off, or in quarantine.

    NAME is an instance (`hongyan plugin list`). What waited in quarantine is answered then, in
    order. Running workers hear of it within some seconds.

    启用插件实例，或解除隔离；隔离期间的消息将按顺序处理。

    \b
    Examples:
      hongyan plugin enable rules
      hongyan plugin enable shop --json
    """
    _change(name, given, "plugin_enabled", enabled=True)


@click.command()
@click.argument("name")
@POSTGRES
@DATA
@JSON
def disable(*, name: str, **given: Any) -> None:
    """Let an instance answer nothing until it is enabled; its memory is kept.

    Events pass it by. What waited for it to be tried again becomes dead letters.

    停用插件实例：事件不再交给它，记忆保留。

    \b
    Examples:
      hongyan plugin disable echo
    """
    _change(name, given, "plugin_disabled", enabled=False)


@click.command()
@click.argument("name")
@click.argument("values", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--unset", multiple=True, metavar="KEY", help="As declared again; may be repeated.")
@click.option("--reset", is_flag=True, help="All as instances.toml says, on and off too.")
@POSTGRES
@DATA
@JSON
def config(
    *, name: str, values: tuple[str, ...], unset: tuple[str, ...], reset: bool, **given: Any
) -> None:
    """Show how an instance is set up, or set it up otherwise, over instances.toml.

    A VALUE is JSON, else it is text. What the plugin's Config refuses is taken back.

    查看或修改插件实例的配置（优先于 instances.toml）。

    \b
    Examples:
      hongyan plugin config shop
      hongyan plugin config shop words=欢迎 limit=5 'tags=["a","b"]'
      hongyan plugin config shop --unset words
      hongyan plugin config shop --reset
    """
    wanted = dict(_pair(value) for value in values)
    if wanted or unset or reset:
        _change(name, given, "plugin_set", config=wanted, unset=unset, reset=reset)
    else:
        _show(name, given)


@dataclass(frozen=True)
class _Heard:
    """What workers say after a change."""

    workers: int
    deaf: tuple[str, ...]
    problems: tuple[str, ...]


def _pair(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise click.UsageError(f"{text!r} is not KEY=VALUE")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _change(name: str, given: dict[str, Any], done: str, **edit: Any) -> None:
    from hongyan.cli import fail
    from hongyan.wording import sentences

    after, heard = with_database(given, lambda engine: _changed(engine, name, edit))
    if given["as_json"]:
        told = {"instance": name, "enabled": after.enabled, "config": _starred(after.config)}
        said = {"workers": heard.workers, "problems": list(heard.problems)}
        click.echo(json.dumps(told | said | {"deaf": list(heard.deaf)}, ensure_ascii=False))
    if heard.problems:
        fail(sentences("plugin_refused", name=name, why="; ".join(heard.problems)))
    if given["as_json"]:
        return
    last = "plugin_deaf" if heard.deaf else "plugin_heard" if heard.workers else "plugin_unheard"
    followed = sentences(last, count=heard.workers, deaf=", ".join(heard.deaf))
    for line in (*sentences(done, name=name), *followed):
        click.echo(line)


async def _changed(
    engine: "AsyncEngine", name: str, edit: dict[str, Any]
) -> "tuple[ControlRow, _Heard]":
    """Write it and wait for the workers; what they refuse is taken back."""
    from hongyan.cli import fail
    from hongyan.wording import sentences

    controls = controls_of(engine)
    reports = fresh(await controls.reports())
    known, wrong = known_to(reports), set(problems_of(reports))
    if known and name not in known:
        fail(sentences("no_instance", name=name, known=", ".join(sorted(known))))
    rows = {row.instance: row for row in await controls.read()}
    before = rows.get(name) or _blank(name)
    after = _edited(before, **edit)
    heard = await _heard(controls, await controls.put(after, _person()))
    why = [one for one in heard.problems if one.startswith(f"{name}: ") and one not in wrong]
    if why:
        await controls.put(before, _person())
    return after, replace(heard, problems=tuple(why))


def _blank(name: str) -> "ControlRow":
    from connectors.plugin_controls import ControlRow

    return ControlRow(name)


def _edited(
    row: "ControlRow",
    *,
    enabled: bool | None = None,
    config: dict[str, Any] | None = None,
    unset: Sequence[str] = (),
    reset: bool = False,
) -> "ControlRow":
    """Switched and set as asked; pure. A switch ends a quarantine."""
    if enabled is not None:
        return replace(row, enabled=enabled, quarantined_at=None, quarantined_for=None)
    kept = {} if reset else {k: v for k, v in row.config.items() if k not in unset}
    return replace(row, enabled=None if reset else row.enabled, config={**kept, **(config or {})})


async def _heard(controls: "PluginControls", revision: int) -> _Heard:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        reports = fresh(await controls.reports())
        deaf = tuple(one.worker for one in reports if one.revision < revision)
        if not deaf or time.monotonic() > deadline:
            break
        await asyncio.sleep(_LOOK_S)
    return _Heard(len(reports) - len(deaf), deaf, tuple(problems_of(reports)))


def _show(name: str, given: dict[str, Any]) -> None:
    from hongyan.cli import fail
    from hongyan.wording import sentences

    async def work(engine: "AsyncEngine") -> "tuple[list[Report], list[ControlRow]]":
        controls = controls_of(engine)
        return fresh(await controls.reports()), await controls.read()

    reports, rows = with_database(given, work)
    known = known_to(reports)
    over = next((row.config for row in rows if row.instance == name), {})
    if name not in known and not over:
        fail(sentences("no_instance", name=name, known=", ".join(sorted(known)) or "–"))
    values = known.get(name, {}).get("config") or {}
    shown = {**_starred(over), **values}
    if given["as_json"]:
        click.echo(json.dumps({"instance": name, "config": shown, "set": sorted(over)}))
        return
    for key, value in shown.items():
        mark = "  ← hongyan plugin config" if key in over else ""
        click.echo(f"{key} = {json.dumps(value, ensure_ascii=False)}{mark}")
    if not shown:
        click.echo("–")


def _starred(values: Any) -> dict[str, Any]:
    """What may be a secret by its name is not shown: the plugin's own types are not known here."""
    secret = ("key", "secret", "token", "password")
    return {k: _STARRED if any(s in k.lower() for s in secret) else v for k, v in values.items()}


def _person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"
