"""Pages about accounts that are not sign-in itself."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import InvitationGoneError, accept_invitation, find_invitation
from accounts.forms import FirstPasswordForm
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


# The link is itself what a stranger's page cannot know; a refusal would write it to the log.
@csrf_exempt
@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Let an invited person set the first password, once."""
    try:
        user = find_invitation(token).user
        form = FirstPasswordForm(user, request.POST or None)
        if request.method == "POST" and form.is_valid():
            accept_invitation(token, form.cleaned_data["new_password1"])
            return redirect(settings.LOGIN_URL)
    except InvitationGoneError:
        return render(request, "accounts/invitation_gone.html", status=404)
    return render(request, "accounts/invitation.html", {"form": form, "person": user})
