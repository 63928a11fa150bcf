"""What is noted of requests of people with an account."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.events import log_event
from accounts.models import Event, User
from core.logs import path_for_log


class RefusalLogMiddleware:
    """Log what a signed-in person asked for and was refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # The cookie first: asking for the user would make the page vary by cookie.
        if response.status_code == 403 and settings.SESSION_COOKIE_NAME in request.COOKIES:
            user = request.user
            if isinstance(user, User):
                detail = {"method": request.method, "path": path_for_log(request)[:300]}
                log_event(
                    Event.Kind.REFUSED,
                    request=request,
                    by=user,
                    subject=user.username,
                    detail=detail,
                )
        return response
