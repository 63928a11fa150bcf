"""Lists of the back office cost few queries, and no more for a hundred rows than for one."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import Event, User
from accounts.roles import Role
from branches.actions import settle_report
from branches.models import Branch, Commune, HeadCount, MistakeReport, Office, Threshold
from core.changes import PER_PAGE
from core.history import audited_models
from news.models import Article, Category
from tests.conftest import signed_in
from tests.factories import PUBLISHED_AT, make_branch, make_category, make_photo_row, make_published
from tests.news.helpers import count_queries, page
from visits.models import VisitAdjustment, VisitBotDay, VisitDay

pytestmark = pytest.mark.django_db
CHANGES = "/quan-tri/lich-su/"
MANY = 100
MOST = 12
# The page of changes reads the versions of each kind on it by themselves, with all names, since
# each kind has a table and columns of its own: one query for a kind, whatever the rows, and these
# for everything else. A page has fifty rows, so kinds that are not on it cost nothing.
MOST_BESIDE_KINDS = 8
ONE_ROW: set[type[Model]] = {Office}


def make_officer(number: int) -> User:
    """An officer of a commune of his own."""
    return User.objects.create_user(
        f"nguoi{number}",
        full_name=f"Lê Văn {number}",
        role=Role.COMMUNE_OFFICER,
        commune=Commune.objects.create(name=f"Xã của người {number}"),
    )


def make_counted_branch(number: int) -> Branch:
    """A branch of a commune of its own with a count."""
    branch = make_branch(Commune.objects.create(name=f"Xã của chi đoàn {number}"))
    HeadCount.objects.create(branch=branch, counted_on=day(number), members=number)
    return branch


def make_report(number: int) -> MistakeReport:
    """A report about a branch of its own, every second one settled by a person of its own."""
    report = MistakeReport.objects.create(branch=make_counted_branch(number), text="Sai tên.")
    if number % 2:
        settle_report(report, outcome="Đã sửa.", by=make_officer(number))
    return report


def make_event(number: int) -> Event:
    """An event by a person of its own."""
    return Event.objects.create(
        kind=[*Event.Kind][number % len(Event.Kind)],
        by=make_officer(number),
        subject=f"nguoi{number}",
        address=f"203.0.113.{number}",
    )


def make_article(number: int) -> Article:
    """An article with a category and an editor of its own."""
    return make_published(
        category=make_category(),
        status=[*Article.Status][number % len(Article.Status)],
        status_by=make_officer(number),
        publish_at=PUBLISHED_AT - timedelta(days=number),
        author=f"Tác giả {number}",
    )


def make_adjustment(number: int) -> VisitAdjustment:
    """An entry by a person of its own."""
    return VisitAdjustment.objects.create(
        effective_on=date(2024, 5, 15), amount=number + 1, reason="Thử", by=make_officer(number)
    )


def day(number: int) -> date:
    return date(2024, 1, 1) + timedelta(days=number)


# How a row is made for each list, on related records that no other row has.
MAKERS: dict[type[Model], Callable[[int], Any]] = {
    Office: lambda _number: Office.objects.load().save(),
    Commune: lambda number: Commune.objects.create(name=f"Xã số {number}"),
    Branch: make_counted_branch,
    MistakeReport: make_report,
    Threshold: lambda number: Threshold.objects.create(
        subject="count_months", value=number + 1, document="Thử", valid_from=day(number)
    ),
    User: make_officer,
    Event: make_event,
    Category: lambda _number: make_category(),
    Article: make_article,
    VisitDay: lambda number: VisitDay.objects.create(day=day(number), visits=number),
    VisitBotDay: lambda number: VisitBotDay.objects.create(day=day(number), kind="crawler"),
    VisitAdjustment: make_adjustment,
}


@pytest.fixture
def browser(office: Office) -> Client:
    """The district's administrator, whose rights are those of the role."""
    return signed_in(User.objects.create_user("chanh", role=Role.DISTRICT_ADMIN))


def registered() -> list[type[Model]]:
    return sorted(admin.site._registry, key=lambda model: model._meta.label)


def test_every_list_has_a_maker_of_rows() -> None:
    assert set(registered()) == set(MAKERS)


@pytest.mark.parametrize("model", registered(), ids=lambda model: model._meta.label_lower)
def test_list_costs_the_same_for_one_row_and_for_many(model: type[Model], browser: Client) -> None:
    options = model._meta
    address = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    MAKERS[model](0)
    # What the process keeps after the first page is no cost of the list.
    page(browser, address)
    one = count_queries(browser, address)
    for number in range(1, MANY):
        MAKERS[model](number)
    shown = len(browser.get(address).context["cl"].result_list)
    assert count_queries(browser, address) == one
    assert one <= MOST
    assert shown >= (1 if model in ONE_ROW else 50)


def change_one_of_each(number: int) -> None:
    """A change of a record of each kind, with relations that no other has."""
    article = make_article(number)
    make_photo_row(article).save()
    make_officer(number + MANY).save()
    for record in (article, article.category, Office.objects.load()):
        record.save()


def test_page_of_changes_costs_the_same_for_few_and_for_many(browser: Client) -> None:
    kinds = ["", *(f"?kind={model._meta.label_lower}" for model in audited_models())]
    for number in range(2):
        change_one_of_each(number)
    page(browser, CHANGES)
    few = {kind: count_queries(browser, CHANGES + kind) for kind in kinds}
    for number in range(2, MANY):
        change_one_of_each(number)
    assert {kind: count_queries(browser, CHANGES + kind) for kind in kinds} == few
    rows = browser.get(CHANGES).context["page"].rows
    assert len(rows) == PER_PAGE
    kinds_shown = {row.kind for row in rows}
    assert len(kinds_shown) >= 6
    assert few.pop("") <= MOST_BESIDE_KINDS + len(kinds_shown)
    assert max(few.values()) <= MOST_BESIDE_KINDS + 1
