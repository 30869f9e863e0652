"""Refusals that a caller caused, with the HTTP status that the control API gives them."""

from typing import Any


class Refusal(Exception):
    """A request that cannot be done; `status` and `extra` go into the problem document."""

    def __init__(self, status: int, detail: str, **extra: Any):
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.extra = extra


class StreamBroken(Exception):
    """The connection must end now, without an answer."""


class CommandAborted(Exception):
    """The running command ends with `status`, its output lost."""

    def __init__(self, status: int):
        super().__init__(f"aborted with status {status}")
        self.status = status
