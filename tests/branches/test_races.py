"""Two people and five clicks at the same moment, in threads."""

from collections import Counter
from functools import partial
from typing import Any

import pytest
from django.db import connection  # noqa: F401 — asked by the mark.
from django.utils import timezone

from accounts.models import User
from branches.actions import SettledAlready, record_count, settle_report
from branches.models import Branch, Commune, HeadCount, MistakeReport
from core.meanwhile import ChangedMeanwhile
from tests.factories import make_branch
from tests.visits.helpers import together

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs real PostgreSQL"),
]
ROUNDS = 5


def count(branch: Branch, members: int, by: User) -> str:
    """Whether the count was kept, or who came first."""
    values: dict[str, Any] = {"party_members": None, "youth": None, "seen": 0}
    try:
        record_count(branch, day=timezone.localdate(), members=members, by=by, **values)
    except ChangedMeanwhile as told:
        return str(told.meanwhile.by)
    return "kept"


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_of_two_with_different_figures_one_wins_and_the_other_is_told(
    _round: int, commune_a: Commune, officer_a: User, admin_lan: User
) -> None:
    branch = make_branch(commune_a)
    answers = together([partial(count, branch, 5, officer_a), partial(count, branch, 6, admin_lan)])
    winner = officer_a if answers[0] == "kept" else admin_lan
    assert sorted(answers) == sorted(["kept", str(winner)])
    stored = HeadCount.objects.get()
    assert stored.members == (5 if winner == officer_a else 6)
    assert stored.history.get().history_user == winner
    branch.refresh_from_db()
    assert branch.last_count == stored


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_five_clicks_at_once_are_one_count_and_one_version(
    _round: int, commune_a: Commune, officer_a: User
) -> None:
    branch = make_branch(commune_a)
    answers = together([partial(count, branch, 5, officer_a)] * 5)
    assert answers == ["kept"] * 5
    assert HeadCount.objects.get().history.count() == 1


def settle(report: MistakeReport, by: User) -> str:
    try:
        settle_report(report, outcome="Đã sửa", by=by)
    except SettledAlready as told:
        return str(told.report.settled_by)
    return "settled"


def test_of_two_who_settle_a_report_the_first_is_named(
    commune_a: Commune, officer_a: User, admin_lan: User
) -> None:
    report = MistakeReport.objects.create(branch=make_branch(commune_a), text="Sai tên.")
    answers = together([partial(settle, report, by) for by in (officer_a, admin_lan)])
    winner = str(MistakeReport.objects.get().settled_by)
    assert Counter(answers) == Counter({"settled": 1, winner: 1})
    assert report.history.count() == 2
