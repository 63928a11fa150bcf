"""Communes in the back office."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from branches.exports import communes_sheet
from branches.models import Commune, CommuneQuerySet
from core.admin_lists import ExportedList, QuickList
from core.exports import Sheet
from core.folded import FoldedSearch
from core.history import HistoryAdmin
from core.kept import KeptAdmin
from core.meanwhile import SeenForm


class OfToday(admin.SimpleListFilter):
    """Communes that exist, as the entry page counts them."""

    title = gettext_lazy("existing today")
    parameter_name = "hien-co"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("co", gettext_lazy("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Commune]) -> QuerySet[Commune]:
        if self.value() != "co":
            return queryset
        return cast("CommuneQuerySet", queryset).valid_on(timezone.localdate())


@admin.register(Commune)
class CommuneAdmin(ExportedList, QuickList, FoldedSearch, KeptAdmin, HistoryAdmin):
    """What has history is closed on a day, not deleted."""

    form = SeenForm
    kept_because = gettext_lazy(
        "A commune is not deleted, for its history stays. Please enter the day it ends instead."
    )
    list_display = ["name", "kind", "code", "branch_number", "members", "valid_from", "valid_to"]
    list_filter = ["kind", OfToday]
    search_fields = ["folded_name", "code"]
    search_help_text = gettext_lazy("Name or code, with or without diacritics")
    fieldsets = [
        (None, {"fields": ["kind", "name", "code", "valid_from", "valid_to", "seen"]}),
        (
            gettext_lazy("Shown to the public"),
            {"fields": ["contact_address", "contact_phone", "contact_email"]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> CommuneQuerySet:
        """Communes with the number of their open branches and of the members last counted."""
        found = cast("CommuneQuerySet", super().get_queryset(request))
        return found.with_branches(timezone.localdate())

    @admin.display(description=gettext_lazy("branches"))
    def branch_number(self, commune: Any) -> str:
        """The number, leading to the list of just these branches."""
        address = reverse("admin:branches_branch_changelist")
        query = f"xa={commune.pk}&trang-thai=hoat-dong"
        return format_html('<a href="{}?{}">{}</a>', address, query, commune.branch_number)

    @admin.display(description=gettext_lazy("members"))
    def members(self, commune: Any) -> int:
        return int(commune.member_number)

    def sheet(self, request: HttpRequest, shown: QuerySet[Any]) -> Sheet:
        return communes_sheet(request, cast("CommuneQuerySet", shown))

    def has_delete_permission(self, request: HttpRequest, obj: Commune | None = None) -> bool:
        return False
