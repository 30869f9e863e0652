"""A real HTTP server that takes webhooks, checks their signatures, and answers as told."""

import json
import ssl
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connectors.api.signature import BadSignature, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr"


@dataclass(frozen=True)
class Taken:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes
    genuine: bool

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def data(self) -> dict[str, Any]:
        """The action in it."""
        data: dict[str, Any] = json.loads(self.body)["data"]
        return data


@dataclass
class Receiver:
    """`answers`: a status (and headers) for each of the next requests; then 204."""

    secret: str = SECRET
    taken: list[Taken] = field(default_factory=list)
    answers: "deque[tuple[int, dict[str, str]]]" = field(default_factory=deque)
    hang: threading.Event = field(default_factory=threading.Event)
    hanging: bool = False
    url: str = ""

    def will_answer(self, status: int, times: int = 1, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.extend([(status, named)] * times)

    @property
    def texts(self) -> list[str]:
        """What came, each action once, in the order of first arrival."""
        first = {one.id: one.data["content"].get("text", "") for one in reversed(self.taken)}
        order = dict.fromkeys(one.id for one in self.taken)
        return [first[name] for name in order]

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        try:
            genuine = bool(verify(SecretStr(self.secret), headers, body, datetime.now(UTC)))
        except BadSignature:
            genuine = False
        self.taken.append(Taken(path, headers, body, genuine))
        if self.hanging:
            self.hang.wait(20)
        return self.answers.popleft() if self.answers else (204, {})


@contextmanager
def receiving(secret: str = SECRET, certificate: Path | None = None) -> Iterator[Receiver]:
    """A receiver on a free port of this machine; with a certificate it speaks TLS."""
    receiver = Receiver(secret)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more = receiver.take(self.path, headers, body)
            self.send_response(status)
            for name, value in {"content-length": "0", **more}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/in"
    try:
        yield receiver
    finally:
        receiver.hang.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
