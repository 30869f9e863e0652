"""Logs: loguru, one JSON object a line for machines or a coloured line for people."""

import logging
import sys

from loguru import logger

from connectors.settings import CommonSettings


class _Forward(logging.Handler):
    """The standard library's records, which our dependencies write, go to loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        logger.bind(logger=record.name).opt(depth=6, exception=record.exc_info).log(
            record.levelno, record.getMessage()
        )


def set_up_logs(process: str, settings: CommonSettings) -> None:
    """Write to stderr. Libraries speak from WARNING up: aiokafka and Faust build a record for each
    message below it (9 % of the worker's CPU when measured).
    """
    logger.remove()
    logger.configure(extra={"process_name": process})
    logger.add(
        sys.stderr,
        level=settings.log_level,
        serialize=settings.log_json,
        backtrace=False,
        diagnose=False,  # it would print variables' values: what people wrote, keys, passwords
    )
    quiet_libraries()


def quiet_libraries() -> None:
    """Faust sets the root logger to DEBUG when its worker starts; call this again after that."""
    logging.basicConfig(handlers=[_Forward()], level=logging.WARNING, force=True)
