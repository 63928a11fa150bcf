"""The communes and branches of the demo, their counts of two years and what readers reported."""

import random
import tomllib
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from accounts.models import User
from branches.models import Branch, Commune, HeadCount, Lineage, MistakeReport
from branches.names import BranchKind, read_branch_name

FILE = Path(__file__).parent / "demo" / "communes.toml"
NAMESPACE = uuid.UUID("6f0c2f5e-6a64-4f0e-9d1c-7f4c5f2b9a11")
# How many of a hundred branches have so many members, from and to.
SIZES = [(8, 1, 2), (59, 3, 8), (24, 9, 16), (9, 17, 56)]
COUNTED_DAYS = 730
# So many of the branches were last counted longer ago than the rule of six months allows.
STALE = 7
# Branches begin a new term after two and a half years, those of schools each year.
TERM_DAYS, SCHOOL_TERM_DAYS = 913, 365
# Day and month, before the article that tells of it.
MERGED_ON = (11, 1)
CLOSED_SIZE = 2
NEVER_COUNTED = "tổ dân phố Bến Xe"
MERGED_BY = "Quyết định số 45-QĐ/ĐTN"
NOTES = [
    "19:30, nhà văn hóa",
    "20:00, nhà văn hóa",
    "19:00, ngày mùa chuyển sang tối thứ Bảy",
    "Sau buổi họp chi bộ",
    "",
    "",
]
OTHER_NOTES = ["16:30, phòng họp của đơn vị", "Sau giờ làm việc", ""]


@dataclass(frozen=True)
class DemoCommune:
    """A commune and its open branches as officers type them."""

    kind: str
    name: str
    address: str
    branches: list[str]


@dataclass(frozen=True)
class DemoClosed:
    """A branch that was closed, and the one that its members joined."""

    commune: str
    name: str
    into: str
    kind: str


@dataclass(frozen=True)
class DemoReport:
    """What a reader told; it waits as long as `settled` is empty."""

    commune: str
    branch: str
    days_ago: int
    text: str
    contact: str
    settled: str
    by: str = ""


@dataclass(frozen=True)
class DemoOrganisation:
    """All of `demo/communes.toml`."""

    communes: list[DemoCommune]
    closed: list[DemoClosed]
    reports: list[DemoReport]


@dataclass
class Made:
    """The branches that were made, by commune and key."""

    open: dict[tuple[str, str], Branch] = field(default_factory=dict)
    closed: list[Branch] = field(default_factory=list)

    def find(self, commune: str, name: str) -> Branch:
        """The open branch of a written name."""
        return self.open[commune, read_branch_name(name).key]


def demo_organisation() -> DemoOrganisation:
    """Read the file."""
    told = tomllib.loads(FILE.read_text("utf-8"))
    return DemoOrganisation(
        [DemoCommune(**row) for row in told["commune"]],
        [DemoClosed(**row) for row in told["closed"]],
        [DemoReport(**row) for row in told["report"]],
    )


def demo_sizes(number: int) -> list[int]:
    """Return the members of so many branches, the smallest first, by the shares of SIZES."""
    chance = _chance("sizes")
    counts = [round(number * share / 100) for share, _least, _most in SIZES]
    counts[1] += number - sum(counts)
    sizes = [
        # Small ones are the more frequent within each range, too.
        least + int((most - least + 1) * chance.random() ** 1.2)
        for count, (_share, least, most) in zip(counts, SIZES, strict=True)
        for _ in range(count)
    ]
    return sorted(sizes)


def merged_on(today: date) -> date:
    """When branches were put together: before the last time the article on it appeared."""
    year = today.year - (0 if (today.month, today.day) > (11, 12) else 1)
    return date(year, *MERGED_ON)


def make_communes() -> dict[str, Commune]:
    """Make the communes and return them by name."""
    made = {}
    for number, row in enumerate(demo_organisation().communes, start=1):
        commune = Commune(
            public_id=uuid.uuid5(NAMESPACE, f"{row.kind} {row.name}"),
            kind=row.kind,
            name=row.name,
            valid_from=date(1986, 1, 1),
            contact_address=row.address,
            contact_phone=f"0200 000 {100 + number}",
        )
        commune.full_clean()
        commune.contact_email = f"doan.{commune.slug.replace('-', '')}@hongson.example"
        commune.save()
        made[row.name] = commune
    return made


def make_branches(communes: dict[str, Commune], today: date) -> None:
    """Make the branches with their counts, what became of the closed ones, and the reports."""
    told = demo_organisation()
    made = Made()
    joined = {(row.commune, row.into) for row in told.closed if row.kind == "consolidate"}
    for row in told.communes:
        for typed in row.branches:
            since = merged_on(today) if (row.name, typed) in joined else None
            branch = _make_branch(communes[row.name], typed, today, since)
            made.open[row.name, branch.folded_name] = branch
    for closed in told.closed:
        _make_closed(communes[closed.commune], closed, made, today)
    _make_counts(made, today)
    for report in told.reports:
        _make_report(made.find(report.commune, report.branch), report, today)


def _chance(*what: object) -> random.Random:
    # Invented figures, not secrets.
    return random.Random(" ".join(map(str, what)))  # noqa: S311


def _make_branch(
    commune: Commune, typed: str, today: date, since: date | None = None, **values: Any
) -> Branch:
    name = read_branch_name(typed)
    chance = _chance(commune.key, name.key)
    if since:
        values |= {"founded_on": since, "founding_decision": MERGED_BY}
    elif chance.random() < 0.85:
        values |= _founding(chance)
    branch = Branch(
        public_id=uuid.uuid5(NAMESPACE, f"{commune.key} {name.key}"),
        commune=commune,
        kind=name.kind,
        area_kind=name.area_kind,
        name=name.name,
        **values,
        **_meeting(chance, name.kind),
        **_term(chance, name.kind, today, since),
    )
    branch.full_clean()
    branch.save()
    return branch


def _founding(chance: random.Random) -> dict[str, Any]:
    """Long ago, many on the day of the Union; decisions were kept later only."""
    day = date(chance.randint(1988, 2014), 3, 26)
    if chance.random() < 0.5:
        day += timedelta(days=chance.randint(10, 250))
    number = chance.randint(3, 60)
    return {
        "founded_on": day,
        "founding_decision": f"Quyết định số {number}-QĐ/ĐTN" if day.year > 2003 else "",
    }


def _meeting(chance: random.Random, kind: BranchKind) -> dict[str, Any]:
    """Most meet on a fixed day, which is early in the month or in the middle of it."""
    if chance.random() < 0.2:
        return {}
    notes = NOTES if kind == BranchKind.RESIDENTIAL else OTHER_NOTES
    day = chance.choice([1, 2, 3, 5, 5, 6, 10, 15, 15, 20, 26, 28])
    return {"meeting_day": day, "meeting_note": chance.choice(notes)}


def _term(
    chance: random.Random, kind: BranchKind, today: date, since: date | None
) -> dict[str, Any]:
    if not since and chance.random() < 0.1:
        return {}
    days = SCHOOL_TERM_DAYS if kind == BranchKind.SCHOOL else TERM_DAYS
    # A few are late with their congress.
    begins = since or today - timedelta(days=chance.randint(20, days + 30))
    return {"term_begins_on": begins, "term_ends_on": begins + timedelta(days=days)}


def _make_closed(commune: Commune, row: DemoClosed, made: Made, today: date) -> None:
    day = merged_on(today)
    branch = _make_branch(commune, row.name, today, closed_on=day, closing_decision=MERGED_BY)
    made.closed.append(branch)
    Lineage.objects.create(
        predecessor=branch,
        successor=made.find(row.commune, row.into),
        kind=row.kind,
        effective_on=day,
        decision=MERGED_BY,
    )


def _make_counts(made: Made, today: date) -> None:
    """Write all counts; the newest of each branch by itself, so that the branch points at it."""
    branches = [*made.open.values()]
    counted = [branch for branch in branches if branch.label != NEVER_COUNTED]
    kinds = (BranchKind.SCHOOL, BranchKind.ENTERPRISE)
    by_size = sorted(
        counted, key=lambda each: _chance(each.public_id).random() + 0.6 * (each.kind in kinds)
    )
    old = [each for each in counted if not each.founded_on or each.founded_on.year < today.year - 1]
    stale = {each.pk for each in _chance("stale").sample(old, STALE)}
    series = [
        [*_counts(branch, size, today, stale=branch.pk in stale)]
        for branch, size in zip(by_size, demo_sizes(len(by_size)), strict=True)
    ]
    series += [[*_counts(branch, CLOSED_SIZE, merged_on(today))] for branch in made.closed]
    _save_counts(series)


def _counts(branch: Branch, size: int, today: date, *, stale: bool = False) -> Iterator[HeadCount]:
    """Yield the counts of a branch, the newest first: every three or four months for two years."""
    chance = _chance(branch.public_id, "counts")
    first = max(today - timedelta(days=COUNTED_DAYS), branch.founded_on or date.min)
    day = today - timedelta(days=chance.randint(200, 400) if stale else chance.randint(3, 70))
    # A branch that has just begun was counted in its first days.
    day = max(day, first + timedelta(days=3))
    party = chance.uniform(0.05, 0.35)
    youth = chance.uniform(2.5, 6)
    while day >= first:
        yield HeadCount(
            branch=branch,
            counted_on=day,
            members=size,
            party_members=int(size * party),
            youth=round(size * youth) + 4 if branch.kind == BranchKind.RESIDENTIAL else None,
        )
        day -= timedelta(days=chance.randint(85, 125))
        size = max(1, size + chance.choice([-1, 0, 0, 0, 1, 1, round(size / 8)]))


def _save_counts(series: Iterable[list[HeadCount]]) -> None:
    older, newest = [], []
    for counts in series:
        newest.append(counts[0])
        older += counts[:0:-1]
    bulk_create_with_history(older, HeadCount, batch_size=200)
    for count in newest:
        count.save()


def _make_report(branch: Branch, row: DemoReport, today: date) -> None:
    sent_at = _moment(today - timedelta(days=row.days_ago), time(20, 14))
    report = MistakeReport(
        public_id=uuid.uuid5(NAMESPACE, f"{branch.public_id} {row.days_ago}"),
        branch=branch,
        text=row.text,
        contact=row.contact,
        outcome=row.settled,
    )
    if row.settled:
        report.settled_at = sent_at + timedelta(days=2, hours=-9)
        report.settled_by = User.objects.get(username=row.by)
    report.full_clean()
    report.save()
    # The time of sending is set by the first save.
    report.sent_at = sent_at
    report.save_without_historical_record(update_fields=["sent_at"])  # type: ignore[attr-defined]


def _moment(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, timezone.get_current_timezone())
