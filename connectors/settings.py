"""Settings, read once at the edge: one typed model for each process.

Sources, the earlier wins: `HONGYAN_*` environment, secret files (a folder named by
`HONGYAN_SECRETS`), `hongyan.toml` in the working directory (or the file named by
`HONGYAN_SETTINGS`). Below a process's `main` nobody reads the environment.
"""

import os
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from connectors.model_settings import ModelEndpoint
from connectors.query_settings import ExternalDatabase, NamedQuery
from schemas.model import Slug
from schemas.topics import CHAT_PARTITIONS, DEFAULT_PREFIX

Pace = Literal["fast", "human"]
Screenshots = Literal["none", "faults", "all"]


def search_path() -> str:
    """Where this process finds programs: PATH."""
    return os.environ.get("PATH", os.defpath)  # noqa: TID251  # this is the one reader


class CommonSettings(BaseSettings):
    """What every process needs."""

    model_config = SettingsConfigDict(env_prefix="HONGYAN_", extra="ignore", frozen=True)

    kafka: str = Field(default="127.0.0.1:9092", description="bootstrap servers, HOST:PORT,…")
    topic_prefix: Slug = Field(default=DEFAULT_PREFIX, description="first part of topic names")
    chat_partitions: int = Field(
        default=CHAT_PARTITIONS,
        ge=1,
        description="partitions of every topic whose key is a chat; fixed for the topics' life",
    )
    replication: int = Field(default=1, ge=1, description="copies of each partition")
    accounts: Annotated[tuple[Slug, ...], NoDecode] | str = Field(
        default=("default",), description="WeChat accounts, comma-separated"
    )
    log_level: str = Field(default="INFO", description="TRACE DEBUG INFO WARNING ERROR")
    log_json: bool = Field(default=True, description="one JSON object a line; else for people")
    log_file: Path | None = Field(
        default=None, description="write to this file instead of stderr, and rotate it"
    )
    log_file_bytes: int = Field(
        default=20 << 20, gt=0, description="size at which it is rotated; five old ones are kept"
    )
    metrics_port: int | None = Field(default=None, description="Prometheus metrics on this port")
    otlp: str | None = Field(default=None, description="OTLP/HTTP endpoint for traces")
    ready_file: Path | None = Field(default=None, description="touched when the process is ready")

    failpoint: str | None = Field(default=None, description="for kill tests: where to die, once")
    failpoint_flag: Path | None = Field(default=None, description="made when it has died there")

    @property
    def account_names(self) -> tuple[str, ...]:
        """The accounts as a tuple, however they were written."""
        if isinstance(self.accounts, str):
            return tuple(name.strip() for name in self.accounts.split(",") if name.strip())
        return self.accounts

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, environment, secret files, `hongyan.toml`."""
        folder = os.environ.get("HONGYAN_SECRETS")  # noqa: TID251  # this is the one reader
        file = os.environ.get("HONGYAN_SETTINGS", "hongyan.toml")  # noqa: TID251  # as above
        sources: list[PydanticBaseSettingsSource] = [
            init_settings,
            EnvSettingsSource(settings_cls, env_ignore_empty=True),
        ]
        if folder:
            sources.append(SecretsSettingsSource(settings_cls, secrets_dir=folder, env_prefix=""))
        sources.append(TomlConfigSettingsSource(settings_cls, toml_file=Path(file)))
        return tuple(sources)


class MediaSettings(CommonSettings):
    """A process that stores or fetches blobs."""

    media: str = Field(
        default="data/media",
        description="the media store all processes share: a folder, or s3://BUCKET/PREFIX",
    )
    media_endpoint: str | None = Field(
        default=None, description="URL of an S3 server that is not Amazon's"
    )
    media_region: str = Field(default="us-east-1", description="region of the S3 bucket")
    media_key: str | None = Field(
        default=None, description="S3 access key id; None: where AWS's own tools look"
    )
    media_secret: SecretStr | None = Field(default=None, description="S3 secret access key")
    send_bytes: int = Field(
        default=100 * 1024 * 1024,
        ge=1,
        description="most bytes of a picture, video or file that is sent",
    )


class AgentSettings(MediaSettings):
    """The device agent: one phone, one account."""

    account: Slug = Field(default="default", description="the WeChat account on the phone")
    serial: str | None = Field(default=None, description="adb serial; None: the only one attached")
    adb: str = Field(default="127.0.0.1:5037", description="the adb server, HOST:PORT")
    data: Path = Field(default=Path("data/agent"), description="folder of all of the agent's state")
    pace: Pace = Field(default="human", description="fast: no budgets, for the simulator alone")
    pace_file: Path | None = Field(
        default=None,
        description="budgets, quiet hours and what needs approval, at pace human; None: pace.toml "
        "in the data folder, else what comes with Hongyan",
    )
    pictures: bool = Field(
        default=True,
        description="where WeChat hides its tree, read by pictures (needs the extra ocr) and send "
        "nothing; else such a phone waits",
    )
    layouts: Path | None = Field(
        default=None,
        description="folder of layout files of your own, beside the shipped ones, as "
        "`hongyan phone calibrate --save` writes them",
    )
    own_names: Annotated[tuple[str, ...], NoDecode] | str = Field(
        default=(),
        description="names the account answers to when called with @, comma-separated, beside "
        "those seen on its own bubbles",
    )
    part_characters: int = Field(
        default=2000,
        ge=100,
        description="most characters of one bubble, a longer text is sent in numbered parts; the "
        "default is what users of WeChat's own bot channel found to pass uncut",
    )
    part_units: int = Field(
        default=4000,
        ge=100,
        description="most UTF-16 code units of one bubble: an emoji is two, as Android counts",
    )
    settle_seconds: float = Field(
        default=120.0,
        ge=0,
        description="how long a bubble may show that it is being sent before that is unknown",
    )
    retap_seconds: float = Field(
        default=90.0,
        ge=0,
        le=110,
        description="over how long the further taps of a message are spread, three at most, while "
        "its tap is proven to have done nothing",
    )
    fetch_seconds: float = Field(
        default=45.0,
        ge=0,
        le=3600,
        description="how long a message waits for its picture, video, file or whole text before it "
        "goes on without; 0: none is fetched",
    )
    fetch_visit_seconds: float = Field(
        default=15.0,
        ge=0,
        description="how long one visit to a chat fetches, while other chats wait",
    )
    fetch_bytes: int = Field(
        default=64 << 20, ge=0, description="the largest picture, video or file that is fetched"
    )
    frequent_rest_seconds: float = Field(
        default=1800.0,
        ge=0,
        description="how long nothing is sent after WeChat said that one acts too often; pace "
        "fast: two seconds",
    )

    sweep_seconds: float = Field(
        default=600.0,
        gt=0,
        description="between two looks through the whole list, for muted chats below its first "
        "page: two calls to the phone a page",
    )
    people_hour_calls: int = Field(
        default=600,
        ge=0,
        description="most calls to the phone within an hour for reading contacts and groups, at "
        "pace human; 0: they are not read",
    )
    people_idle_seconds: float = Field(
        default=20.0,
        ge=0,
        description="how long nothing must have happened before contacts and groups are read; "
        "pace fast: a quarter of it",
    )
    people_whole_seconds: float = Field(
        default=86_400.0,
        gt=0,
        description="between two whole readings of the contacts, and of a group's members, where "
        "nothing changed",
    )
    screenshots: Screenshots = Field(
        default="faults",
        description="redacted screenshots in receipts: of messages that were not sent or may not "
        "have been, of all, or none",
    )
    quiet_alert_seconds: float = Field(
        default=21_600.0,
        ge=0,
        description="after how long without any message a phone that works is said to be quiet; "
        "0: never",
    )

    @property
    def pace_policy(self) -> Path | None:
        """The pace file: as given, else the data folder's where it has one."""
        if self.pace_file is not None:
            return self.pace_file
        own = self.data / "pace.toml"
        return own if own.exists() else None

    @property
    def rest_length(self) -> float:
        """The rest in seconds at this pace."""
        return self.frequent_rest_seconds if self.pace == "human" else 2.0

    @property
    def people_patience(self) -> float:
        """How many quiet seconds come before contacts are read, at this pace."""
        return self.people_idle_seconds / (1 if self.pace == "human" else 4)

    @property
    def people_calls(self) -> int:
        """The calls an hour for contacts and groups at this pace; without end at pace fast."""
        return self.people_hour_calls if self.pace == "human" else 1_000_000_000

    @property
    def own_name_set(self) -> frozenset[str]:
        """The own names, however they were written."""
        names = self.own_names.split(",") if isinstance(self.own_names, str) else self.own_names
        return frozenset(name.strip() for name in names if name.strip())


class DatabaseSettings(MediaSettings):
    """A process that uses PostgreSQL."""

    postgres: SecretStr = Field(
        default=SecretStr("postgresql://hongyan@127.0.0.1:5432/hongyan"),
        description="PostgreSQL DSN",
    )


class WorkerSettings(DatabaseSettings):
    """The Faust worker."""

    plugins: Annotated[tuple[Path, ...], NoDecode] | str = Field(
        default=(), description="folders of plugin folders, colon-separated, beside the bundled"
    )
    worker_id: Slug = Field(
        default="worker-0", description="stable name of this member of the consumer group"
    )
    lanes: int = Field(default=256, ge=1, description="chats worked on at once")
    run_seconds: float = Field(default=120.0, gt=0, description="time limit of one plugin run")
    hot_reload: bool = Field(
        default=False,
        description="load plugins anew when their files change; `hongyan up` switches it on",
    )
    llm: dict[str, ModelEndpoint] = Field(
        default_factory=dict,
        description="language models by name, `default` where a plugin names none: tables "
        "[llm.NAME] with url, model, key or key_file, seconds, answer_tokens, price_in, price_out",
    )
    databases: dict[str, ExternalDatabase] = Field(
        default_factory=dict,
        description="databases that plugins may read: [databases.NAME] with url or url_file, "
        "seconds, rows",
    )
    queries: dict[str, NamedQuery] = Field(
        default_factory=dict,
        description="what they may ask: [queries.NAME] with database, sql, about, parameters",
    )
    zone: str = Field(
        default="Asia/Shanghai",
        description="the time zone whose midnight begins a day of budgets, and of `today`",
    )

    @field_validator("zone")
    @classmethod
    def _a_zone(cls, name: str) -> str:
        """It is looked up at the start, not at the first question."""
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is no time zone, as Asia/Shanghai is") from error
        return name

    @property
    def plugin_folders(self) -> tuple[Path, ...]:
        """The plugin folders as paths, however they were written."""
        if isinstance(self.plugins, str):
            return tuple(Path(part) for part in self.plugins.split(":") if part)
        return self.plugins


class WebhookSettings(DatabaseSettings):
    """A process that minds where webhooks may be posted to."""

    webhook_networks: str = Field(
        default="",
        description="private networks that webhooks may be posted to, also without TLS, "
        "comma-separated: 127.0.0.0/8,10.1.0.0/16; public addresses need none",
    )

    @field_validator("webhook_networks")
    @classmethod
    def _networks(cls, text: str) -> str:
        """Said at the start, not at the first webhook."""
        for part in filter(None, map(str.strip, text.split(","))):
            ip_network(part)
        return text


class RelaySettings(WebhookSettings):
    """The relay: projections, retries, schedules and webhooks now, office senders later."""

    relay_id: Slug = Field(default="relay-0", description="stable name in its consumer groups")
    webhook_seconds: float = Field(
        default=15.0, gt=0, le=60, description="how long the receiver of a webhook may take"
    )


class ApiSettings(WebhookSettings):
    """The HTTP API."""

    api_host: str = Field(default="127.0.0.1", description="address to listen on")
    api_port: int = Field(default=8080, ge=0, description="port to listen on; 0: a free one")
    api_key: SecretStr | None = Field(
        default=None, description="a first API key, stored hashed at start; later: hongyan keys"
    )
    hook_secrets: dict[str, SecretStr] = Field(
        default_factory=dict,
        description='Standard Webhooks secrets by hook name, as JSON: {"shop": "whsec_…"}',
    )


def redacted(settings: BaseSettings) -> dict[str, object]:
    """The settings for people: secrets starred, passwords inside addresses too."""
    shown = settings.model_dump(mode="json")
    for name, value in settings:
        if isinstance(value, SecretStr) or (isinstance(value, dict) and value):
            shown[name] = "**********"
    return shown
