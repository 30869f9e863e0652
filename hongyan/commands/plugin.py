"""`hongyan plugin`: write, check, try and test plugins; nothing needs to run for it."""

import json
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hongyan.commands.explain import audit, explain
from hongyan.commands.places import DATA, POSTGRES
from hongyan.commands.plugin_life import config, disable, enable
from hongyan.commands.plugin_quality import quality_lines, quality_problems
from hongyan.commands.plugin_rows import STATES, live_rows, problems_of, running, show_row
from hongyan.commands.slugs import check_slug

if TYPE_CHECKING:
    from plugins.kit.bot import Bot
    from plugins.loader import Loaded
    from plugins.plugin import Instance

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def plugin() -> None:
    """Write a plugin, check it, try it without a phone, and test it.

    编写、检查、试用和测试插件。

    \b
    Examples:
      hongyan plugin new weather
      hongyan plugin run my-plugins/weather --say "/weather 北京"
      hongyan plugin test my-plugins/weather
    """


plugin.add_command(explain)
plugin.add_command(audit)
plugin.add_command(enable)
plugin.add_command(disable)
plugin.add_command(config)


@plugin.command()
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("my-plugins"),
    show_default=True,
    help="Folder of plugin folders; give it to `hongyan up --plugins`.",
)
@click.option("--about", default="", help="One sentence about it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def new(*, name: str, into: Path, about: str, as_json: bool) -> None:
    """Make the folder of a new plugin: manifest, handler, page, and a test that passes.

    新建插件：清单、处理函数、说明和可通过的测试。

    \b
    Examples:
      hongyan plugin new weather
      hongyan plugin new weather --into shop-plugins --about "The weather of a city."
    """
    from hongyan.cli import fail
    from hongyan.wording import sentences
    from plugins.kit.scaffold import files

    check_slug(name, "plugin name")
    home = into / name
    if home.exists() and any(home.iterdir()):
        fail(sentences("plugin_there", folder=home))
    made = files(name, about or f"What /{name} does.")
    for path, text in made.items():
        file = home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    if as_json:
        click.echo(json.dumps({"folder": str(home), "files": list(made)}, ensure_ascii=False))
        return
    for line in sentences("plugin_made", folder=home, name=name, into=into):
        click.echo(line)


@plugin.command()
@click.argument("folders", nargs=-1, type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def check(*, folders: tuple[Path, ...], as_json: bool) -> None:
    """Load plugins and name each one that cannot be; exit 1 if there is one.

    FOLDERS are plugins or folders of plugins; none: the bundled ones. What a manifest's quality
    list says is done must be seen to be.

    检查插件能否加载、质量清单是否属实。

    \b
    Examples:
      hongyan plugin check my-plugins
      hongyan plugin check my-plugins/weather --json
    """
    loaded = _loaded(folders)
    problems = [*map(str, loaded.problems), *quality_problems(loaded)]
    if as_json:
        rows = [_as_object(instance) for instance in loaded.instances]
        click.echo(json.dumps({"plugins": rows, "problems": problems}, ensure_ascii=False))
    else:
        for instance in loaded.instances:
            click.echo(f"{instance.name} {instance.plugin.manifest.version} ✓")
            _show_unmet(instance)
        for name, one in loaded.off.items():
            click.echo(f"{name} {one.manifest.version} ✓ {STATES['off']}")
        for problem in problems:
            click.secho(problem, fg="red", err=True)
    sys.exit(1 if problems else 0)


@plugin.command("list")
@click.argument("folders", nargs=-1, type=_FOLDER)
@POSTGRES
@DATA
@click.option("--json", "as_json", is_flag=True, help="A JSON array.")
def list_plugins(*, folders: tuple[Path, ...], as_json: bool, **given: Any) -> None:
    """Plugins in the order in which they see an event, and what they answer to.

    FOLDERS are plugins or folders of plugins; none: what running workers have, with what is
    switched off, in quarantine, or could not be loaded; where none runs, the bundled ones.

    列出插件、状态及其触发条件。

    \b
    Examples:
      hongyan plugin list
      hongyan plugin list my-plugins --json
    """
    reports = None if folders else running(given)
    rows = live_rows(reports) if reports else _rows(_loaded(folders))
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for row in rows:
            show_row(row)
    for problem in problems_of(reports or []):
        click.secho(problem, fg="red", err=True)


@plugin.command()
@click.argument("folder", type=_FOLDER)
@click.option("--say", "texts", multiple=True, required=True, help="What a friend writes; again.")
@click.option("--sender", default="小王", show_default=True, help="Who writes.")
@click.option("--group", metavar="TITLE", help="In this group.")
@click.option("--mention", is_flag=True, help="The account is called with @ in it.")
@click.option("--role", help="What the sender holds: owner, admin, …")
@click.option("--json", "as_json", is_flag=True, help="A JSON array, one entry for each text.")
def run(
    *,
    folder: Path,
    texts: tuple[str, ...],
    sender: str,
    group: str | None,
    mention: bool,
    role: str | None,
    as_json: bool,
) -> None:
    """Let a plugin answer made-up messages, one after the other; nothing is sent anywhere.

    State is kept between the messages, HTTP is not answered. Exit 1 if a run fails.

    离线试运行插件：不会真正发送。

    \b
    Examples:
      hongyan plugin run plugins/echo --say "/echo 你好"
      hongyan plugin run my-plugins/weather --say "@我 天气" --group 家人 --mention --json
      hongyan plugin run plugins/admin --say "/管理" --role owner
    """
    from plugins.kit.bot import Bot
    from schemas.content import Mentions

    if role is not None:
        check_slug(role, "role")
    bot = Bot(*_loaded((folder,), strict=True).instances)
    rows = []
    for text in texts:
        said: dict[str, Any] = {"mentions": Mentions(me=mention), "role": role}
        bot.receives(text, sender=sender, chat=group, group=group is not None, **said)
        answers = [
            {"chat": one.chat_id, "content": one.content.model_dump(mode="json")}
            for one in bot.answers
        ]
        failures = {name: str(failure) for name, failure in bot.failures.items()}
        rows.append({"said": text, "answers": answers, "failures": failures})
        if not as_json:
            _show(sender, text, bot)
    bot.close()
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
    sys.exit(1 if any(row["failures"] for row in rows) else 0)


@plugin.command(context_settings={"ignore_unknown_options": True})
@click.argument("folder", type=_FOLDER)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def test(*, folder: Path, options: tuple[str, ...]) -> None:
    """Run a plugin's tests with pytest; OPTIONS go to it.

    运行插件自带的测试。

    \b
    Examples:
      hongyan plugin test my-plugins/weather
      hongyan plugin test my-plugins/weather -k city -x
    """
    from hongyan.cli import fail
    from hongyan.wording import sentences

    if find_spec("pytest") is None:
        fail(sentences("no_pytest"))
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", str(folder), "--rootdir", str(folder), *options],
        check=False,
    )
    sys.exit(0 if ran.returncode == 0 else 1)


@plugin.command()
@click.argument("folder", type=_FOLDER)
def docs(*, folder: Path) -> None:
    """Print a page about a plugin in Markdown: what it answers to, from its own code.

    由代码生成插件说明页（Markdown）。

    \b
    Examples:
      hongyan plugin docs plugins/echo
      hongyan plugin docs my-plugins/weather > weather.md
    """
    for instance in _loaded((folder,), strict=True).instances:
        row = _as_object(instance)
        lines = [f"# {row['name']} {row['version']}", "", row["description"], ""]
        lines += ["| answers to | |", "|---|---|"]
        lines += [f"| `{_cell(one['to'])}` | {_cell(one['about'])} |" for one in row["answers"]]
        lines += quality_lines(row["quality"])
        click.echo("\n".join(lines))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _loaded(folders: tuple[Path, ...], *, strict: bool = False) -> "Loaded":
    """Plugins in plugin folders, and in folders of such; none: the bundled ones.

    Raises:
        PluginProblem: `strict`, and one cannot be loaded.

    """
    from plugins.instances import FILE as INSTANCES
    from plugins.instances import Declared, instance_of, read_declared
    from plugins.loader import Loaded, load, load_plugin
    from plugins.manifest import FILE, PluginProblem
    from plugins.plugin import in_order
    from plugins.roles import FILE as ROLES
    from plugins.roles import NOBODY, read_roles

    if not folders:
        return load([])
    instances: list[Instance] = []
    problems: list[PluginProblem] = []
    for folder in folders:
        if not (folder / FILE).is_file():
            found = load([folder], bundled=False)
            instances += found.instances
            problems += found.problems
            continue
        try:
            loaded = load_plugin(folder)
            tables, wrong = read_declared(folder.parent / INSTANCES)
            if wrong:
                raise wrong[0]
            declared = tables.get(folder.name, Declared())
            made = instance_of(loaded.manifest.name, loaded, declared)
            people = NOBODY.with_file(read_roles(folder.parent / ROLES))
            instances.append(replace(made, roles=people))
        except PluginProblem as problem:
            problems.append(problem)
    if strict and problems:
        raise problems[0]
    return Loaded(in_order(instances), tuple(problems))


def _rows(loaded: "Loaded") -> list[dict[str, Any]]:
    """What runs, then what would where it is declared."""
    from plugins.plugin import Instance

    idle = [_as_object(Instance(name, one)) for name, one in loaded.idle.items()]
    waiting = [row | {"state": "undeclared", "unmet": []} for row in idle]
    return [*map(_as_object, loaded.instances), *waiting]


def _as_object(instance: "Instance") -> dict[str, Any]:
    from plugins.description import about, described
    from plugins.unmet import unmet

    manifest = instance.plugin.manifest
    return {
        "name": instance.name,
        "version": manifest.version,
        "description": manifest.description,
        "pure": manifest.pure,
        "channels": list(manifest.channels),
        "priority": manifest.priority,
        "wants": list(manifest.capabilities),
        "quality": manifest.model_dump(mode="json")["quality"],
        "unmet": unmet(instance),
        "answers": [
            {"to": described(handler), "about": about(handler), "block": handler.block}
            for handler in instance.plugin.handlers
        ],
    }


def _show_unmet(instance: "Instance") -> None:
    from plugins.unmet import unmet

    for line in unmet(instance):
        click.secho(line, fg="yellow", err=True)


def _show(sender: str, text: str, bot: "Bot") -> None:
    from schemas.content import Text

    click.echo(f"{sender}: {text}")
    for one in bot.answers:
        said = one.content.text if isinstance(one.content, Text) else f"[{one.content.kind}]"
        click.secho(f"  → {one.chat_id}: {said}", fg="green")
    for name, failure in bot.failures.items():
        click.secho(f"  ✗ {name}: {failure}", fg="red", err=True)
    if not bot.answers and not bot.failures:
        click.echo("  –")
