"""How long one stays signed in: shorter where more can be done."""

from collections.abc import Callable
from datetime import timedelta
from time import time

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from accounts.models import User

BEGUN, SEEN = "begun", "seen"
# (without a request, altogether)
OFFICER = (timedelta(hours=12), timedelta(days=30))
BACK_OFFICE = (timedelta(hours=1), timedelta(hours=12))
# The session is written no more often than this.
PRECISION = timedelta(minutes=1).total_seconds()


class SessionLimitMiddleware:
    """End sessions that were idle, or lasted, for too long; what is asked then asks to sign in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The cookie first: asking for the user would make the page vary by cookie.
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            self._check(request)
        return self.get_response(request)

    @staticmethod
    def _check(request: HttpRequest) -> None:
        user = request.user
        if not isinstance(user, User):
            return
        now = time()
        begun = request.session.setdefault(BEGUN, now)
        seen = request.session.setdefault(SEEN, now)
        idle, whole = BACK_OFFICE if user.is_staff or user.is_superuser else OFFICER
        if now - seen >= idle.total_seconds() or now - begun >= whole.total_seconds():
            logout(request)
        elif now - seen >= PRECISION:
            request.session[SEEN] = now
