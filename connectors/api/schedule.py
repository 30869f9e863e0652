"""`/v1/schedules`: events at a time, once or by cron, for plugins to answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

import orjson
from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from connectors.api.bearer import Caller
from connectors.api.destination import Destination, resolve
from connectors.api.footing import Footing, OnFooting
from connectors.api.problem import PROBLEMS, Problem
from connectors.schedule_times import Missed, Timing
from connectors.schedules import Origin, Schedule, ScheduleStore, check_data
from schemas.failure import BadRequest
from schemas.identity import schedule_id
from schemas.model import Moment, Slug

DEFAULT_TZ = "Asia/Shanghai"
MOST_BYTES = 64 * 1024
_CHANNEL = "schedule"

router = APIRouter(prefix="/v1/schedules", tags=["schedules"], responses=PROBLEMS)


class ScheduleRequest(BaseModel):
    """When, for whom, and with what data."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cron: str | None = Field(
        default=None,
        max_length=200,
        description="minute hour day month weekday",
        examples=["0 9 * * 1-5"],
    )
    at: Moment | None = Field(default=None, description="once, then; RFC 3339")
    tz: str = Field(default=DEFAULT_TZ, max_length=64, description="of the cron expression")
    missed: Missed = Field(
        default="once",
        description="times at which nothing ran: skip them, make up once, or for all (100 at most)",
    )
    to: Destination | None = Field(
        default=None, description="the chat whose lane it comes in; plugins answer there"
    )
    instance: Slug | None = Field(
        default=None, description="for this plugin instance alone; else for all that want such"
    )
    data: dict[str, Any] = Field(default_factory=dict)

    @field_validator("data")
    @classmethod
    def _small(cls, data: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            check_data(data)
        except BadRequest as error:
            raise ValueError(str(error)) from error
        if len(orjson.dumps(data)) > MOST_BYTES:
            raise ValueError(f"at most {MOST_BYTES} bytes")
        return data

    @model_validator(mode="after")
    def _once_or_again(self) -> Self:
        try:
            self.timing.check()
        except BadRequest as error:
            raise ValueError(str(error)) from error
        return self

    @property
    def timing(self) -> Timing:
        """As it is stored."""
        return Timing(self.cron, self.at, self.tz, self.missed)


class ScheduleShown(BaseModel):
    """A schedule as it stands; `next_due` null: it is over."""

    id: str
    origin: Origin = Field(description="declared by a plugin, set by a run, or through the API")
    cron: str | None
    at: datetime | None
    tz: str
    missed: Missed
    channel: str
    account: str
    chat_id: str | None
    instance: str | None
    handler: str | None
    data: dict[str, Any]
    next_due: datetime | None
    last_due: datetime | None
    fired: int
    created_at: datetime | None
    ended_at: datetime | None


class ScheduleList(BaseModel):
    """The next due first."""

    items: list[ScheduleShown]


@router.post("", status_code=201, summary="Schedule an event")
async def add_schedule(
    *,
    asked: ScheduleRequest,
    footing: OnFooting,
    caller: Caller,
    response: Response,
    idempotency_key: Annotated[
        str | None,
        Header(min_length=1, max_length=255, description="the same key: the same schedule"),
    ] = None,
) -> ScheduleShown:
    """At each due time `hongyan.schedule.fired.v1` is in bot.inbound, its id made of both."""
    now = footing.clock()
    name = footing.fresh_id()
    if idempotency_key is not None:
        name = schedule_id("api", caller, idempotency_key)
    to = asked.to
    wanted = Schedule(
        name,
        "api",
        to.channel if to is not None else _CHANNEL,
        to.account if to is not None else "api",
        asked.timing,
        caller,
        asked.at or asked.timing.following(now),
        instance=asked.instance,
        chat_id=await resolve(footing, to) if to is not None else None,
        data=asked.data,
    )
    stored = await _store(footing).add(wanted)
    if _meant(stored) != _meant(wanted):
        raise Problem(
            422,
            "This Idempotency-Key was used for another schedule. Use a new key for a new one.",
        )
    response.headers["Location"] = f"/v1/schedules/{stored.schedule_id}"
    return _shown(stored)


@router.get("", summary="List schedules")
async def list_schedules(
    *,
    footing: OnFooting,
    caller: Caller,
    instance: Slug | None = None,
    ended: Annotated[bool, Query(description="those that are over too")] = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> ScheduleList:
    """What plugins declared, runs set, and the API was asked for."""
    found = await _store(footing).find(instance=instance, ended=ended, limit=limit)
    return ScheduleList(items=[_shown(schedule) for schedule in found])


@router.get("/{schedule}", summary="Show a schedule")
async def show_schedule(schedule: str, footing: OnFooting, caller: Caller) -> ScheduleShown:
    """Also one that is over."""
    return _shown(await _one(footing, schedule))


@router.delete("/{schedule}", status_code=204, summary="Cancel a schedule")
async def cancel_schedule(schedule: str, footing: OnFooting, caller: Caller) -> None:
    """It fires no more; an event that is on its way still comes."""
    found = await _one(footing, schedule)
    if found.origin == "plugin":
        raise Problem(
            409, "A plugin declares it: it would be back at its next start. Disable the plugin."
        )
    await _store(footing).cancel(found.schedule_id, footing.clock())


def _store(footing: Footing) -> ScheduleStore:
    return ScheduleStore(footing.engine, footing.settings.topic_prefix)


async def _one(footing: Footing, name: str) -> Schedule:
    found = await _store(footing).find(schedule_id=name, ended=True, limit=2) if name else []
    exact = [one for one in found if one.schedule_id == name]
    if not exact:
        raise Problem(404, "There is no such schedule; GET /v1/schedules lists them.")
    return exact[0]


def _meant(schedule: Schedule) -> tuple[Any, ...]:
    where = schedule.channel, schedule.account, schedule.chat_id, schedule.instance
    return schedule.timing, where, schedule.data


def _shown(schedule: Schedule) -> ScheduleShown:
    timing = schedule.timing
    told = {"id": schedule.schedule_id, "cron": timing.cron, "at": timing.at, "tz": timing.tz}
    names = ScheduleShown.model_fields.keys() - {*told, "missed"}
    more = {name: getattr(schedule, name) for name in names}
    return ScheduleShown(missed=timing.missed, **told, **more)
