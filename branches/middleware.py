"""Whose portal this is, for the length of one request."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from branches.models import Office


class OfficeMiddleware:
    """Put the office on the request and show times in its zone, wherever the server stands."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Readers may see the office as it was a second ago; who edits it, as it is.
        signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES
        load = Office.objects.load if signed_in else Office.objects.kept
        request.office = SimpleLazyObject(load)  # type: ignore[attr-defined]
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(self, request: HttpRequest, *args: Any) -> None:
        """Load the office only for addresses that exist."""
        timezone.activate(request.office.zone)  # type: ignore[attr-defined]
