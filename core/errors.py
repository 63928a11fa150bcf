"""Error pages in the portal's look, with the request's number that is also in the log."""

import errno
import logging
import sys
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from core.logs import path_for_log, request_id

logger = logging.getLogger("portal.errors")

DISK_FAULTS = {errno.ENOSPC, errno.EROFS, errno.EDQUOT}


class TooManyRequests(Exception):
    """Raised by a view that has seen too much of one sender; answered 429."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after


def _texts(status: int) -> tuple[str, str]:
    """Return the heading and the advice for a status."""
    return {
        400: (
            _("The request could not be understood"),
            _("Please go back, check what you entered and send it again."),
        ),
        403: (
            _("You may not open this page"),
            _("Please sign in with an account that may, or ask the office for the right to do so."),
        ),
        404: (
            _("There is no such page"),
            _("It may have been moved or withdrawn. The search may find what you are looking for."),
        ),
        413: (
            _("What you sent is too large"),
            _("Please send smaller or fewer files: at most 10 MB each, 32 MB together."),
        ),
        429: (
            _("Too many requests"),
            _("Please wait a moment and try again."),
        ),
        500: (
            _("Something went wrong on our side"),
            _("The fault has been recorded. Please try again later."),
        ),
        503: (
            _("The portal is being looked after"),
            _("Please try again in a few minutes; nothing that was saved is lost."),
        ),
    }[status]


def error_page(request: HttpRequest, status: int) -> HttpResponse:
    """Render the page for `status`; one of 400, 403, 404, 413, 429, 500, 503.

    The page asks nothing of the database for 500 and 503, since that may be what failed.
    """
    heading, advice = _texts(status)
    context = {
        "status": status,
        "heading": heading,
        "advice": advice,
        "reference": request_id.get(),
        "bare": status >= 500,
    }
    response = TemplateResponse(request, "errors/error.html", context, status=status).render()
    response.headers["Cache-Control"] = "no-store"
    if status in (429, 503):
        response.headers["Retry-After"] = "60"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler400`: a body over Django's own limit is 413."""
    return error_page(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler403`."""
    return error_page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`CSRF_FAILURE_VIEW`: the reason goes to the log, not to the sender."""
    logger.warning(
        "csrf failure", extra={"fields": {"reason": reason, "path": path_for_log(request)}}
    )
    return error_page(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler404`."""
    return error_page(request, 404)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """`handler429` of allauth, whose limits are all for a minute, as Retry-After says."""
    return error_page(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`: a database or a disk that cannot be reached or written is 503."""
    fault = sys.exc_info()[1]
    passing = isinstance(fault, OperationalError | InterfaceError) or (
        isinstance(fault, OSError) and fault.errno in DISK_FAULTS
    )
    return error_page(request, 503 if passing else 500)


class ErrorPagesMiddleware:
    """Answer 429 for views that raise TooManyRequests."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn TooManyRequests into its page; leave the rest to Django."""
        if not isinstance(exception, TooManyRequests):
            return None
        response = error_page(request, 429)
        response.headers["Retry-After"] = str(exception.retry_after)
        return response
