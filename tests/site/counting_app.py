"""A stub of the portal that says of its pages how long they may be kept, and counts requests."""

import gzip
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import cast

from tests.site.deployment import Site

LONG = 60  # Seconds in which no test can be late.
SECURITY = {
    "Content-Security-Policy": "default-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=()",
    "Strict-Transport-Security": "max-age=5",
    "X-Request-ID": "STUB2345",
}


@dataclass(frozen=True)
class Answer:
    """What the stub says to one path; `seconds` is how long it may be kept, if it may."""

    text: str = "page"
    status: int = 200
    seconds: int | None = LONG
    control: str = "no-cache"
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Asked:
    """One request that reached the stub."""

    method: str
    target: str
    headers: Message


@dataclass
class App:
    """A stub of the portal that counts; each answer differs from all others by its number."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    is_down: bool = False

    def times(self, path: str) -> int:
        """Return how often `path` was asked for, whatever the query."""
        return sum(asked.target.partition("?")[0] == path for asked in self.asked)


class Handler(BaseHTTPRequestHandler):
    """Answer as the portal would; a page that may be kept is one without a session."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # Head and body in one piece, or each answer waits for an acknowledgement.

    def answer(self) -> None:
        app = cast("Server", self.server).app
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if app.is_down:
            self.close_connection = True
            return
        # As it came: Python's own `path` makes one slash of two.
        target = self.requestline.split()[1]
        app.asked.append(Asked(self.command, target, self.headers))
        number, path = len(app.asked), target.partition("?")[0]
        answer = app.answers.get(path, Answer())
        body = f"{answer.text} #{number} {self.headers['Host']} {target}".encode()
        headers, tag = [*SECURITY.items(), *answer.more], f'"{answer.text}"'
        if self.headers.get("Accept-Encoding") == "gzip":
            body, tag = gzip.compress(body), f"W/{tag}"
            headers.append(("Content-Encoding", "gzip"))
        if answer.seconds is not None:
            headers.append(("X-Accel-Expires", f"@{int(time.time()) + answer.seconds}"))
        headers += [("ETag", tag), ("Vary", "Accept-Encoding, Cookie")]
        self.send(answer, body, headers)

    def send(self, answer: Answer, body: bytes, headers: list[tuple[str, str]]) -> None:
        matches = answer.text in self.headers.get("If-None-Match", "")
        self.send_response(304 if matches else answer.status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Cache-Control", answer.control)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        if not matches:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and not matches:
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_OPTIONS = do_PROPFIND = answer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """The stub as a server, a thread for each connection of nginx."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int) -> None:
        self.app = App()
        super().__init__(("127.0.0.1", port), Handler)


@contextmanager
def app_running(site: Site) -> Iterator[App]:
    """Run the stub behind nginx."""
    with Server(site.app) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.app
        finally:
            server.shutdown()
            thread.join()
