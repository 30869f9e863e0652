"""What the owner of an assistant may set."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator

PERSONA = "你是一个友善、简洁、可靠的助理。用对方的语言回答；不知道就说不知道。"


class Config(BaseModel):
    """`[NAME] config = {…}` in instances.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    persona: str = Field(default=PERSONA, description="who it is and how it talks")
    endpoint: str | None = Field(default=None, description="of the setting `llm`; None: default")
    model: str | None = Field(default=None, description="None: the endpoint's")
    temperature: float | None = Field(
        default=None, ge=0, le=2, description="how freely it words; None: the model's own"
    )
    answer_tokens: int | None = Field(default=None, ge=1, description="None: the endpoint's")
    tools: tuple[str, ...] = Field(
        default=(),
        description='what it may use of other plugins: "weather" (an instance), "weather__now", *',
    )
    tool_rounds: int = Field(default=4, ge=0, le=10, description="most times it asks for tools")
    turns: int = Field(default=10, ge=0, le=50, description="remembered word for word in each chat")
    summary: bool = Field(default=True, description="older turns are summed up, not forgotten")
    forget_hours: float = Field(
        default=72, gt=0, description="a chat that was silent for so long begins anew"
    )
    background: int = Field(
        default=0,
        ge=0,
        le=100,
        description="last messages of a group that it is shown",
    )
    private: bool = Field(default=True, description="answer every text in private chats")
    mention: bool = Field(default=True, description="call the asking person with @ in groups")
    plain: bool = Field(default=True, description="no Markdown: WeChat shows its asterisks")
    zone: str = Field(default="Asia/Shanghai", description="the time zone it lives in")
    spent_word: str = Field(
        default="今天的额度用完了，明天再聊吧。(My budget for today is used up.)",
        description="where the day's budget is used up",
    )
    away_word: str = Field(
        default="我暂时联系不上大脑，恢复后马上回答你。(I will answer once the model is back.)",
        description="where the model is away; the question waits for it",
    )
    failed_word: str = Field(
        default="这个问题我现在答不了。(I cannot answer this now.)",
        description="where the model refuses, or says nothing",
    )

    @field_validator("zone")
    @classmethod
    def _a_zone(cls, name: str) -> str:
        """It is looked up when it is set up, not at the first answer."""
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is no time zone, as Asia/Shanghai is") from error
        return name
