"""What the officer's pages show of branches: marks by the rules in force, counts, changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from branches.forms import CountForm
from branches.models import Branch, BranchQuerySet, Commune, HeadCount
from branches.queries import Rules
from core.history import FieldChange, differences, related_records

NEWEST_CHANGES = 30
# What `?loc=` asks for.
NOT_COUNTED, UNDER_STRENGTH = "chua-dem", "it-doan-vien"


@dataclass(frozen=True)
class Card:
    """A branch in the list, with its marks."""

    branch: Branch
    is_under_strength: bool
    is_not_counted: bool


@dataclass(frozen=True)
class Line:
    """A branch on the page of counts: its form, what is stored for the day, and what was before."""

    branch: Branch
    form: CountForm
    version: Any
    last: HeadCount | None
    conflict: str = ""


@dataclass(frozen=True)
class Change:
    """Who wrote what and when: the name of the record and every field before and after."""

    version: Any
    what: str
    changes: list[FieldChange]

    @property
    def at(self) -> datetime:
        """When it was written."""
        moment: datetime = self.version.history_date
        return moment


def branches_of(commune: Commune, day: date) -> BranchQuerySet:
    """The branches of a commune that exist on a local date, each with its last count."""
    return Branch.objects.filter(commune=commune).open_on(day).select_related("last_count")


def filtered(branches: BranchQuerySet, wanted: str, rules: Rules) -> BranchQuerySet:
    """Those that `?loc=` asks for; all of them if it asks for nothing known."""
    if wanted == NOT_COUNTED:
        return branches.not_counted_since(rules.counted_since)
    if wanted == UNDER_STRENGTH:
        return branches.under_strength(rules.least_members)
    return branches


def cards(branches: Iterable[Branch], rules: Rules) -> list[Card]:
    """Each branch with what the rules say of it; asks the database nothing more."""
    return [
        Card(branch, _is_under(branch.last_count, rules), _is_due(branch.last_count, rules))
        for branch in branches
    ]


def _is_under(last: HeadCount | None, rules: Rules) -> bool:
    least = rules.least_members
    return last is not None and least is not None and last.members < least


def _is_due(last: HeadCount | None, rules: Rules) -> bool:
    since = rules.counted_since
    return since is not None and (last is None or last.counted_on < since)


def newest_versions(counts: Iterable[HeadCount]) -> dict[int, Any]:
    """The newest version of each count, by its key; one query."""
    keys = [count.pk for count in counts]
    versions = HeadCount.history.filter(id__in=keys).select_related("history_user")
    return {version.id: version for version in versions.order_by("history_id")}


def lines(commune: Commune, day: date) -> list[Line]:
    """A line for each branch of a commune on a day; three queries however many there are."""
    branches = list(branches_of(commune, day))
    counts = {
        count.branch_id: count
        for count in HeadCount.objects.filter(branch__commune=commune, counted_on=day)
    }
    versions = newest_versions(counts.values())
    return [
        line_of(branch, day, count, versions.get(count.pk) if count else None)
        for branch in branches
        for count in [counts.get(branch.pk)]
    ]


def line_of(
    branch: Branch, day: date, count: HeadCount | None, version: Any, form: CountForm | None = None
) -> Line:
    """The line of a branch; its form is made from the day's count unless one was sent."""
    seen = version.history_id if version else 0
    if form is None:
        initial = {"counted_on": day, "seen": seen}
        form = CountForm(instance=count, initial=initial, prefix=None, auto_id=_ids(branch))
    last = branch.last_count
    return Line(branch, form, version, None if last and last.counted_on == day else last)


def _ids(branch: Branch) -> str:
    return f"{branch.public_id}-%s"


def sent_form(data: Any, branch: Branch) -> CountForm:
    """The line of a branch as it was sent."""
    return CountForm(data, auto_id=_ids(branch))


def figures_in_words(count: Any) -> str:
    """Return a count, or a version of one, in words; what was not entered is a dash."""
    names = ("members", "party_members", "youth")
    values = {name: getattr(count, name) for name in names}
    return _("members %(members)s, Party members %(party_members)s, youth %(youth)s") % {
        name: "–" if value is None else value for name, value in values.items()
    }


def changes_of(branch: Branch) -> list[Change]:
    """What was changed of a branch and its counts, newest first."""
    limit = NEWEST_CHANGES + 1
    own = branch.history.select_related("history_user")
    counts = HeadCount.history.filter(branch_id=branch.pk).select_related("history_user")
    found = [
        *_told(list(own.order_by("-history_id")[:limit])),
        *_told(list(counts.order_by("-history_id")[: 2 * limit])),
    ]
    return sorted(found, key=lambda change: change.at, reverse=True)[:NEWEST_CHANGES]


def _told(versions: list[Any]) -> list[Change]:
    names = related_records(versions)
    by_record: dict[int, list[Any]] = {}
    for version in versions:
        by_record.setdefault(version.id, []).append(version)
    told = []
    for newest_first in by_record.values():
        for new, old in pairwise([*newest_first, None]):
            if old is not None and new.history_type == "~":
                told.append(Change(new, _name(new), differences(old, new, names)))
            elif new.history_type != "~":
                told.append(Change(new, _name(new), []))
    return told


def _name(version: Any) -> str:
    """What a version is of and, where nothing changes, what it says."""
    if not hasattr(version, "counted_on"):
        return _("Branch entered") if version.history_type == "+" else ""
    words = _("Count of %(day)s") % {"day": date_format(version.counted_on, "d/m/Y")}
    if version.history_type == "-":
        return f"{words}: " + _("deleted")
    return words if version.history_type == "~" else f"{words}: {figures_in_words(version)}"
