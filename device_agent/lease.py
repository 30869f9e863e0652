"""The lease: a token file on the phone itself, so that one agent alone sends from it.

The file holds `token holder expiry`; expiry in seconds of the phone's own clock, which all agents
read alike. The sending tap compares the whole file with what we wrote last, in the same shell
command, so an agent that was stopped between check and tap cannot tap later. It also compares the
phone's clock with the lease's end: Android starts a program for each `input`, so a finger lands up
to a second after the comparison, and by then nobody else may have taken the phone and looked.
"""

from collections.abc import Callable
from dataclasses import dataclass

from device_agent.phone import Phone
from schemas.failure import Failure, Retryable

FILE = "/data/local/tmp/hongyan.lease"
MARK = "==lease=="
SECONDS = 15
RENEW_SECONDS = 5.0
TAP_SECONDS = 3
"""A tap that begins so long before the lease's end has landed by then."""
LANDING_SECONDS = 1.0
"""How long a tap that a dead process of ours began may take to land."""


class LeaseLost(Failure):
    """Another agent has the phone."""

    kind = "lease_lost"


@dataclass(frozen=True)
class Grant:
    """What the file says. Pure reading of it by `read`."""

    token: str
    holder: str
    expiry: int

    @property
    def line(self) -> str:
        """The file's content."""
        return f"{self.token} {self.holder} {self.expiry}"


def read(line: str) -> Grant | None:
    """The grant a file's content is; None where there is none."""
    parts = line.strip().split(" ")
    try:
        return Grant(parts[0], parts[1], int(parts[2])) if len(parts) == 3 else None  # three parts
    except ValueError:
        return None


class Lease:
    """One agent's lease of one phone. `holder` and `token` hold no spaces or quotes."""

    def __init__(
        self, phone: Phone, *, holder: str, token: str, monotonic: Callable[[], float]
    ) -> None:
        """`token` is fresh for each process: an older process of ours cannot tap with it."""
        self._phone = phone
        self._holder = holder
        self._token = token
        self._monotonic = monotonic
        self._held: Grant | None = None
        self._clock = (0, 0.0)
        self.inherited = False
        """Whether the lease was taken from a process of ours that may have tapped just before."""
        self.foreign = False
        """Whether the lease that was taken had been another agent's."""

    @property
    def held(self) -> bool:
        """Whether we believe to have it."""
        return self._held is not None

    async def acquire(self) -> float:
        """Take the lease if it is free, expired or our own; else seconds to wait before asking
        again.
        """
        answer = await self._phone.shell(f"date +%s; cat {FILE} 2>/dev/null")
        first, _, rest = answer.strip().partition("\n")
        try:
            clock = int(first)
        except ValueError as error:
            raise Retryable(f"the phone's clock cannot be read: {first!r}") from error
        other = read(rest)
        if other is not None and other.holder != self._holder and other.expiry > clock:
            return float(min(other.expiry - clock, SECONDS))
        self._clock = (clock, self._monotonic())
        self.foreign = other is not None and other.holder != self._holder
        alive = other is not None and other.expiry > clock
        self.inherited = alive and other is not None and other.token != self._token
        granted = Grant(self._token, self._holder, clock + SECONDS)
        await self._phone.shell(f"echo '{granted.line}' > {FILE}")
        self._held = granted
        return 0.0

    def renewal(self) -> str:
        """A shell command that renews the lease; the lines after its `MARK` are for `renewed`."""
        held = self._current()
        new = Grant(held.token, held.holder, int(self._phone_now()) + SECONDS)
        return (
            f"""echo {MARK}; date +%s; [ "$(cat {FILE} 2>/dev/null)" = "{held.line}" ] """
            f"""&& echo '{new.line}' > {FILE}; cat {FILE} 2>/dev/null"""
        )

    def renewed(self, answer: str) -> bool:
        """Take over what the renewal left in the file; False where the file is gone or mangled, or
        the phone's clock jumped away from the lease: it is to be acquired anew.

        Raises:
            LeaseLost: another agent's token stands there.

        """
        lines = answer.rpartition(MARK)[2].strip().splitlines()
        if lines and lines[0].strip().isdigit():
            self._clock = (int(lines[0]), self._monotonic())
        grant = read(lines[-1]) if len(lines) > 1 else None
        if grant is None:
            self._held = None
            return False
        if grant.token != self._token:
            self._held = None
            raise LeaseLost(f"another agent took the phone: {grant.holder}")
        self._held = grant
        return grant.expiry - self._clock[0] > TAP_SECONDS

    def _phone_now(self) -> float:
        at, then = self._clock
        return at + self._monotonic() - then

    def tap(self, x: int, y: int) -> str:
        """The shell command that taps only while the file is ours and the lease lasts long enough;
        prints tapped or refused.
        """
        held = self._current()
        return (
            f"""[ "$(date +%s)" -lt {held.expiry - TAP_SECONDS} ] """
            f"""&& [ "$(cat {FILE} 2>/dev/null)" = "{held.line}" ] """
            f"""&& input tap {x} {y} && echo tapped || echo refused"""
        )

    def _current(self) -> Grant:
        if self._held is None:
            raise LeaseLost("this agent holds no lease")
        return self._held
