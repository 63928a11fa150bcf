"""Records that the back office keeps for good."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _


class KeptAdmin:
    """A record that is ended, not deleted: the delete page says how, and links to it."""

    # Why nothing is deleted, and what to do instead.
    kept_because: Any = ""

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Answer with the reason those who may change the record; others are refused as ever."""
        admin: Any = self
        record = admin.get_object(request, object_id)
        if (
            request.method != "GET"
            or record is None
            or not admin.has_change_permission(request, record)
            or admin.has_delete_permission(request, record)
        ):
            return super().delete_view(request, object_id, extra_context)  # type: ignore[misc, no-any-return]
        context = {
            **admin.admin_site.each_context(request),
            "title": _("This record is kept"),
            "opts": admin.opts,
            "original": record,
            "reason": self.kept_because,
        }
        return TemplateResponse(request, "admin/kept.html", context, status=403)
