"""Writes to the organisation."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from branches.models import Branch, HeadCount, MistakeReport, Office
from branches.presets import Preset
from core.history import signed
from core.meanwhile import ChangedMeanwhile, changed_since, refuse_newer


@transaction.atomic
def apply_preset(preset: Preset, *, place: str, province: str) -> Office:
    """Name the office after a preset; address, telephone and emblem stay as they are."""
    office = Office.objects.select_for_update().first() or Office()
    for name, value in asdict(preset).items():
        text = value.format(place=place, province=province) if name != "level" else value
        setattr(office, name, text)
    office.full_clean(validate_unique=False)
    office.save()
    return office


@transaction.atomic
def change_branches(seen: Mapping[int, int], values: Mapping[str, Any], *, by: Any) -> list[Branch]:
    """Give all branches of `seen` (their keys and the versions that were shown) the same values.

    All or none: raises ChangedMeanwhile when one is newer than what was shown, and
    ValidationError, naming the branch, when one may not have these values.
    """
    found = Branch.objects.select_for_update(of=("self",)).select_related("commune")
    changed = []
    for branch in found.filter(pk__in=seen).order_by("pk"):
        refuse_newer(branch, seen[branch.pk])
        if all(getattr(branch, name) == value for name, value in values.items()):
            continue
        for name, value in values.items():
            setattr(branch, name, value)
        try:
            branch.full_clean()
        except ValidationError as error:
            raise ValidationError(f"{branch}: {' '.join(error.messages)}") from error
        signed(branch, by).save()
        changed.append(branch)
    return changed


@transaction.atomic
def report_mistake(branch: Branch, *, public_id: UUID, text: str, contact: str) -> MistakeReport:
    """Keep what a reader, who has no account, says is wrong about a branch, once.

    What comes twice is the report there is: the same form, which `public_id` tells, and the same
    words about the branch within a day. Raises ValidationError for what no report may hold.
    """
    # Those who send at once come one after the other.
    Branch.objects.select_for_update(of=("self",)).get(pk=branch.pk)
    report = MistakeReport(public_id=public_id, branch=branch, text=text, contact=contact)
    report.full_clean(validate_unique=False)
    lately = Q(branch=branch, text=report.text, sent_at__gt=timezone.now() - timedelta(days=1))
    known = MistakeReport.objects.filter(Q(public_id=public_id) | lately).first()
    if known is None:
        report.save()
    return known or report


class SettledAlready(Exception):
    """Somebody else settled the report first; nothing was written."""

    def __init__(self, report: MistakeReport) -> None:
        self.report = report
        super().__init__(f"settled by {report.settled_by}")


@transaction.atomic
def record_count(  # noqa: PLR0913 — a count is what it is.
    branch: Branch,
    *,
    day: date,
    members: int,
    party_members: int | None,
    youth: int | None,
    seen: int,
    by: Any,
) -> HeadCount:
    """Keep the head count of a branch on a local date; the same values again change nothing.

    `seen` is the version of that day's count that the person knew, 0 for none. If somebody else
    wrote other values since, ChangedMeanwhile is raised and nothing is written. ValidationError:
    the branch does not exist on that day, or the numbers contradict each other.
    """
    Branch.objects.select_for_update(of=("self",)).get(pk=branch.pk)
    if not Branch.objects.open_on(day).filter(pk=branch.pk).exists():
        raise ValidationError({"counted_on": _("The branch did not exist on this day.")})
    values = {"members": members, "party_members": party_members, "youth": youth}
    count = HeadCount.objects.filter(branch=branch, counted_on=day).first()
    if count and all(getattr(count, name) == value for name, value in values.items()):
        return count
    if count:
        meanwhile = changed_since(count, seen)
        # What one has written oneself, from an answer that was lost, is no surprise.
        if meanwhile and meanwhile.by != by:
            raise ChangedMeanwhile(meanwhile)
    count = count or HeadCount(branch=branch, counted_on=day)
    _write(count, values, by)
    return count


@transaction.atomic
def change_meeting(
    branch: Branch, *, meeting_day: int | None, meeting_note: str, by: Any
) -> Branch:
    """Keep when and where a branch meets, and nothing else of it; ValidationError if it cannot be.

    Whether somebody came between is the form's to ask, in the same transaction.
    """
    locked = Branch.objects.select_for_update(of=("self",)).select_related("commune")
    found = locked.get(pk=branch.pk)
    values = {"meeting_day": meeting_day, "meeting_note": meeting_note}
    if any(getattr(found, name) != value for name, value in values.items()):
        _write(found, values, by)
    return found


@transaction.atomic
def settle_report(report: MistakeReport, *, outcome: str, by: Any) -> MistakeReport:
    """Say what was done about a reader's report; sent twice by one person, it is settled once.

    Whoever comes second raises SettledAlready.
    """
    found = MistakeReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    if found.settled_at is not None:
        if found.settled_by == by and found.outcome == outcome:
            return found
        raise SettledAlready(found)
    _write(found, {"settled_at": timezone.now(), "settled_by": by, "outcome": outcome}, by)
    return found


def _write(record: Any, values: dict[str, Any], by: Any) -> None:
    for name, value in values.items():
        setattr(record, name, value)
    others = {field.name for field in record._meta.fields} - set(values)
    record.clean_fields(exclude=others)
    record.validate_constraints(exclude=others)
    signed(record, by).save()
