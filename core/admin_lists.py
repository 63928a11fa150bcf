"""Lists of the back office that stay quick however many rows there are, and go out as workbooks."""

from functools import cached_property
from typing import Any

from django.contrib.admin import ShowFacets
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.urls import URLPattern, path

from core.exports import Sheet, export

# Nobody pages further; counting more would read the whole table for each page.
MOST_COUNTED = 100_000


class BoundedPaginator(Paginator[Any]):
    """Counts at most `MOST_COUNTED` rows, and reads whole rows of the page that is shown alone."""

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: MOST_COUNTED + 1].count())

    @cached_property
    def count(self) -> int:
        """How many rows the pages hold."""
        return min(self._counted, MOST_COUNTED)

    @property
    def has_more(self) -> bool:
        """Whether there are rows that no page holds."""
        return self._counted > MOST_COUNTED

    def page(self, number: int | str) -> Page[Any]:
        """Find the rows of the page by their keys alone, which the index of the order has."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows: Any = self.object_list
        keys = rows.values("pk")[first : min(first + self.per_page, self.count)]
        return Page(rows.filter(pk__in=keys), number, self)


class QuickList:
    """For a ModelAdmin whose table may grow large: no count beyond what is paged through."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200
    show_facets = ShowFacets.NEVER


class ExportedList:
    """For a ModelAdmin whose list goes out as a workbook: what is shown, all pages of it."""

    change_list_template = "admin/export_list.html"

    def sheet(self, request: HttpRequest, shown: QuerySet[Any]) -> Sheet:
        """The list of the rows that are shown."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        admin: Any = self
        name = f"{admin.opts.app_label}_{admin.opts.model_name}_export"
        own = path("xuat-excel/", admin.admin_site.admin_view(self.export), name=name)
        return [own, *super().get_urls()]  # type: ignore[misc]

    def export(self, request: HttpRequest) -> FileResponse:
        """Answer with the list; who may not view it is refused as on the list itself."""
        admin: Any = self
        if not admin.has_view_permission(request):
            raise PermissionDenied
        shown = admin.get_changelist_instance(request).get_queryset(request)
        return export(request, self.sheet(request, shown))
