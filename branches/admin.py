from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from branches.models import Commune, CommuneQuerySet, Office
from core.folded import FoldedSearch
from core.history import HistoryAdmin
from core.kept import KeptAdmin


@admin.register(Office)
class OfficeAdmin(KeptAdmin, HistoryAdmin):
    """One row: it can be entered once and edited, never removed."""

    kept_because = gettext_lazy("The office is not deleted. Please change its particulars instead.")
    list_display = ["full_name", "level", "province", "time_zone"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Office.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Office | None = None) -> bool:
        return False


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
class CommuneAdmin(FoldedSearch, KeptAdmin, HistoryAdmin):
    """What has history is closed on a day, not deleted."""

    kept_because = gettext_lazy(
        "A commune is not deleted, for its history stays. Please enter the day it ends instead."
    )
    list_display = ["name", "kind", "code", "valid_from", "valid_to"]
    list_filter = ["kind", OfToday]
    search_fields = ["folded_name", "code"]
    search_help_text = gettext_lazy("Name or code, with or without diacritics")
    list_per_page = 50

    def has_delete_permission(self, request: HttpRequest, obj: Commune | None = None) -> bool:
        return False
