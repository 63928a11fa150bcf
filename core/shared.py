"""Parts that many pages show alike: made once a second for readers, each time for who signed in.

All parts of one second go together: what is made of another part is never older than that part,
and a request keeps to the second in which it asked first.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from secrets import token_hex
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
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


@dataclass(frozen=True)
class _Made:
    """What a template is rendered from; two of one key look alike."""

    template_name: str
    key: tuple[Hashable, ...]
    language: str | None
    zone: str
    context: dict[str, Any] = field(compare=False)


def render_once(template_name: str, key: tuple[Hashable, ...], context: dict[str, Any]) -> str:
    """Return a rendered template, made once for all that have the same key.

    The key holds every value that the template shows of the context, so that whoever changes one
    sees it at once; language and time zone are added. Only what was rendered lately is kept.
    """
    zone = str(timezone.get_current_timezone())
    made = _Made(template_name, key, get_language(), zone, context)
    # Where templates are being written, they change under us.
    return _render(made) if settings.DEBUG else _kept(made)


def _render(made: _Made) -> str:
    return render_to_string(made.template_name, made.context)


_kept = lru_cache(maxsize=512)(_render)
