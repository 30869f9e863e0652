"""How the owner names language models: their addresses, keys, limits and prices. Pure."""

from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class ModelEndpoint(BaseModel):
    """One address that speaks the OpenAI chat completions API."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(description="base address, such as https://api.example.com/v1")
    model: str = Field(description="the model where a plugin names none")
    key: SecretStr | None = Field(default=None, description="API key")
    key_file: Path | None = Field(
        default=None, description="a file that holds the key alone, read when it is first needed"
    )
    seconds: float = Field(default=60.0, gt=0, description="how long an answer may take")
    answer_tokens: int = Field(default=2048, ge=1, description="most tokens of one answer")
    tokens_field: Literal["max_tokens", "max_completion_tokens"] = Field(
        default="max_tokens", description="what this endpoint calls that limit"
    )
    extra: dict[str, Any] = Field(
        default_factory=dict, description="further fields of each request's body"
    )
    price_in: Decimal = Field(
        default=Decimal(0), ge=0, description="of a million tokens asked, in any currency"
    )
    price_out: Decimal = Field(default=Decimal(0), ge=0, description="of a million tokens answered")

    def price(self, tokens_in: int, tokens_out: int) -> Decimal:
        """What so many tokens cost."""
        return (self.price_in * tokens_in + self.price_out * tokens_out) / 1_000_000
