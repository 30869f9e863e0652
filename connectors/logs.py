"""Logs: loguru, one flat JSON object a line for machines or a coloured line for people."""

import logging
import sys
import traceback
from typing import TYPE_CHECKING

import orjson
from loguru import logger

from connectors.settings import CommonSettings

if TYPE_CHECKING:
    from loguru import Message


class _Forward(logging.Handler):
    """The standard library's records, which our dependencies write, go to loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname if record.levelname in _LEVELS else record.levelno
        logger.bind(logger=record.name).opt(depth=6, exception=record.exc_info).log(
            level, record.getMessage()
        )


_LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}


def _write_json(message: "Message") -> None:
    record = message.record
    line = {
        "time": record["time"].isoformat(timespec="milliseconds"),
        "level": record["level"].name,
        "message": record["message"],
        "where": f"{record['name']}:{record['function']}:{record['line']}",
        **record["extra"],
    }
    if record["exception"] is not None:
        # The standard library's traceback: it has no variables' values.
        line["exception"] = "".join(traceback.format_exception(record["exception"].value))
    sys.stderr.write(orjson.dumps(line, default=str).decode() + "\n")
    sys.stderr.flush()


def set_up_logs(process: str, settings: CommonSettings) -> None:
    """Write to stderr. Libraries speak from WARNING up: aiokafka and Faust build a record for each
    message below it (9 % of the worker's CPU when measured).
    """
    logger.remove()
    logger.configure(extra={"process": process})
    # diagnose would print variables' values: what people wrote, keys, passwords
    if settings.log_json:
        logger.add(
            _write_json,
            level=settings.log_level,
            format="{message}",
            backtrace=False,
            diagnose=False,
        )
    else:
        logger.add(sys.stderr, level=settings.log_level, backtrace=False, diagnose=False)
    quiet_libraries()


def quiet_libraries() -> None:
    """Faust sets the root logger to DEBUG when its worker starts; call this again after that."""
    logging.basicConfig(handlers=[_Forward()], level=logging.WARNING, force=True)
