"""Logs: loguru, one flat JSON object a line for machines or a coloured line for people."""

import logging
import sys
import traceback
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Final

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


_OLD_FILES: Final = 5


def _json_line(message: "Message") -> str:
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
    return orjson.dumps(line, default=str).decode()


def _to_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _to_file(file: Path, most_bytes: int) -> Callable[[str], None]:
    """Writes lines to a file; a full one is renamed `.1`, and so on."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        file, maxBytes=most_bytes, backupCount=_OLD_FILES, encoding="utf-8"
    )
    return lambda line: handler.emit(logging.makeLogRecord({"msg": line}))


def set_up_logs(process: str, settings: CommonSettings) -> None:
    """Write to stderr, or to the log file of the settings. Libraries speak from WARNING up:
    aiokafka and Faust build a record for each message below it (9 % of the worker's CPU when
    measured).
    """
    logger.remove()
    logger.configure(extra={"process": process})
    # diagnose would print variables' values: what people wrote, keys, passwords
    file = settings.log_file
    write = _to_stderr if file is None else _to_file(file, settings.log_file_bytes)
    if settings.log_json:
        logger.add(
            lambda message: write(_json_line(message)),
            level=settings.log_level,
            format="{message}",
            backtrace=False,
            diagnose=False,
        )
    else:
        sink = sys.stderr if file is None else (lambda message: write(message.rstrip("\n")))
        logger.add(sink, level=settings.log_level, backtrace=False, diagnose=False)
    quiet_libraries()


def quiet_libraries() -> None:
    """Faust sets the root logger to DEBUG when its worker starts; call this again after that."""
    logging.basicConfig(handlers=[_Forward()], level=logging.WARNING, force=True)
