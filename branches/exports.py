"""Lists of the organisation as workbooks."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from branches.models import Branch, BranchQuerySet, Commune, CommuneQuerySet
from core.exports import Column, Sheet, origin

Cell = str | int | date | None


def branches_sheet(request: HttpRequest, branches: BranchQuerySet, *more: Any) -> Sheet:
    """The branches in their order, with the last count of each; `more` are lines above them."""
    columns = [
        Column(_("No."), 6),
        Column(capfirst(_("commune")), 24),
        Column(_("Branch"), 30),
        Column(_("Kind of branch"), 18),
        Column(_("Members")),
        Column(capfirst(_("Party members"))),
        Column(_("Youth present")),
        Column(_("Counted on")),
        Column(_("Meeting day")),
        Column(_("Founded on")),
        Column(_("Term ends on")),
        Column(_("Closed on")),
    ]
    rows = branches.select_related("commune", "last_count").iterator(chunk_size=2000)
    return Sheet(_("List of branches"), columns, _branch_rows(rows), origin(request, *more))


def _branch_rows(branches: Iterator[Branch]) -> Iterator[list[Cell]]:
    for number, branch in enumerate(branches, 1):
        count = branch.last_count
        yield [
            number,
            str(branch.commune),
            branch.title,
            str(branch.get_kind_display()),
            count.members if count else None,
            count.party_members if count else None,
            count.youth if count else None,
            count.counted_on if count else None,
            branch.meeting_day,
            branch.founded_on,
            branch.term_ends_on,
            branch.closed_on,
        ]


def communes_sheet(request: HttpRequest, communes: CommuneQuerySet) -> Sheet:
    """The communes in their order, by `with_branches`, with branches and members."""
    columns = [
        Column(_("No."), 6),
        Column(capfirst(_("commune")), 28),
        Column(_("Official code")),
        Column(_("Branches")),
        Column(_("Members")),
        Column(_("Valid from")),
        Column(_("Valid to")),
    ]
    found = communes.iterator(chunk_size=2000)
    return Sheet(_("List of communes"), columns, _commune_rows(found), origin(request))


def _commune_rows(communes: Iterator[Any]) -> Iterator[list[Cell]]:
    commune: Commune
    for number, commune in enumerate(communes, 1):
        yield [
            number,
            str(commune),
            commune.code,
            int(commune.branch_number),  # type: ignore[attr-defined]
            int(commune.member_number),  # type: ignore[attr-defined]
            commune.valid_from,
            commune.valid_to,
        ]
