"""W3C trace context, by the rules and examples of the specification."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from connectors.telemetry import Trace, continued, exporting, fresh, parse, set_up_traces, span

PUBLISHED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_the_published_example_is_read_and_written() -> None:
    assert str(parse(PUBLISHED)) == PUBLISHED


def test_a_child_keeps_the_trace_and_gets_a_span_of_its_own() -> None:
    parent = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", 3)
    child = parent.child(lambda size: b"\x01" * size)
    assert child == Trace(parent.trace_id, "01" * 8, 3)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "00",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        f"{PUBLISHED}-more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
    ],
)
def test_an_invalid_header_begins_a_new_trace(header: str | None) -> None:
    assert parse(header) is None
    begun = continued(header, lambda size: b"\x02" * size)
    assert begun == Trace("02" * 16, "02" * 8)
    assert parse(str(fresh())) is not None


def test_a_later_version_may_say_more() -> None:
    assert parse(f"01{PUBLISHED[2:]}-more") == parse(PUBLISHED)


def test_without_an_endpoint_the_trace_goes_on_unrecorded() -> None:
    set_up_traces("api", None)
    with span("work", PUBLISHED) as here:
        assert here.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
        assert here.span_id != "00f067aa0ba902b7"


def test_with_an_endpoint_the_span_arrives_as_the_callers_child() -> None:
    got: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the base class's name
            got.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        serving = threading.Thread(target=collector.serve_forever)
        serving.start()
        provider = exporting("api", f"http://127.0.0.1:{collector.server_port}")
        with span("work", PUBLISHED, provider) as here:
            pass
        provider.shutdown()
        collector.shutdown()
        serving.join()
    sent = ExportTraceServiceRequest.FromString(got[0]).resource_spans[0].scope_spans[0].spans[0]
    assert (sent.name, sent.trace_id.hex()) == ("work", here.trace_id)
    assert (sent.parent_span_id.hex(), sent.span_id.hex()) == ("00f067aa0ba902b7", here.span_id)
