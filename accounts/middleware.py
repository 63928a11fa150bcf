"""What holds for whoever is signed in, whatever page he opens."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.events import log_event
from accounts.models import Event, User
from core.logs import path_for_log

GetResponse = Callable[[HttpRequest], HttpResponse]

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
# ASVS 7.3: seconds without a page, and in all; shorter where everybody's records lie open.
OFFICER_LIMITS = (12 * HOUR, 30 * DAY)
BACK_OFFICE_LIMITS = (HOUR, 12 * HOUR)
BEGAN, SEEN = "began_at", "seen_at"

# What must be open to whoever has still to set up the second factor.
ENROLMENT = {
    "account_login",
    "account_logout",
    "admin:logout",
    "account_reauthenticate",
    "account_change_password",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_list_webauthn",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_reauthenticate_webauthn",
    "usersessions_list",
}


class SessionLimitsMiddleware:
    """End sessions that were idle or lasted too long, on the server."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without a cookie nothing is asked: a public page must not vary by it. What a page sends
        # by itself is no sign of the person.
        has_cookie = settings.SESSION_COOKIE_NAME in request.COOKIES
        if has_cookie and request.path not in settings.SHORT_WAY and request.user.is_authenticated:
            self._look(request, request.user)
        return self.get_response(request)

    def _look(self, request: HttpRequest, user: User) -> None:
        now = int(timezone.now().timestamp())
        began = request.session.setdefault(BEGAN, now)
        seen = request.session.get(SEEN, now)
        if is_over(user, began, seen, now):
            logout(request)
            messages.info(request, _("You were away for long and have been signed out."))
        elif now - seen >= MINUTE or SEEN not in request.session:
            request.session[SEEN] = now


class SecondFactorMiddleware:
    """Lead whoever works in the back office to a second factor before anything else opens."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *args: Any
    ) -> HttpResponseRedirect | None:
        """Redirect to enrolment, except from public pages and from enrolment itself."""
        if not settings.SECOND_FACTOR_REQUIRED or not getattr(view, "login_required", True):
            return None
        match = request.resolver_match
        if match is not None and match.view_name in ENROLMENT:
            return None
        user = request.user
        if not user.is_authenticated or not needs_second_factor(user):
            return None
        messages.info(
            request, _("Your role needs a second factor. Please set it up before you go on.")
        )
        return redirect("mfa_index")


class RefusalLogMiddleware:
    """Log what a signed-in person asked for and was refused."""

    def __init__(self, get_response: GetResponse) -> None:
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


def is_over(user: User, began: float, seen: float, now: float) -> bool:
    """Tell whether a session of `user` was idle or lasted too long; the times are in seconds."""
    idle, whole = BACK_OFFICE_LIMITS if user.is_staff else OFFICER_LIMITS
    return now - seen >= idle or now - began >= whole


def needs_second_factor(user: User) -> bool:
    """Tell whether the person works in the back office and has no second factor yet (AU4)."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    is_bound = user.is_staff or user.is_superuser
    return is_bound and not Authenticator.objects.filter(user=user, type__in=kinds).exists()


def sign_in_address(then: str) -> str:
    """The address of the sign-in page that leads on to `then`."""
    return f"{reverse('account_login')}?{urlencode({'next': then})}"
