"""What a plugin's author vouches for: point by point done, or exempt with a reason. Pure."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

Point = Literal["tests", "page", "page-zh", "help", "config", "languages", "failures", "bounds"]
"""The points; what each means is in `MEANINGS`."""


class Exempt(BaseModel):
    """Not done, and why it need not be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    exempt: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3)]


Claim = Literal["done"] | Exempt

MEANINGS: Final[dict[Point, str]] = {
    "tests": "tests/ tests it with the fixture `bot`",
    "page": "README.md says what it does and how it is set up",
    "page-zh": "README.zh-CN.md says so in Chinese",
    "help": "each handler has a docstring, which `/help` and `hongyan plugin list` show",
    "config": "each field of its Config has a description",
    "languages": "it is understood by, and answers, people who write Chinese or English",
    "failures": "it was tried with everything that it asks being away, slow or wrong",
    "bounds": "what it remembers does not grow without end",
}
