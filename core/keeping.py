"""Public pages are kept whole: which ones, for how long, and the store in front of everything.

A page that anybody may read is the same for all who are not signed in, and may be `PAGE_SECONDS`
old. So it is never told that something changed: whatever changes, by whichever process, command
or hour, is seen when that time is over. `X-Accel-Expires` names the last second, for the store
here and for nginx alike; what does not carry it is kept by neither.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from gzip import compress, decompress
from threading import Event, Lock
from time import monotonic, time
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# With the second for which shared parts may be old (core.shared), and what reading them takes:
# five until readers see it.
PAGE_SECONDS = 3.9
# From then on, one request makes the page anew while the others still get the old one.
RENEW_SECONDS = 3.0
# Once it is too old, the others wait so long for the one; then each makes it for himself.
WAIT_SECONDS = 1.0
MAX_BYTES = 24 * 1024 * 1024
MAX_PAGE_BYTES = 1024 * 1024
# What a page takes beside its bodies and its address: three lists of headers.
PAGE_OVERHEAD_BYTES = 6 * 1024
EXPIRES = "X-Accel-Expires"
CONDITIONS = {
    "HTTP_IF_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_UNMODIFIED_SINCE",
}

# What Facebook, Zalo and others add to the addresses of links, which concerns no page.
TRACKING = re.compile(r"(?:^|(?<=&))(?:fbclid|gclid|zarsrc|utm_[a-z_]+)=[^&]*(?:&|$)")
# The weight 0 refuses an encoding.
REFUSED = re.compile(r"\s*q=0(?:\.0*)?\s*")

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class KeepMiddleware:
    """Mark the answers that may be kept; the outermost but one, so that it sees them finished."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Before anything is read, since what is read may be that old.
        start = time()
        response = self.get_response(request)
        if self._may_be_kept(request, response):
            # nginx keeps it to the end of the second named; of the two headers, version 1.22
            # obeys the first.
            response.headers[EXPIRES] = f"@{int(start + PAGE_SECONDS) - 1}"
            response.headers["Cache-Control"] = "no-cache"
        return response

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *args: Any) -> None:
        """Note whether everybody may open the page."""
        request.is_public = not getattr(view, "login_required", True)  # type: ignore[attr-defined]

    @staticmethod
    def _may_be_kept(request: HttpRequest, response: HttpResponse) -> bool:
        """Whether the answer is the same for every reader who is not signed in."""
        return (
            request.method == "GET"
            and response.status_code == 200
            and getattr(request, "is_public", False)
            and settings.SESSION_COOKIE_NAME not in request.COOKIES
            and not response.cookies
            and not response.streaming
            and "ETag" in response.headers
            and "Cache-Control" not in response.headers
            and response.get("Vary", "Accept-Encoding") == "Accept-Encoding"
            and "'nonce-" not in response.headers["Content-Security-Policy"]
        )


@dataclass
class Page:
    """A page as it is kept: plain and compressed, each with its headers."""

    renew_at: float
    until: float
    etag: str
    plain: tuple[Headers, bytes]
    not_modified: Headers
    # What Django compressed, if it was asked to.
    came_packed: bytes | None

    @cached_property
    def packed(self) -> tuple[Headers, bytes]:
        """The compressed form; made when it is first asked for, as nearly every browser does."""
        body = self.came_packed or compress(self.plain[1], 6, mtime=0)
        fixed = {**dict(self.plain[0]), "ETag": f"W/{self.etag}", "Content-Encoding": "gzip"}
        return [*{**fixed, "Content-Length": str(len(body))}.items()], body


class PageStore:
    """Keeps public pages in the memory of the process.

    Wraps Django's application, which begins its answer once, before it returns it.
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self._cookie = f"{settings.SESSION_COOKIE_NAME}="
        self._files = (settings.STATIC_URL, settings.MEDIA_URL)
        self._pages: dict[tuple[str, ...], Page] = {}
        self._bytes = 0
        self._renewing: dict[tuple[str, ...], Event] = {}
        self._lock = Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self.application(environ, start_response)
        query = environ.get("QUERY_STRING", "")
        if query:
            query = environ["QUERY_STRING"] = TRACKING.sub("", query).rstrip("&")
        if self._cookie in environ.get("HTTP_COOKIE", ""):
            return self.application(environ, start_response)
        key = (
            environ.get("HTTP_HOST", ""),
            environ.get("HTTP_X_FORWARDED_PROTO") or environ["wsgi.url_scheme"],
            environ.get("PATH_INFO", ""),
            query,
        )
        page = self._pages.get(key)
        if page is not None and monotonic() < page.renew_at:
            return _answer(page, environ, start_response)
        if page is None:
            return self._make(key, environ, start_response)
        return self._renew(key, page, environ, start_response)

    def _renew(
        self,
        key: tuple[str, ...],
        page: Page,
        environ: Environ,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """Have the page made anew, unless another reader does: then answer the old, or wait."""
        is_over = monotonic() >= page.until
        done = Event()
        with self._lock:
            begun = self._renewing.setdefault(key, done)
        if begun is done:
            try:
                return self._make(key, environ, start_response)
            finally:
                del self._renewing[key]
                done.set()
        if is_over:
            # Readers who all come back at once would else make the same page, and each wait long.
            begun.wait(WAIT_SECONDS)
            page = self._pages.get(key, page)
            if monotonic() >= page.until:
                return self._make(key, environ, start_response)
        return _answer(page, environ, start_response)

    def _make(
        self, key: tuple[str, ...], environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Have the page made, and keep it if it may be kept."""
        start = monotonic()
        begun: list[Any] = []
        asked = environ
        if not environ.get("PATH_INFO", "").startswith(self._files):
            # The whole page is wanted, also when this reader has it or asks for its headers.
            asked = {name: v for name, v in environ.items() if name not in CONDITIONS}
            asked["REQUEST_METHOD"] = "GET"
        body = self.application(asked, lambda *begin: begun.extend(begin))
        headers: Headers = begun[1]
        if not any(name == EXPIRES for name, _ in headers):
            start_response(*begun)
            return body
        try:
            content = b"".join(body)
        finally:
            if callable(close := getattr(body, "close", None)):
                close()
        page = _page(headers, content, start)
        if len(page.plain[1]) <= MAX_PAGE_BYTES:
            self._keep(key, page)
        return _answer(page, environ, start_response)

    def _keep(self, key: tuple[str, ...], page: Page) -> None:
        with self._lock:
            if self._bytes > MAX_BYTES:
                self._pages, self._bytes = {}, 0
            before = self._pages.get(key)
            if before and before.until > page.until:
                return  # It was begun later and is done sooner.
            self._bytes += _size(key, page) - (_size(key, before) if before else 0)
            self._pages[key] = page


def _answer(page: Page, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    known = environ.get("HTTP_IF_NONE_MATCH")
    # A list of its own for each answer: the server may change it.
    if known and (page.etag in known or known == "*"):
        start_response("304 Not Modified", [*page.not_modified])
        return []
    packed = _takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
    headers, body = page.packed if packed else page.plain
    start_response("200 OK", [*headers])
    return [body] if environ["REQUEST_METHOD"] == "GET" else []


@lru_cache(maxsize=64)
def _takes_gzip(accepted: str) -> bool:
    """Tell whether Accept-Encoding names gzip and does not refuse it."""
    codings = [coding.partition(";") for coding in accepted.lower().split(",")]
    return any(
        name.strip() in ("gzip", "x-gzip") and not REFUSED.fullmatch(weight)
        for name, _, weight in codings
    )


def _size(key: tuple[str, ...], page: Page) -> int:
    # The compressed form, made or not, is hardly ever larger.
    return PAGE_OVERHEAD_BYTES + 2 * len(page.plain[1]) + sum(map(len, key))


def _page(headers: Headers, content: bytes, start: float) -> Page:
    """Return the page to keep from the form that was asked for."""
    is_packed = any(name == "Content-Encoding" for name, _ in headers)
    plain = decompress(content) if is_packed else content
    fixed = {name: value for name, value in headers if name not in ("Content-Encoding", "Vary")}
    etag = fixed["ETag"].removeprefix("W/")
    fixed["Vary"] = "Accept-Encoding"
    weak = {**fixed, "ETag": f"W/{etag}", "Content-Encoding": "gzip"}
    unchanged = {n: v for n, v in weak.items() if not n.startswith("Content-") or "Sec" in n}
    return Page(
        renew_at=start + RENEW_SECONDS,
        until=start + PAGE_SECONDS,
        etag=etag,
        plain=([*{**fixed, "ETag": etag, "Content-Length": str(len(plain))}.items()], plain),
        not_modified=[*unchanged.items()],
        came_packed=content if is_packed else None,
    )
