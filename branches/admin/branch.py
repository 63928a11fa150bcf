"""Branches in the back office."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy

from branches.admin.bulk import CloseForm, TermForm, change_chosen
from branches.admin.filters import NotCounted, OfCommune, State, UnderStrength
from branches.exports import branches_sheet
from branches.models import Branch, BranchQuerySet, HeadCount, Lineage
from core.admin_lists import ExportedList, QuickList
from core.exports import Sheet
from core.history import HistoryAdmin
from core.kept import KeptAdmin
from core.meanwhile import SeenForm

SHOWN_COUNTS = 24


class NamedCells(admin.TabularInline[Any, Branch]):
    """A table whose cells say their column to those who hear the page."""

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs["aria-label"] = capfirst(str(field.label))
        return field


class HeadCountInline(NamedCells):
    """The newest counts of a branch."""

    model = HeadCount
    fields = ["counted_on", "members", "party_members", "youth"]
    ordering = ["-counted_on"]
    extra = 1
    max_num = 200
    can_delete = False


class LineageInline(NamedCells):
    """Which branches this one came from; a re-organisation writes it."""

    model = Lineage
    fk_name = "successor"
    fields = ["predecessor", "kind", "effective_on", "decision"]
    autocomplete_fields = ["predecessor"]
    extra = 0
    can_delete = False


@admin.register(Branch)
class BranchAdmin(ExportedList, QuickList, KeptAdmin, HistoryAdmin):
    """A branch is closed on a day, not deleted."""

    form = SeenForm
    kept_because = gettext_lazy(
        "A branch is not deleted, for its history stays. Please enter the day it closes instead."
    )
    list_display = [
        "title",
        "commune",
        "kind",
        "members",
        "party_members",
        "counted_on",
        "state",
    ]
    list_select_related = ["commune", "last_count"]
    list_filter = [OfCommune, "kind", "area_kind", State, UnderStrength, NotCounted]
    # Found by the index of words, see `get_search_results`.
    search_fields = ["search_key"]
    search_help_text = gettext_lazy("Branch and commune, with or without diacritics")
    inlines = [HeadCountInline, LineageInline]
    actions = ["close_chosen", "set_term_of_chosen"]
    fieldsets = [
        (None, {"fields": ["commune", "kind", "area_kind", "name", "seen"]}),
        (gettext_lazy("Meetings"), {"fields": ["meeting_day", "meeting_note"]}),
        (gettext_lazy("Term"), {"fields": ["term_begins_on", "term_ends_on"]}),
        (
            gettext_lazy("Founding and closing"),
            {"fields": ["founded_on", "founding_decision", "closed_on", "closing_decision"]},
        ),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Branch], search_term: str
    ) -> tuple[QuerySet[Branch], bool]:
        return cast("BranchQuerySet", queryset).matching(search_term), False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found: dict[str, Any] = super().get_actions(request)
        found.pop("delete_selected", None)
        return found

    @admin.display(description=gettext_lazy("branch"), ordering="sort_key")
    def title(self, branch: Branch) -> str:
        return branch.title

    @admin.display(description=gettext_lazy("members"), ordering="last_count__members")
    def members(self, branch: Branch) -> int | None:
        return branch.last_count.members if branch.last_count else None

    @admin.display(description=gettext_lazy("Party members"), ordering="last_count__party_members")
    def party_members(self, branch: Branch) -> int | None:
        return branch.last_count.party_members if branch.last_count else None

    @admin.display(description=gettext_lazy("counted on"), ordering="last_count__counted_on")
    def counted_on(self, branch: Branch) -> Any:
        return branch.last_count.counted_on if branch.last_count else None

    @admin.display(description=gettext_lazy("state"))
    def state(self, branch: Branch) -> str:
        is_closed = branch.closed_on is not None and branch.closed_on <= timezone.localdate()
        return gettext("Closed") if is_closed else gettext("Active")

    @admin.action(description=gettext_lazy("Close the chosen branches"), permissions=["change"])
    def close_chosen(self, request: HttpRequest, queryset: QuerySet[Branch]) -> HttpResponse | None:
        return change_chosen(self, request, queryset, CloseForm)

    @admin.action(
        description=gettext_lazy("Set the term of the chosen branches"), permissions=["change"]
    )
    def set_term_of_chosen(
        self, request: HttpRequest, queryset: QuerySet[Branch]
    ) -> HttpResponse | None:
        return change_chosen(self, request, queryset, TermForm)

    def sheet(self, request: HttpRequest, shown: QuerySet[Any]) -> Sheet:
        return branches_sheet(request, cast("BranchQuerySet", shown))

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Branch, inline: Any, prefix: str
    ) -> dict[str, Any]:
        """Of the counts, show the newest; older ones are in the history of the branch."""
        found: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        if isinstance(inline, HeadCountInline) and request.method == "GET" and obj.pk:
            newest = obj.counts.order_by("-counted_on").values("pk")[:SHOWN_COUNTS]
            found["queryset"] = HeadCount.objects.filter(pk__in=[row["pk"] for row in newest])
        return found

    def has_delete_permission(self, request: HttpRequest, obj: Branch | None = None) -> bool:
        return False
