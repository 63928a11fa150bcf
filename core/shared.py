"""Parts that many pages show alike: made once a second for readers, each time for who signed in.

All parts of one second go together: what is made of another part is never older than that part,
and a request keeps to the second in which it asked first.
"""

from collections.abc import Callable
from secrets import token_hex
from typing import TypeVar

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django.utils.translation import get_language

SHARED_SECONDS = 1
_SECOND = "shared"

Part = TypeVar("Part")


def shared(request: HttpRequest, name: str, make: Callable[[], Part]) -> Part:
    """Return what `make` returned in this second for a request in the same language.

    The name says what else the part depends on. Whoever has a session cookie may be the one who
    changes it, and so always gets a part of his own.
    """
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        return make()
    parts = caches["process"]
    if not hasattr(request, "second"):
        request.second = parts.get_or_set(_SECOND, token_hex, SHARED_SECONDS)  # type: ignore[attr-defined]
    name = f"{name}-{get_language()}"
    return parts.get_or_set(name, make, SHARED_SECONDS, version=request.second)  # type: ignore[attr-defined, return-value]


def begin_anew() -> None:
    """Let the readers of this process see at once what has just changed."""
    caches["process"].delete(_SECOND)
