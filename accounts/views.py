"""Pages about accounts that are not sign-in itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.roles import DUTIES, Role


@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    """Say in words what each role may do."""
    words = [(role, role.label, DUTIES[role]) for role in Role]
    return render(request, "accounts/roles.html", {"roles": words})
