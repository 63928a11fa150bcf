"""The way of every request: its number and log line, its limits, headers and language."""

import base64
import logging
import secrets
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.locale import LocaleMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils import translation
from django.utils.module_loading import import_string

from core.csp import build_policy
from core.errors import error_page
from core.logs import path_for_log, request_id

GetResponse = Callable[[HttpRequest], HttpResponse]

logger = logging.getLogger("portal.request")

MAX_DIGITS = 18
# Signs that can be read out over the telephone: no 0/O, 1/I.
READABLE = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ")
HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        "magnetometer=(), microphone=(), payment=(), usb=()"
    ),
}


class RequestLogMiddleware:
    """Number the request and log one line when it is answered."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = base64.b32encode(secrets.token_bytes(5)).translate(READABLE).decode()
        token = request_id.set(number)
        start = time.perf_counter()
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = number
            fields = {
                "method": request.method,
                "path": path_for_log(request),
                "status": response.status_code,
                "ms": round((time.perf_counter() - start) * 1000, 1),
            }
            logger.info("request", extra={"fields": fields})
            return response
        finally:
            request_id.reset(token)


class HeadersMiddleware:
    """Add the fixed security headers; keep what a signed-in person sees out of every store."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        # The cookie alone decides: asking for the user would make every page vary by cookie.
        # Files are the same for all who may have them, and photos say themselves who may.
        is_file = request.path.startswith((settings.STATIC_URL, settings.MEDIA_URL))
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not is_file:
            response.headers["Cache-Control"] = "no-store, private"
        cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
        # Not with what a page sends by itself: the counter's token is in that storage.
        if cookie is not None and not cookie.value and request.path not in settings.SHORT_WAY:
            # Signed out: what was shown must not come back with the Back button.
            response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
        return response


class RequestSizeMiddleware:
    """Answer 413 to a body that says it is larger than the limit, before reading it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        declared = request.META.get("CONTENT_LENGTH") or "0"
        if not declared.isascii() or not declared.isdecimal():
            return error_page(request, 400)
        # Python refuses to read a number of thousands of digits.
        if len(declared) > MAX_DIGITS or int(declared) > settings.REQUEST_MAX_BYTES:
            return error_page(request, 413)
        return self.get_response(request)


class TextGZipMiddleware(GZipMiddleware):
    """Compress text only: photos are compressed already and are streamed from the disk."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "")
        if kind.startswith("text/") or "json" in kind or "xml" in kind:
            return super().process_response(request, response)
        return response


class PathLocaleMiddleware(LocaleMiddleware):
    """Take the language from the address alone: `/en/…` is English, all else Vietnamese.

    Django's own answer would say `Vary: Accept-Language` although nothing depends on it,
    and shared caches would keep one copy for each browser setting.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response.headers.setdefault("Content-Language", translation.get_language())
        return response


class SignInMiddleware(LoginRequiredMiddleware):
    """Require sign-in for every view that does not say `@login_not_required`.

    Django's own asks for the user first, and so would make every public page vary by cookie.
    """

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *args: Any
    ) -> HttpResponseBase | None:
        """Let public views pass before the session is touched."""
        if not getattr(view, "login_required", True):
            return None
        return super().process_view(request, view, *args)


class ShortWayMiddleware:
    """Answer the addresses of `SHORT_WAY` here, unless a session comes with the request.

    What most readers send with every page needs neither a language nor a user, nor a line in the
    log beside the web server's own, which are most of a request's work. With a session it goes
    the whole way, to be known as the person's. For answers that are no pages.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.views = {
            path: convert_exception_to_response(import_string(name))
            for path, name in settings.SHORT_WAY.items()
        }
        policy = build_policy(settings.SECURE_CSP, None)
        self.headers = [*HEADERS.items(), ("Content-Security-Policy", policy)]
        self.security = SecurityMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = self.views.get(request.path)
        if view is None or settings.SESSION_COOKIE_NAME in request.COOKIES:
            return self.get_response(request)
        response: HttpResponse = view(request)  # type: ignore[assignment]
        for name, value in self.headers:
            response.headers[name] = value
        return self.security.process_response(request, response)
