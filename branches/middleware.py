"""Whose portal this is, for the length of one request."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from branches.models import Office
from core.shared import shared


class OfficeMiddleware:
    """Put the office on the request and show times in its zone, wherever the server stands."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.office = SimpleLazyObject(  # type: ignore[attr-defined]
            lambda: shared(request, "office", Office.objects.load)
        )
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(self, request: HttpRequest, *args: Any) -> None:
        """Load the office only for addresses that exist."""
        timezone.activate(request.office.zone)  # type: ignore[attr-defined]
