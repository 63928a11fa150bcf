"""Filters of the list of branches; the figures of the district lead to them."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from branches.models import Branch, BranchQuerySet, Commune
from branches.queries import rules_on

# More communes than anybody picks from; then the search finds them by name.
MOST_LISTED = 60


class OfCommune(admin.SimpleListFilter):
    """The branches of one commune."""

    title = gettext_lazy("commune")
    parameter_name = "xa"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        listed = list(Commune.objects.valid_on(timezone.localdate())[: MOST_LISTED + 1])
        if len(listed) > MOST_LISTED:
            listed = [commune for commune in listed if str(commune.pk) == self.value()]
        return [(commune.pk, str(commune)) for commune in listed]

    def has_output(self) -> bool:
        return bool(self.lookup_choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Branch]) -> QuerySet[Branch]:
        wanted = self.value() or ""
        if not wanted:
            return queryset
        known = wanted.isascii() and wanted.isdecimal() and len(wanted) < 19
        return queryset.filter(commune=int(wanted)) if known else queryset.none()


class State(admin.SimpleListFilter):
    """Whether a branch exists today."""

    title = gettext_lazy("state")
    parameter_name = "trang-thai"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("hoat-dong", gettext_lazy("Active")), ("ket-thuc", gettext_lazy("Closed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Branch]) -> QuerySet[Branch]:
        today = timezone.localdate()
        if self.value() == "hoat-dong":
            return cast("BranchQuerySet", queryset).open_on(today)
        return queryset.filter(closed_on__lte=today) if self.value() == "ket-thuc" else queryset


class _Yes(admin.SimpleListFilter):
    """A filter that is on or off; it looks at branches that exist today."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("co", gettext_lazy("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Branch]) -> QuerySet[Branch]:
        if self.value() != "co":
            return queryset
        return self.found(cast("BranchQuerySet", queryset).open_on(timezone.localdate()))

    def found(self, branches: BranchQuerySet) -> BranchQuerySet:
        raise NotImplementedError


class UnderStrength(_Yes):
    title = gettext_lazy("under strength")
    parameter_name = "it-doan-vien"

    def found(self, branches: BranchQuerySet) -> BranchQuerySet:
        return branches.under_strength(rules_on(timezone.localdate()).least_members)


class NotCounted(_Yes):
    title = gettext_lazy("not counted for long")
    parameter_name = "chua-dem"

    def found(self, branches: BranchQuerySet) -> BranchQuerySet:
        return branches.not_counted_since(rules_on(timezone.localdate()).counted_since)
