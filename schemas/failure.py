"""The error tree: an error's class is the decision on where its record goes.

Failure
├── Retryable            try again: transient
│   ├── Throttled        … not before `retry_after`
│   └── DependencyDown   … when the dependency is back; no attempt is spent
│       └── CircuitOpen  … it was not even asked
├── Permanent            never try again: a person decides (`bot.dlq`)
│   ├── BadRequest       the other side refused this very request
│   │   └── BadValue     … for a value that a person said; the message is for people
│   ├── Denied           a plugin was not granted it by its owner
│   ├── Spent            … or what was granted is used up for this day
│   └── Bug              our code, or a plugin's, is wrong
├── Poison               the bytes are no record (`bot.poison`)
└── Expired              too late to be of use
"""

from datetime import timedelta


class Failure(Exception):
    """Something went wrong, and its class says what follows."""

    kind = "failure"


class Retryable(Failure):
    """It may go well another time."""

    kind = "retryable"


class Throttled(Retryable):
    """The other side asks for patience."""

    kind = "throttled"

    def __init__(self, message: str, retry_after: timedelta | float) -> None:
        """`retry_after` is what the other side named; a number is seconds."""
        super().__init__(message)
        self.retry_after = (
            retry_after if isinstance(retry_after, timedelta) else timedelta(seconds=retry_after)
        )


class DependencyDown(Retryable):
    """Something we stand on is away; waiting for it spends no attempt."""

    kind = "dependency_down"

    def __init__(self, message: str = "", *, dependency: str | None = None) -> None:
        """`dependency` names what is away, where that is known."""
        super().__init__(message)
        self.dependency = dependency


class CircuitOpen(DependencyDown):
    """It failed so often that it is left alone for a while: it was not asked this time."""


class Permanent(Failure):
    """It will go wrong every time."""

    kind = "permanent"


class BadRequest(Permanent):
    """The other side refused this very request."""

    kind = "bad_request"


class BadValue(BadRequest):
    """What a person said does not fit; the message says why, in words for people."""

    kind = "bad_value"


class Denied(Permanent):
    """A plugin instance tried what its owner has not granted it."""

    kind = "denied"

    def __init__(self, message: str, *, capability: str = "", target: str = "") -> None:
        """`capability` is what would have to be granted, `target` what it was tried on."""
        super().__init__(message)
        self.capability = capability
        self.target = target

    @property
    def sought(self) -> str:
        """What was tried, in a word: `http api.example.com`."""
        return f"{self.capability} {self.target}".strip()


class Spent(Permanent):
    """What an instance is granted for this day is used up."""

    kind = "spent"


class Bug(Permanent):
    """The code is wrong."""

    kind = "bug"


class Poison(Failure):
    """Bytes that are no record of ours."""

    kind = "poison"


class Expired(Failure):
    """Too late to be of use."""

    kind = "expired"
