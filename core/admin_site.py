"""The back office: Django's admin with an entry page and the page of who changed what."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.translation import gettext as _

from core import changes, overview

# Where an app stands that says nothing of itself.
LAST = 1000


class PortalAdminSite(admin.AdminSite):
    """Areas of work in the order that the apps ask for (`admin_place` of the AppConfig)."""

    def get_urls(self) -> list[URLPattern | URLResolver]:
        own = path("lich-su/", self.admin_view(self.changes_view), name="changes")
        return [own, *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        found = super().get_app_list(request, app_label)
        return sorted(found, key=lambda area: _place(area["app_label"]))

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """What needs doing and the figures, then the records by area of work."""
        today = timezone.localdate()
        context = {
            "tasks": overview.tasks(request.user, today),
            "figures": overview.figures(request.user, today),
            "may_see_changes": changes.may_see(request.user),
        }
        return super().index(request, {**context, **(extra_context or {})})

    def changes_view(self, request: HttpRequest) -> HttpResponse:
        """Who changed what, over all records that the person may view."""
        if not changes.may_see(request.user):
            raise PermissionDenied
        sources = changes.sources_for(self, request)
        form = changes.ChangesForm(request.GET or None, sources=sources)
        page = changes.read_page(sources, form)
        context = {
            **self.each_context(request),
            "title": _("Who changed what"),
            "form": form,
            "page": page,
        }
        return TemplateResponse(request, "admin/changes.html", context)


def _place(app_label: str) -> int:
    return int(getattr(apps.get_app_config(app_label), "admin_place", LAST))
