from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from accounts.models import Event, User

# Rights come with the role and are not picked by hand.
admin.site.unregister(Group)


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """A new password for somebody; nobody here signs in without one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)


@admin.register(User)
class AccountAdmin(SimpleHistoryAdmin, UserAdmin[User]):  # type: ignore[misc]
    change_password_form = PasswordForm
    list_display = ["username", "full_name", "role", "commune", "is_active", "last_login"]
    list_filter = ["role", "is_active", "commune"]
    list_select_related = ["commune"]
    search_fields = ["username", "full_name", "email"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": ["full_name", "email"]}),
        (_("Permissions"), {"fields": ["role", "commune", "is_active"]}),
        (_("Important dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": [
                    "username",
                    "full_name",
                    "email",
                    "role",
                    "commune",
                    "password1",
                    "password2",
                ],
            },
        )
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Whoever made the first account on the server is not touched by others."""
        found: QuerySet[User] = super().get_queryset(request)
        return found if request.user.is_superuser else found.filter(is_superuser=False)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """What a person did stays under his name; an account is ended by taking `active` away."""
        return False

    def revert_disabled(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Accounts are looked up here; taking back a right is done in the form, on purpose."""
        return True


@admin.register(Event)
class EventAdmin(admin.ModelAdmin[Event]):
    """The log of access is read, never written, here."""

    actions = None
    list_display = ["at", "kind", "by", "subject", "address"]
    list_select_related = ["by"]
    list_filter = ["kind", "at"]
    date_hierarchy = "at"
    search_fields = ["subject", "by__username", "by__full_name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False
