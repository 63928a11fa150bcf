"""Pages about accounts that are not sign-in itself."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.middleware import sign_in_address
from accounts.roles import DUTIES, Role


@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    """Say in words what each role may do."""
    words = [(role, role.label, DUTIES[role]) for role in Role]
    return render(request, "accounts/roles.html", {"roles": words})


@login_not_required
@require_safe
def admin_login(request: HttpRequest) -> HttpResponse:
    """Lead from the admin to the sign-in page, the only one; who may not enter is told so."""
    then = request.GET.get("next") or reverse("admin:index")
    if not request.user.is_authenticated:
        return redirect(sign_in_address(then))
    if not request.user.is_staff:
        raise PermissionDenied
    return redirect("admin:index")


@require_safe
def admin_password(request: HttpRequest) -> HttpResponse:
    """Lead from the admin to the page where everybody changes the password."""
    return redirect("account_change_password")
