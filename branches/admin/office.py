"""The office in the back office."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from branches.models import Office, Threshold
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


@admin.register(Threshold)
class ThresholdAdmin(KeptAdmin, HistoryAdmin):
    """What regulations ask, from a day on: a rule that is over stays, with its last day."""

    kept_because = gettext_lazy(
        "A rule is not deleted, for earlier figures follow it. Please enter its last day."
    )
    list_display = ["subject", "value", "document", "valid_from", "valid_to"]

    def has_delete_permission(self, request: HttpRequest, obj: Threshold | None = None) -> bool:
        return False
