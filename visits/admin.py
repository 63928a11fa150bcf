"""The counter for the staff: to read, and to complete by entries of the ledger."""

from datetime import date
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from visits import actions
from visits.models import VisitAdjustment, VisitBotDay, VisitDay


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """What the portal counts is looked at, never typed."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(VisitDay)
class VisitDayAdmin(ReadOnlyAdmin):
    list_display = ["day", "visits"]
    list_display_links = None
    date_hierarchy = "day"


@admin.register(VisitBotDay)
class VisitBotDayAdmin(ReadOnlyAdmin):
    list_display = ["day", "kind", "views"]
    list_display_links = None
    list_filter = ["kind"]
    date_hierarchy = "day"


@admin.register(VisitAdjustment)
class VisitAdjustmentAdmin(admin.ModelAdmin[VisitAdjustment]):
    """Entries can be added, with a reason; the author is whoever enters them."""

    actions = None
    list_display = ["created_at", "amount", "kind", "reason", "effective_on", "by"]
    list_select_related = ["by"]
    fields = ["amount", "reason", "effective_on"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str | date]:  # type: ignore[override]
        return {"effective_on": timezone.localdate()}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Offer no way back into an entry, which cannot be changed."""
        context["show_save_and_continue"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    def has_change_permission(
        self, request: HttpRequest, obj: VisitAdjustment | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: VisitAdjustment | None = None
    ) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: VisitAdjustment, form: Any, change: bool
    ) -> None:
        actions.add_adjustment(obj, by=cast("AbstractBaseUser", request.user))
