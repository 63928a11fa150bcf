"""Ask a WSGI application as a server does; a small application to ask."""

from collections.abc import Callable, Iterable, Iterator
from threading import Event
from typing import Any, NamedTuple
from wsgiref.util import setup_testing_defaults

from core.keeping import EXPIRES, Environ, Headers

ZIPPED = {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br, zstd"}


class Answer(NamedTuple):
    """All that goes to the reader."""

    status: str
    headers: Headers
    body: bytes


def ask(application: Any, path: str = "/", query: str = "", **more: Any) -> Answer:
    """Ask as a server does, and read and close the answer."""
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, **more}
    setup_testing_defaults(environ)
    begun: list[Any] = []
    body = application(environ, lambda *begin: begun.append(begin))
    content = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    [(status, headers)] = begun
    assert type(headers) is list
    return Answer(status, headers, content)


FIXED: Headers = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "default-src 'none'"),
    (EXPIRES, "@1"),
    ("Cache-Control", "no-cache"),
]


class Body(list[bytes]):
    """A body that remembers whether it was closed, and may break off."""

    closed = broken = False

    def __iter__(self) -> Iterator[bytes]:
        yield from super().__iter__()
        if self.broken:
            raise ConnectionError

    def close(self) -> None:
        self.closed = True


class Pages:
    """An application whose every answer has a number, and waits or fails if told."""

    def __init__(self, *headers: tuple[str, str], text: str = "") -> None:
        self.headers = [*FIXED, *headers]
        self.text = text
        self.asked: list[Environ] = []
        self.given: list[Body] = []
        self.waiting = Event()
        self.gates: dict[int, Event] = {}
        self.before: dict[int, Callable[[], Any]] = {}

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        self.asked.append(dict(environ))
        number = len(self.asked)
        self.before.get(number, lambda: None)()
        if gate := self.gates.get(number):
            self.waiting.set()
            assert gate.wait(30)
        text = f"answer {number}{self.text}".encode()
        own = [("ETag", f'"{number}"'), ("Content-Length", str(len(text)))]
        start_response("200 OK", [*self.headers, *own])
        self.given.append(Body([text[:4], text[4:]]))
        return self.given[-1]


class Clock:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now
