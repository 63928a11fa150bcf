"""The signed-in pages that combine apps."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core import overview


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What needs doing, the figures, and the ways on, for whoever is signed in."""
    today = timezone.localdate()
    context = {
        "tasks": overview.tasks(request.user, today),
        "figures": overview.figures(request.user, today),
    }
    return render(request, "workspace/home.html", context)
