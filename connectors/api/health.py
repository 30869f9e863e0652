"""`/healthz`, `/readyz`, `/metrics`: for those who watch the process."""

import asyncio

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy import text

from connectors.api.footing import Footing, OnFooting
from connectors.api.problem import PROBLEMS, away
from connectors.database import meaning
from schemas.failure import Retryable

_LIMIT = 2.0  # seconds for each dependency to answer

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """It answers."""

    status: str = "ok"


@router.get("/healthz", summary="Whether the process lives")
async def healthz() -> Alive:
    """200 as long as the process can answer; asks nothing of the broker or the database."""
    return Alive()


@router.get("/readyz", responses=PROBLEMS, summary="Whether it can work")
async def readyz(footing: OnFooting) -> Alive:
    """200 when the broker and PostgreSQL answer; else 503 with `missing`."""
    answers = await asyncio.gather(_broker_answers(footing), _database_answers(footing))
    missing = [
        name for name, there in zip(("kafka", "postgres"), answers, strict=True) if not there
    ]
    if missing:
        problem = away(f"Not reachable: {', '.join(missing)}.")
        problem.members = {"missing": missing}
        raise problem
    return Alive()


async def _broker_answers(footing: Footing) -> bool:
    try:
        await footing.outlet.topics(_LIMIT)
    except Retryable:
        return False
    return True


async def _database_answers(footing: Footing) -> bool:
    try:
        with meaning():
            async with asyncio.timeout(_LIMIT), footing.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
    except Retryable:
        return False
    return footing.prepared.is_set()


@router.get("/metrics", response_class=Response, summary="Metrics for Prometheus")
def metrics() -> Response:
    """In Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
