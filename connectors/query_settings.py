"""How the owner names databases of others and the queries that plugins may put to them. Pure."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

ParameterType = Literal["text", "integer", "number", "truth", "date", "moment"]


class ExternalDatabase(BaseModel):
    """A database that is read, never written: the database itself is told so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr | None = Field(
        default=None,
        description="postgresql://user:password@host/name, mysql://… or sqlite:///path/to/file",
    )
    url_file: Path | None = Field(default=None, description="a file that holds the URL alone")
    seconds: float = Field(default=10.0, gt=0, description="how long a query may take")
    rows: int = Field(default=200, ge=1, le=5000, description="most rows that are read")
    connections: int = Field(default=2, ge=1, description="most at once, of each worker")


class QueryParameter(BaseModel):
    """One value of a query. It reaches the database as a value, never as a part of its SQL."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: ParameterType = "text"
    default: str | None = Field(default=None, description="where it is not said; None: it must be")
    choices: tuple[str, ...] = Field(default=(), description="the only values; empty: any")
    least: float | None = Field(default=None, description="of numbers")
    most: float | None = Field(default=None, description="of numbers")
    longest: int = Field(default=200, ge=1, description="characters of a text")
    about: str = ""


class NamedQuery(BaseModel):
    """One statement that reads, with `:name` for each parameter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: str
    sql: str
    about: str = ""
    parameters: dict[str, QueryParameter] = Field(
        default_factory=dict, description="in the order in which people say them"
    )
    rows: int | None = Field(default=None, ge=1, le=5000, description="the database's if absent")
    seconds: float | None = Field(default=None, gt=0, description="likewise")
