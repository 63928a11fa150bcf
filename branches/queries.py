"""What the pages read about the organisation."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branches.models import Branch, BranchQuerySet, Commune, Lineage, MistakeReport, Threshold
from branches.models.branch import is_open
from core.dates import months_before
from core.overview import Figure, Task

# The filters of the lists that show the rows of a figure.
OF_TODAY = "hien-co=co"
OPEN = "trang-thai=hoat-dong"


@dataclass(frozen=True)
class Rules:
    """What regulations ask of branches on a day; None where they ask nothing."""

    least_members: int | None
    count_months: int | None
    # A branch last counted before this local date is to be counted again.
    counted_since: date | None


def rules_on(day: date) -> Rules:
    """Return the rules in force on a local date; two queries."""
    least, months = (
        Threshold.objects.value_on(subject, day)
        for subject in (Threshold.Subject.LEAST_MEMBERS, Threshold.Subject.COUNT_MONTHS)
    )
    return Rules(least, months, months_before(day, months) if months else None)


@dataclass(frozen=True)
class Totals:
    """Figures of some branches on a day, by their last counts."""

    branches: int
    members: int
    party_members: int
    youth: int
    under_strength: int
    not_counted: int


def totals_by_commune(branches: BranchQuerySet, day: date) -> dict[int, Totals]:
    """The figures of the branches open on a local date, by key of commune; three queries."""
    rules = rules_on(day)
    small, old = Q(pk=None), Q(pk=None)
    if rules.least_members is not None:
        small = Q(last_count__members__lt=rules.least_members)
    if rules.counted_since is not None:
        old = Q(last_count=None) | Q(last_count__counted_on__lt=rules.counted_since)
    rows = (
        branches.open_on(day)
        .order_by()
        .values_list("commune")
        .annotate(
            branches=Count("pk"),
            members=Sum("last_count__members", default=0),
            party_members=Sum("last_count__party_members", default=0),
            youth=Sum("last_count__youth", default=0),
            small=Count("pk", filter=small),
            old=Count("pk", filter=old),
        )
    )
    return {commune: Totals(*numbers) for commune, *numbers in rows}


def total_of(parts: dict[int, Totals]) -> Totals:
    """Add figures up."""
    columns = zip(*(vars(part).values() for part in parts.values()), strict=True)
    return Totals(*(sum(column) for column in columns)) if parts else Totals(0, 0, 0, 0, 0, 0)


def figures(*, user: Any, today: date) -> list[Figure]:
    """How many communes, branches and members there are where the user sees them."""
    found = []
    if user.commune_id is None and user.has_perm("branches.view_commune"):
        number = Commune.objects.visible_to(user).valid_on(today).count()
        address = reverse("admin:branches_commune_changelist")
        found.append(Figure(_("Communes"), number, f"{address}?{OF_TODAY}"))
    if user.has_perm("branches.view_branch"):
        open_today = Branch.objects.visible_to(user).open_on(today)
        numbers = open_today.aggregate(
            branches=Count("pk"), members=Sum("last_count__members", default=0)
        )
        address = reverse("branches:list") if _counts_own(user) else ""
        if user.is_staff:
            address = f"{reverse('admin:branches_branch_changelist')}?{OPEN}"
        found.append(Figure(_("Branches"), numbers["branches"], address))
        # No list of the back office counts members.
        found.append(Figure(_("Members"), numbers["members"], "" if user.is_staff else address))
    return found


# So many of the found branches are shown; a reader who sees more adds a word.
MOST_FOUND = 500


@dataclass(frozen=True)
class DistrictFigures:
    """What the office's area has on a day; members as they were last counted."""

    communes: int
    branches: int
    members: int


def district_figures(today: date) -> DistrictFigures:
    """Count the communes that exist, their open branches and the members of these, in one query."""
    found = (
        Commune.objects.valid_on(today)
        .order_by()
        .aggregate(
            number=Count("pk", distinct=True),
            open_branches=Count("branches", filter=is_open(today, "branches__")),
            members=Sum("branches__last_count__members", filter=is_open(today, "branches__")),
        )
    )
    return DistrictFigures(found["number"], found["open_branches"], found["members"] or 0)


@dataclass(frozen=True)
class CommuneLine:
    """A commune in a list, with the number of its open branches and of their members."""

    commune: Commune
    branches: int
    members: int


def with_sums(communes: Iterable[Commune], today: date) -> list[CommuneLine]:
    """Return the communes in their order with the sums of each; one query for these alone."""
    communes = list(communes)
    rows = (
        Branch.objects.open_on(today)
        .filter(commune__in=[commune.pk for commune in communes])
        .order_by()
        .values_list("commune")
        .annotate(number=Count("pk"), members=Sum("last_count__members"))
    )
    sums = {commune: (number, members or 0) for commune, number, members in rows}
    return [CommuneLine(commune, *sums.get(commune.pk, (0, 0))) for commune in communes]


def found_branches(text: str, today: date) -> list[int]:
    """Return the numbers of the open branches that match, in order; one more than MOST_FOUND.

    They are not counted: a word such as "thôn" finds most of them.
    """
    found = Branch.objects.open_on(today).matching(text)
    return list(found.values_list("pk", flat=True)[: MOST_FOUND + 1])


def branches_in_order(ids: list[int]) -> list[Branch]:
    """Return these branches with commune and last count, in the order of their numbers given."""
    found = Branch.objects.select_related("commune", "last_count").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def branches_of(commune: Commune, today: date) -> tuple[list[Branch], list[Branch]]:
    """Return a commune's open branches and its closed ones, each in order; one query for both.

    A closed one is left out where a later one has its name, and with it the address.
    """
    founded = commune.branches.founded_by(today).select_related("last_count")
    open_ones: list[Branch] = []
    closed: dict[str, Branch] = {}
    for branch in founded:
        branch.commune = commune
        if branch.is_open_on(today):
            open_ones.append(branch)
        else:
            closed[branch.folded_name] = branch
    names = {branch.folded_name for branch in open_ones}
    return open_ones, [branch for name, branch in closed.items() if name not in names]


@dataclass(frozen=True)
class Relatives:
    """What a branch came from, and what came from it."""

    predecessors: list[Lineage]
    successors: list[Lineage]


def relatives(branch: Branch, today: date) -> Relatives:
    """Return the lineage of a branch as far as it took effect by a local date; one query."""
    lines = (
        Lineage.objects.filter(Q(predecessor=branch) | Q(successor=branch))
        .filter(effective_on__lte=today)
        .select_related("predecessor__commune", "successor__commune")
    )
    return Relatives(
        predecessors=[line for line in lines if line.successor_id == branch.pk],
        successors=[line for line in lines if line.predecessor_id == branch.pk],
    )


def branch_tasks(*, user: Any, today: date) -> list[Task]:
    """Reports, counts that are due and under-strength branches of an officer's commune."""
    if not _counts_own(user):
        return []
    rules = rules_on(today)
    found = Branch.objects.visible_to(user).open_on(today)
    waiting = MistakeReport.objects.visible_to(user).waiting().count()
    due = found.not_counted_since(rules.counted_since).count()
    under = found.under_strength(rules.least_members).count()
    address = reverse("branches:list")
    reports = ngettext("%(n)d report of a reader waits.", "%(n)d reports of readers wait.", waiting)
    counts = ngettext(
        "%(n)d branch was not counted for %(months)d months or never.",
        "%(n)d branches were not counted for %(months)d months or never.",
        due,
    )
    small = ngettext(
        "%(n)d branch has fewer than %(least)d members.",
        "%(n)d branches have fewer than %(least)d members.",
        under,
    )
    tasks = [
        (waiting, reports, reverse("branches:reports")),
        (due, counts, f"{address}?loc=chua-dem"),
        (under, small, f"{address}?loc=it-doan-vien"),
    ]
    values = {"months": rules.count_months, "least": rules.least_members}
    return [Task(text % {"n": n, **values}, where) for n, text, where in tasks if n]


def _counts_own(user: Any) -> bool:
    return user.commune_id is not None and user.has_perm("branches.count_branch")
