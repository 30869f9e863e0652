"""The echo as a Celery task with Redis: acknowledged late, its answer pushed to a Redis list.

`redis` and `celery` are no dependencies of ours: bench/echoing.py puts them into a folder of its
own. Run as `celery -A bench.celery_echo worker`, with REDIS_URL set.
"""

import os
from typing import Any

import orjson
import redis
from celery import Celery

URL = os.environ["REDIS_URL"]  # noqa: TID251  # a program of its own
app = Celery("echo", broker=URL)
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=64,
    broker_connection_retry_on_startup=True,
)
answers = redis.Redis.from_url(URL)


@app.task
def echo(value: str) -> None:
    message: dict[str, Any] = orjson.loads(value)
    answer = {**message, "answer": message["content"]["text"][6:]}
    answers.rpush("answers", orjson.dumps(answer))


def enqueue(values: list[str]) -> None:
    for value in values:
        echo.delay(value)
