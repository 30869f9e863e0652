"""A plugin's `plugin.toml`, checked with errors that name the file and the field. Pure but for one
read.
"""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal

from packaging.requirements import InvalidRequirement, Requirement
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
)

from plugins.grants import CAPABILITIES
from plugins.quality import Claim, Point
from schemas.failure import Permanent
from schemas.model import Slug

API_VERSION: Final = 1
"""What `plugins` offers to authors; a manifest names the range it was written for."""

FILE: Final = "plugin.toml"

Wanted = Annotated[str, StringConstraints(min_length=1, max_length=200)]

_RANGE: Final = re.compile(r"\s*(>=|<=|==|<|>)\s*(\d+)\s*\Z")


class PluginProblem(Permanent):
    """A plugin cannot be loaded; the message says which, where and why."""


class Manifest(BaseModel):
    """What a plugin says of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Slug
    version: Annotated[str, StringConstraints(pattern=r"^\d+(\.\d+){0,2}([a-z0-9.+-]*)$")]
    description: str = ""
    api: str = Field(description='the range of plugin APIs it works with, for example ">=1,<2"')
    default: Literal["on", "off"] = Field(
        default="on",
        description="on: where nothing is declared for it, it runs once, everywhere; off: it runs "
        "where instances.toml declares it alone",
    )
    pure: bool = Field(
        default=False,
        description="no state, clock or chance, and at most one action, to the event's own chat",
    )
    channels: tuple[Slug, ...] = Field(default=(), description="empty: every channel")
    priority: int = Field(default=100, description="lower runs first; ties by name")
    ordering: Literal["chat", "none"] = Field(
        default="chat",
        description="chat: while an event is tried again, later ones of its chat wait behind it",
    )
    on_dead: Literal["skip", "hold"] = Field(
        default="skip",
        description="where an event is given up: go on with the next, or hold the chat's later "
        "events for this plugin until a person has decided",
    )
    blocking: Literal["no", "thread", "process"] = Field(
        default="no",
        description="thread: it waits without `await` (time.sleep, requests), so each run gets a "
        "thread; process: it also computes for long, or may never end: it runs in a process of "
        "its own, which is killed when a run's time is up; no: it would hold up every chat",
    )

    required_permission: Slug | None = Field(
        default=None, description="the role that all of its handlers need, such as admin"
    )
    permissions: tuple[Slug, ...] = Field(
        default=(), description="roles of its own that it asks for, besides owner, admin, member"
    )
    capabilities: tuple[Wanted, ...] = Field(
        default=(),
        description="what it wants to be granted: chats, http:api.example.com, llm, schedule, …",
    )

    dependencies: tuple[Wanted, ...] = Field(
        default=(),
        description='packages it needs, as pip reads them: "qrcode>=8"; it is not loaded without',
    )
    extra: Slug | None = Field(
        default=None, description="the extra of Hongyan that brings them, for bundled plugins"
    )
    quality: dict[Point, Claim] = Field(
        default_factory=dict,
        description='what its author vouches for: "done", or { exempt = "a reason" }',
    )

    @field_validator("dependencies")
    @classmethod
    def _requirements(cls, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """What nobody could install would never be met."""
        for one in wanted:
            try:
                Requirement(one)
            except InvalidRequirement as error:
                raise ValueError(f"{one!r} is no requirement: {error}") from error
        return wanted

    @field_validator("capabilities")
    @classmethod
    def _known(cls, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """A name that is none would never be granted, and nobody would know why."""
        for one in wanted:
            if (name := one.partition(":")[0]) not in CAPABILITIES:
                raise ValueError(f"{name!r} is no capability: {', '.join(CAPABILITIES)}")
        return wanted


class NotInstalled(PluginProblem):
    """A plugin needs packages that are not here."""

    def __init__(self, file: Path, manifest: Manifest, lacking: list[str]) -> None:
        """`lacking` are requirements."""
        extra = manifest.extra
        install = shlex.join([f"hongyan[{extra}]"] if extra is not None else lacking)
        super().__init__(
            f"{file}: dependencies: {', '.join(lacking)} is not installed: pip install {install}"
        )
        self.plugin = manifest.name
        self.idle = manifest.default == "off"
        """Whether it matters only where the plugin is wanted."""


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a plugin folder.

    Raises:
        PluginProblem: missing, no TOML, or a field is wrong.

    """
    file = folder / FILE
    try:
        fields = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise PluginProblem(f"{file}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PluginProblem(f"{file}: is no TOML: {error}") from error
    try:
        manifest = Manifest.model_validate(fields)
    except ValidationError as error:
        raise PluginProblem("; ".join(_sentences(file, error))) from error
    if not accepts(manifest.api, API_VERSION):
        raise PluginProblem(
            f'{file}: api: "{manifest.api}" does not include {API_VERSION}, the API of this '
            f'version of Hongyan (write for example ">=1,<2")'
        )
    return manifest


def accepts(wanted: str, version: int) -> bool:
    """Whether a range such as `>=1,<2` holds the version; a range that is none holds nothing."""
    checks = {
        ">=": version.__ge__,
        "<=": version.__le__,
        "==": version.__eq__,
        "<": version.__lt__,
        ">": version.__gt__,
    }
    for part in wanted.split(","):
        found = _RANGE.match(part)
        if found is None or not checks[found[1]](int(found[2])):
            return False
    return True


def _sentences(file: Path, error: ValidationError) -> list[str]:
    return [
        f"{file}: {'.'.join(str(part) for part in detail['loc']) or 'file'}: {detail['msg']}"
        for detail in error.errors(include_url=False, include_input=False)
    ]
