"""Pages about accounts that are not sign-in itself."""

import re
from dataclasses import replace
from typing import cast

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import (
    EmailLinkGoneError,
    InvitationGoneError,
    accept_invitation,
    change_email,
    email_token,
    end_sessions,
    find_invitation,
    read_email_token,
)
from accounts.forms import EmailForm, FirstPasswordForm
from accounts.middleware import sign_in_address
from accounts.models import User
from accounts.queries import live_sessions
from accounts.receivers import end_other_sessions
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


@rate_limit(action="manage_email")  # type: ignore[untyped-decorator]
@reauthentication_required  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "HEAD", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    """Send a link to a new address of one's own; nothing changes before it is followed."""
    user = cast("User", request.user)
    form = EmailForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["email"]
        link = reverse("accounts:email_confirm", args=[email_token(user, address)])
        context = {"person": user, "link": request.build_absolute_uri(link)}
        get_adapter().send_mail("account/email/email_confirmation", address, context)
        messages.success(
            request,
            _("A link was sent to %(address)s. The address counts once you have followed it.")
            % {"address": address},
        )
        return redirect("accounts:email")
    return render(request, "accounts/email.html", {"form": form})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """Show where one is signed in; POST ends the session of a number there, or all others."""
    user, own = cast("User", request.user), request.session.session_key
    if request.method == "POST":
        only = _number(request.POST["phien"]) if "phien" in request.POST else None
        number = end_sessions(user, by=user, request=request, besides=own, only=only)
        if number:
            text = ngettext("%(n)d session was ended.", "%(n)d sessions were ended.", number)
            messages.success(request, text % {"n": number})
        else:
            messages.info(request, _("You were not signed in there any more."))
        return redirect("usersessions_list")
    found = live_sessions(user)
    # What this very request tells of the browser at hand is stored after it.
    here = [replace(one, seen_at=timezone.now()) for one in found if one.key == own]
    others = [one for one in found if one.key != own]
    context = {"sessions": [*here, *others], "own": own}
    return render(request, "usersessions/usersession_list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def email_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Take the address that the link was sent to, sign out elsewhere and tell the old address."""
    user = cast("User", request.user)
    try:
        address = read_email_token(user, token)
        if request.method == "POST":
            before = change_email(user, token)
            end_other_sessions(request, user)
            addresses = {"from_email": before, "to_email": address}
            if before:
                get_adapter().send_notification_mail(
                    "account/email/email_changed", user, addresses, before
                )
            messages.success(request, _("Your e-mail address is changed."))
            return redirect("accounts:email")
    except EmailLinkGoneError:
        return render(request, "accounts/email_gone.html", status=404)
    return render(request, "accounts/email_confirm.html", {"address": address})


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


def _number(text: str) -> int:
    """Return the number that was sent, or one that no record has."""
    return int(text) if re.fullmatch("[0-9]{1,18}", text) else 0
