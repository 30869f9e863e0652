"""Traces: W3C trace context by hand, spans through OpenTelemetry where an endpoint is set."""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opentelemetry import trace as otel

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_TRACEPARENT: Final = re.compile(
    r"^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$"
)
_SAMPLED = 0x01

Chance = Callable[[int], bytes]
"""So many random bytes."""


@dataclass(frozen=True)
class Trace:
    """A place in a trace: `traceparent` of https://www.w3.org/TR/trace-context/ section 3.2."""

    trace_id: str
    span_id: str
    flags: int = _SAMPLED

    def __str__(self) -> str:
        """The header's value, in version 00."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags:02x}"

    def child(self, chance: Chance = secrets.token_bytes) -> "Trace":
        """A new span in the same trace."""
        return Trace(self.trace_id, _identifier(8, chance), self.flags)


def fresh(chance: Chance = secrets.token_bytes) -> Trace:
    """The first span of a new trace, sampled."""
    return Trace(_identifier(16, chance), _identifier(8, chance))


def parse(traceparent: str | None) -> Trace | None:
    """The trace a header names; None where it is missing or invalid, so that a new one begins.

    A later version may carry more after the flags (3.2.4 of the specification); version ff and
    ids of zeros are invalid.
    """
    match = _TRACEPARENT.match(traceparent.strip()) if traceparent else None
    if match is None:
        return None
    version, trace_id, span_id, flags, more = match.groups()
    if (
        version == "ff"
        or (version == "00" and more)
        or not (int(trace_id, 16) and int(span_id, 16))
    ):
        return None
    return Trace(trace_id, span_id, int(flags, 16))


def continued(traceparent: str | None, chance: Chance = secrets.token_bytes) -> Trace:
    """A child of the trace that a header names, or a new trace."""
    known = parse(traceparent)
    return known.child(chance) if known is not None else fresh(chance)


@contextmanager
def span(
    name: str, traceparent: str | None, provider: otel.TracerProvider | None = None
) -> Iterator[Trace]:
    """Work on behalf of whoever sent `traceparent`; yields the place to hand on.

    Without `set_up_traces` no span is recorded and only the context goes on.
    """
    known = parse(traceparent)
    parent = otel.set_span_in_context(otel.NonRecordingSpan(_context(known))) if known else None
    tracer = otel.get_tracer("hongyan", tracer_provider=provider)
    with tracer.start_as_current_span(name, context=parent) as current:
        here = current.get_span_context()
        if current.is_recording():
            yield Trace(f"{here.trace_id:032x}", f"{here.span_id:016x}", int(here.trace_flags))
        else:
            yield known.child() if known else fresh()


def set_up_traces(process: str, endpoint: str | None) -> None:
    """Record spans from here on where there is an OTLP/HTTP endpoint (its base address)."""
    if endpoint is not None:
        otel.set_tracer_provider(exporting(process, endpoint))


def exporting(process: str, endpoint: str) -> "TracerProvider":
    """A provider that sends its spans in batches; it flushes at the process's end."""
    # Imported here: 20 MB that a process without an endpoint need not carry.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"hongyan-{process}"}))
    # The limit counts retries too: with a collector away it bounds the end of the process.
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=2)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _context(trace: Trace) -> otel.SpanContext:
    return otel.SpanContext(
        int(trace.trace_id, 16), int(trace.span_id, 16), True, otel.TraceFlags(trace.flags)
    )


def _identifier(size: int, chance: Chance) -> str:
    return chance(size).hex()
