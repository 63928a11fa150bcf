"""The portal with addresses that fail on purpose."""

import errno
from collections.abc import Callable
from functools import partial

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from core.errors import TooManyRequests
from doanhuyen.urls import handler400, handler403, handler404, handler500
from doanhuyen.urls import urlpatterns as portal

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

SECRET = "SELECT geheim FROM /srv/portal/settings.py WHERE key='hunter2'"
FAULTS: dict[str, tuple[Callable[[str], Exception], int]] = {
    "bad": (BadRequest, 400),
    "suspicious": (SuspiciousOperation, 400),
    "denied": (PermissionDenied, 403),
    "absent": (Http404, 404),
    "large": (RequestDataTooBig, 413),
    "broken": (ZeroDivisionError, 500),
    "integrity": (DatabaseError, 500),
    "unreachable": (OperationalError, 503),
    "cut-off": (InterfaceError, 503),
    "disk-full": (partial(OSError, errno.ENOSPC), 503),
    "disk-read-only": (partial(OSError, errno.EROFS), 503),
    "no-such-file": (partial(OSError, errno.ENOENT), 500),
}


@login_not_required
def fault(request: HttpRequest, kind: str) -> HttpResponse:
    """Raise what `kind` names."""
    if kind == "often":
        raise TooManyRequests(retry_after=17)
    if kind == "none":
        return HttpResponse(b"x" * 5000, content_type=request.GET.get("type", "text/html"))
    raise FAULTS[kind][0](SECRET)


urlpatterns = [path("fault/<kind>/", fault), path("en/fault/<kind>/", fault), *portal]
