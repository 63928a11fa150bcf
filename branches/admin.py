from django.contrib import admin
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin

from branches.models import Office


@admin.register(Office)
class OfficeAdmin(SimpleHistoryAdmin):  # type: ignore[misc]
    """One row: it can be entered once and edited, never removed."""

    list_display = ["full_name", "level", "province", "time_zone"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Office.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Office | None = None) -> bool:
        return False
