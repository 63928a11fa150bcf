from importlib import import_module
from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.actions import end_sessions, invite_user
from accounts.forms import NewAccountForm
from accounts.models import Event, User
from accounts.queries import live_sessions
from core.folded import FoldedSearch
from core.history import HistoryAdmin
from core.kept import KeptAdmin

# Rights come with the role; factors and sessions are each person's own. None is edited by hand.
for name in ("account", "mfa", "usersessions"):
    import_module(f"allauth.{name}.admin")
admin.site.unregister([Group, EmailAddress, Authenticator, UserSession])


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """A new password for somebody; nobody here signs in without one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)


class AccountForm(UserChangeForm):  # type: ignore[type-arg]
    """An account without its password, of which Django would show parts of the hash."""

    password = None  # type: ignore[assignment]


@admin.register(User)
class AccountAdmin(FoldedSearch, KeptAdmin, HistoryAdmin, UserAdmin[User]):
    kept_because = _("An account is not deleted, for what it did stays. Please make it inactive.")
    form = AccountForm
    change_password_form = PasswordForm
    object_history_template = "admin/accounts/user/history.html"
    add_form = NewAccountForm
    list_display = ["username", "full_name", "role", "commune", "is_active", "last_login"]
    list_filter = ["role", "is_active", "commune"]
    list_select_related = ["commune"]
    search_fields = ["username", "folded_name", "email"]
    search_help_text = _("Name, user name or e-mail, with or without diacritics")
    readonly_fields = ["password_state", "last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password_state"]}),
        (_("Person"), {"fields": ["full_name", "email"]}),
        (_("Permissions"), {"fields": ["role", "commune", "is_active"]}),
        (_("Important dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "description": _("The person sets the password by a link that you make next."),
                "fields": ["username", "full_name", "email", "role", "commune"],
            },
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Whoever made the first account on the server is not touched by others."""
        found: QuerySet[User] = super().get_queryset(request)
        return found if request.user.is_superuser else found.filter(is_superuser=False)

    @admin.display(description=_("password"))
    def password_state(self, user: User) -> str:
        """Whether there is one, and the ways to another."""
        is_set = user.password and user.has_usable_password()
        words = gettext("A password is set.") if is_set else gettext("No password is set.")
        ways = [("admin:auth_user_password_change", gettext("Set a new password"))]
        if user.is_active:
            ways.append(("admin:accounts_user_invite", gettext("Make an invitation link")))
        links = ((reverse(name, args=[user.pk]), text) for name, text in ways)
        return format_html("{} {}", words, format_html_join(" · ", '<a href="{}">{}</a>', links))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show where the person is signed in."""
        user: User | None = kwargs.get("obj")
        context["sessions"] = live_sessions(user) if user else []
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        guard = self.admin_site.admin_view
        own = [
            path("<path:object_id>/invite/", guard(self.invite), name="accounts_user_invite"),
            path(
                "<path:object_id>/end-sessions/",
                guard(self.end_sessions),
                name="accounts_user_end_sessions",
            ),
        ]
        return [*own, *super().get_urls()]

    def invite(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a link by which the person sets a password; it is shown this once."""
        user: User | None = self.get_object(request, object_id)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if user is None or not user.is_active:
            raise Http404
        context = {**self.admin_site.each_context(request), "person": user, "opts": self.opts}
        if request.method == "POST":
            token = invite_user(user, by=cast("User", request.user))
            address = reverse("accounts:invitation", args=[token])
            context["link"] = request.build_absolute_uri(address)
        return TemplateResponse(request, "admin/accounts/user/invite.html", context)

    def end_sessions(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST signs the person out everywhere but in the browser that asks for it."""
        user: User | None = self.get_object(request, object_id)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if user is None:
            raise Http404
        if request.method == "POST":
            own = request.session.session_key
            by = cast("User", request.user)
            number = end_sessions(user, by=by, request=request, besides=own)
            text = ngettext("%(n)d session was ended.", "%(n)d sessions were ended.", number)
            self.message_user(request, text % {"n": number}, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[user.pk]))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """What a person did stays under his name; an account is ended by taking `active` away."""
        return False

    def revert_disabled(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Accounts are looked up here; taking back a right is done in the form, on purpose."""
        return True


@admin.register(Event)
class EventAdmin(FoldedSearch, admin.ModelAdmin[Event]):
    """The log of access is read, never written, here."""

    actions = None
    list_display = ["at", "kind", "by", "subject", "address"]
    list_select_related = ["by"]
    list_filter = ["kind", "at"]
    date_hierarchy = "at"
    search_fields = ["subject", "by__username", "by__folded_name"]
    search_help_text = _("What it is about or who did it, with or without diacritics")
    folded_fields = ("by__folded_name",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False
