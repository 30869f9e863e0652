"""The worker's process: signals in, exit codes out."""

import asyncio
import gc
import os
import signal
import sys
import time

from loguru import logger

from connectors.failpoint import arm
from connectors.liveness import Liveness
from connectors.logs import set_up_logs
from connectors.metrics import serve_metrics
from connectors.settings import WorkerSettings
from schemas.failure import Permanent
from streams.worker import Worker


def run(settings: WorkerSettings) -> None:
    """Work until SIGTERM or SIGINT (exit 0), or until something breaks (exit 1).

    A stop takes at most 8 s: 5 s for running plugins, the rest for commits and goodbyes.
    """
    set_up_logs("worker", settings)
    arm(settings.failpoint, settings.failpoint_flag)
    liveness = Liveness(time.monotonic)
    serve_metrics(settings, liveness)
    code = asyncio.run(_main(settings, liveness))
    logger.complete()
    sys.stderr.flush()
    # Faust's consumer thread may hang on a broker that is away; nothing is left that matters.
    os._exit(code)


async def _main(settings: WorkerSettings, liveness: Liveness) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    worker = Worker(settings, liveness=liveness)
    work = asyncio.create_task(_work(worker, settings), name="work")
    stopping = asyncio.create_task(stop.wait(), name="signal")
    try:
        await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            logger.info("stopping")
            return 0
        return work.result()
    finally:
        work.cancel()
        stopping.cancel()
        await asyncio.gather(work, stopping, return_exceptions=True)
        try:
            await asyncio.wait_for(worker.stop(0 if not stop.is_set() else 5), 7.5)
        except TimeoutError:
            logger.warning("the stop took too long; what was not committed comes again")


def calm_collector() -> None:
    """Full collections cost a tenth of the CPU under load: they walk every record that waits in a
    lane. What is loaded by now stays, so it need not be walked; what a run makes, reference counts
    free.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _work(worker: Worker, settings: WorkerSettings) -> int:
    """Start and wait for the fault that ends it; always ends in 1."""
    try:
        await worker.start()
        await worker.assigned.wait()
        if settings.ready_file is not None:
            settings.ready_file.touch()
        logger.info("the worker consumes")
        calm_collector()
        await worker.broken()
    except Permanent as error:
        logger.error("{}", error)
    except Exception as error:  # noqa: BLE001  # the process's supervisor: say it, end with 1
        logger.opt(exception=error).error("the worker cannot go on: {}", repr(error))
    return 1
