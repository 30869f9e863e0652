"""Which questions an owner lets people ask, and how the answers look."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Show = Literal["text", "list", "table", "bar", "line"]


class View(BaseModel):
    """One question that people may ask."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str | None = Field(
        default=None, description="its name in the setting `queries`; None: the view's own name"
    )
    words: tuple[str, ...] = Field(
        default=(), description="texts that ask it, beside /name; values may stand behind them"
    )
    show: Show = Field(
        default="text",
        description="text: aligned columns; list: a line a value; table, bar, line: pictures",
    )
    title: str = Field(default="", description="over the answer; {name} stands for a parameter")
    label: str | None = Field(default=None, description="the column along a chart; None: the first")
    values: tuple[str, ...] = Field(
        default=(), description="the columns that a chart draws; empty: all numbers"
    )
    required_permission: str | None = Field(
        default=None, description="the role that is needed, such as admin; None: anybody"
    )
    empty: str = Field(default="没有数据。(No rows.)", description="where there are no rows")


class Config(BaseModel):
    """`[NAME] config = {…}` in instances.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    views: dict[str, View] = Field(description="by the name that people write: /name")
    text_rows: int = Field(default=20, ge=1, le=100, description="most rows of a text")
    picture_rows: int = Field(default=40, ge=1, le=100, description="most rows of a picture")
    font: Path | None = Field(default=None, description="for pictures; None: one that is found")
    font_face: int = Field(default=0, ge=0, description="which face of a font collection")
    refused: str = Field(
        default="你没有这个查询的权限。(You may not ask this.)",
        description="empty: nothing is said",
    )
    away: str = Field(
        default="数据库暂时连不上，恢复后马上告诉你。(I will answer once the database is back.)",
        description="where the database is away; the question waits for it",
    )
    failed: str = Field(
        default="这个查询出错了，主人会看到原因。(This query failed; its owner sees why.)",
        description="where the database refuses; why is in the dead letter",
    )
