"""The organisation of the demo: life-like, invented, and the same each time."""

import re
import unicodedata
from collections import Counter
from datetime import date, timedelta

import pytest

from accounts.models import User
from branches.models import Branch, Commune, HeadCount, Lineage, MistakeReport
from branches.names import BranchKind, read_branch_name
from portal.demo_data import seed_demo
from portal.demo_organisation import (
    FILE,
    SIZES,
    demo_organisation,
    demo_sizes,
    make_branches,
    make_communes,
    merged_on,
)

TODAY = date(2026, 11, 24)
SIX_MONTHS_AGO = TODAY - timedelta(days=184)


def shares(sizes: list[int]) -> list[float]:
    """How many of a hundred lie in each range."""
    return [
        100 * sum(least <= size <= most for size in sizes) / len(sizes)
        for _share, least, most in SIZES
    ]


@pytest.mark.parametrize("number", [109, 500])
def test_sizes_have_the_shares_that_are_asked(number: int) -> None:
    sizes = demo_sizes(number)
    assert len(sizes) == number
    assert sizes == sorted(sizes) == demo_sizes(number)
    assert shares(sizes) == pytest.approx([8, 59, 24, 9], abs=1)


def test_the_file_is_invented_and_in_one_form() -> None:
    text = FILE.read_text("utf-8")
    assert unicodedata.is_normalized("NFC", text)
    # No telephone number and no address of the Internet that could be somebody's.
    assert set(re.findall(r"\+?\d[\d .]{7,}\d", text)) == {"0200 000 321"}
    assert re.findall(r"@(\S+?)\"", text) == ["thu.example"]
    assert not re.search(r"https?:|\b(?:ông|bà|anh|chị|đồng chí) [A-ZĐ]", text)


def test_names_are_as_untidy_as_those_people_type() -> None:
    typed = [name for commune in demo_organisation().communes for name in commune.branches]
    assert len(typed) == 110
    assert any(name.startswith("Chi đoàn Chi đoàn ") for name in typed)
    assert any(name.startswith("CĐ ") for name in typed)
    assert any(name.isupper() for name in typed)
    assert any("  " in name for name in typed)
    assert sum(read_branch_name(name).name != name for name in typed) > 90


@pytest.mark.parametrize(
    "today", [date(2024, 2, 29), date(2026, 11, 12), date(2026, 11, 13), date(2027, 1, 1)]
)
def test_branches_were_merged_before_the_article_tells_of_it(today: date) -> None:
    assert timedelta(days=11) < today - merged_on(today) < timedelta(days=378)


@pytest.mark.django_db
def test_the_organisation_is_as_an_office_knows_it() -> None:
    assert seed_demo(today=TODAY)
    check_communes()
    check_branches()
    check_closed()
    check_counts()
    check_reports()


def check_communes() -> None:
    """Two townships and sixteen communes that the public can reach."""
    communes = list(Commune.objects.all())
    assert Counter(commune.kind for commune in communes) == {"thi-tran": 2, "xa": 16}
    assert len({commune.contact_email for commune in communes}) == 18
    for commune in communes:
        assert commune.branches.count() >= 3
        assert commune.contact_address
        assert commune.contact_phone.startswith("0200 000 ")
        assert commune.contact_email.endswith("@hongson.example")
        commune.full_clean()
    own = User.objects.get(username="honglac").commune
    assert 6 <= Branch.objects.open_on(TODAY).filter(commune=own).count() <= 9


def check_branches() -> None:
    """Clean names of every kind, some of which two communes share."""
    branches = list(Branch.objects.open_on(TODAY).select_related("commune"))
    assert len(branches) == 110
    for branch in branches:
        branch.full_clean()
        assert branch.folded_name == read_branch_name(branch.label).key
        assert "chi đoàn" not in branch.name.lower()
    assert {branch.kind for branch in branches} == set(BranchKind.values)
    names = Counter(branch.folded_name for branch in branches)
    assert names["thon go man"] == names["thon bai say"] == 2
    town = [branch.label for branch in branches if branch.commune.name == "Hồng Sơn"]
    assert {"tổ dân phố số 4", "tổ dân phố Trung Tâm", "Công an thị trấn"} <= set(town)
    assert any(branch.area_kind == "thon" and branch.name.isdecimal() for branch in branches)
    unknown = [b for b in branches if b.kind == BranchKind.RESIDENTIAL and not b.area_kind]
    assert 3 <= len(unknown) <= 8
    assert 5 <= sum(branch.meeting_day is None for branch in branches) <= 40
    assert any(branch.founded_on is None for branch in branches)


def check_closed() -> None:
    """Who was closed is told with the decision and what became of it."""
    closed = Branch.objects.exclude(closed_on=None)
    assert closed.count() == 7
    for branch in closed:
        assert branch.closed_on
        assert branch.closed_on < TODAY
        assert branch.closing_decision
        [lineage] = branch.successors.all()
        assert lineage.effective_on == branch.closed_on
        assert lineage.successor.closed_on is None
        assert lineage.successor.commune == branch.commune
        newest = branch.counts.order_by("counted_on").last()
        assert newest
        assert newest.counted_on < branch.closed_on
    assert {lineage.kind for lineage in Lineage.objects.all()} == {"merge_into", "consolidate"}


def check_counts() -> None:
    """Two years, with a history; the newest stands at its branch."""
    counts = list(HeadCount.objects.all())
    assert HeadCount.history.count() == len(counts) > 600
    days = [count.counted_on for count in counts]
    assert TODAY - timedelta(days=760) < min(days) < TODAY - timedelta(days=640)
    assert TODAY - timedelta(days=10) < max(days) < TODAY
    for branch in Branch.objects.all():
        assert branch.last_count == branch.counts.order_by("counted_on").last()
    branches = Branch.objects.open_on(TODAY)
    sizes = [
        branch.last_count.members
        for branch in branches.select_related("last_count")
        if branch.last_count
    ]
    assert shares(sizes) == pytest.approx([8, 59, 24, 9], abs=3)
    assert branches.under_strength(3).count() == 9
    assert 6 <= branches.not_counted_since(SIX_MONTHS_AGO).count() <= 12
    assert branches.filter(last_count=None).count() == 1


def check_reports() -> None:
    """Two wait, two were settled after they were sent."""
    reports = MistakeReport.objects.all()
    assert reports.waiting().count() == 2
    settled = reports.exclude(settled_at=None)
    assert settled.count() == 2
    for report in settled:
        assert report.settled_at
        assert report.sent_at < report.settled_at
        assert report.outcome
    assert max(report.sent_at.date() for report in reports) < TODAY


@pytest.mark.django_db
@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2025, 11, 13), date(2026, 1, 1)])
def test_it_can_be_made_on_any_day_and_is_the_same_again(today: date) -> None:
    for username in ("canbo", "donghoa"):
        User.objects.create_user(username)
    make_branches(make_communes(), today)
    made = everything()
    assert max(HeadCount.objects.values_list("counted_on", flat=True)) < today
    assert Branch.objects.filter(founded_on__gte=today).count() == 0
    MistakeReport.objects.all().delete()
    Lineage.objects.all().delete()
    for count in HeadCount.objects.all():
        count.delete()
    Branch.objects.all().delete()
    Commune.objects.all().delete()
    make_branches(make_communes(), today)
    assert everything() == made


def everything() -> list[object]:
    """What the records say, without the numbers of their rows."""
    return [
        list(Commune.objects.order_by("sort_key").values_list("public_id", "name")),
        list(
            Branch.objects.order_by("sort_key", "public_id").values_list(
                "public_id", "name", "founded_on", "meeting_day", "term_ends_on", "closed_on"
            )
        ),
        list(
            HeadCount.objects.order_by("branch__public_id", "counted_on").values_list(
                "branch__public_id", "counted_on", "members", "party_members", "youth"
            )
        ),
        list(MistakeReport.objects.order_by("sent_at").values_list("public_id", "sent_at")),
    ]
