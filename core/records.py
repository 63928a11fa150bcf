"""The admin of records whose every version is kept."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from simple_history.admin import SimpleHistoryAdmin


class RecordAdmin(SimpleHistoryAdmin):  # type: ignore[misc]
    """Shows earlier versions to whoever may see the record; whoever may change it restores one."""

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Refuse to restore what may only be seen; the library would take any POST as a restore."""
        if request.method == "POST":
            record = self.get_object(request, object_id)
            if self.revert_disabled(request, record) or not self.has_change_permission(
                request, record
            ):
                raise PermissionDenied
        return super().history_form_view(request, object_id, version_id, extra_context)  # type: ignore[no-any-return]
