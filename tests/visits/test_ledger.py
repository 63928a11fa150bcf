"""The ledger can only grow, and what makes no sense does not get in; what the staff see of it."""

from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from core.append_only import AppendOnlyError
from tests.conftest import signed_in
from tests.news.helpers import count_queries
from visits.counting import figures
from visits.models import VisitAdjustment, VisitBotDay, VisitDay

pytestmark = pytest.mark.django_db
DAY = date(2024, 5, 15)
ADMIN = "/quan-tri/visits/visitadjustment/"


def entry(**values: Any) -> VisitAdjustment:
    """An opening entry, unless told otherwise."""
    usual = {"kind": "opening", "amount": 10, "stated_total": 10, "reason": "mở sổ"}
    return VisitAdjustment.objects.create(**{"effective_on": DAY, **usual, **values})


def rows() -> list[dict[str, Any]]:
    return [dict(row) for row in VisitAdjustment.objects.order_by("pk").values()]


def test_model_refuses_change_and_deletion() -> None:
    stored = entry()
    before = rows()
    stored.amount = 99
    with pytest.raises(AppendOnlyError):
        stored.save()
    with pytest.raises(AppendOnlyError):
        stored.delete()
    with pytest.raises(AppendOnlyError):
        VisitAdjustment.objects.all().delete()
    with pytest.raises(AppendOnlyError):
        VisitAdjustment.objects.update(amount=99)
    assert rows() == before


def test_database_refuses_change_and_deletion() -> None:
    entry()
    before = rows()
    statements = ["UPDATE visits_visitadjustment SET amount = 99"]
    if connection.vendor == "postgresql":
        statements.append("DELETE FROM visits_visitadjustment")
    for statement in statements:
        with (
            pytest.raises(DatabaseError, match="can only be added"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert rows() == before


@pytest.mark.django_db(transaction=True)
def test_refusal_by_the_database_goes_and_comes_with_its_migration() -> None:
    update = "UPDATE visits_visitadjustment SET amount = 99"
    entry()
    try:
        call_command("migrate", "visits", "0001", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute(update)
        assert [row["amount"] for row in rows()] == [99]
    finally:
        call_command("migrate", "visits", verbosity=0)
    with (
        pytest.raises(DatabaseError, match="can only be added"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(update)


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "manual", "stated_total": None},
        {"kind": "manual"},
        {"kind": "opening", "stated_total": None},
        {"kind": "other"},
        {"reason": ""},
        {"amount": 10**13},
        {"amount": -(10**13)},
    ],
    ids=str,
)
def test_database_refuses_what_makes_no_sense(values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        entry(**values)
    assert rows() == []


def test_database_refuses_an_entry_by_hand_of_nothing(admin_lan: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        entry(kind="manual", stated_total=None, by=admin_lan, amount=0)
    assert rows() == []


def test_database_refuses_a_second_opening() -> None:
    entry()
    with pytest.raises(IntegrityError), transaction.atomic():
        entry()
    assert len(rows()) == 1


def test_administrator_adds_an_entry_with_reason_and_becomes_its_author(
    admin_lan: User, reader_an: User
) -> None:
    browser = signed_in(admin_lan)
    form = {"amount": "-5", "reason": "Máy chủ thử đếm nhầm", "effective_on": "15/05/2024"}
    extra = {"kind": "opening", "by": reader_an.pk, "stated_total": "7", "created_at": "01/01/2000"}
    entry()
    response = browser.post(f"{ADMIN}add/", {**form, **extra})
    assert response.status_code == 302
    stored = rows()[-1]
    assert stored.pop("created_at").year == timezone.now().year
    assert stored | {"id": 0} == {
        "id": 0,
        "amount": -5,
        "kind": "manual",
        "reason": "Máy chủ thử đếm nhầm",
        "stated_total": None,
        "effective_on": DAY,
        "by_id": admin_lan.pk,
    }
    assert figures(DAY) == (0, 0, 0, 0, 5)


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"reason": ""}, "reason", "bắt buộc"),
        ({"amount": "0"}, "amount", "khác 0"),
        ({"amount": "-11"}, "amount", "dưới 0"),
        ({"amount": "9" * 14}, None, "quá lớn"),
        ({"amount": "abc"}, "amount", ""),
        ({"amount": "9" * 40}, "amount", ""),
        ({"effective_on": "31/02/2024"}, "effective_on", ""),
    ],
    ids=str,
)
def test_bad_entry_gets_a_sentence_and_keeps_what_was_typed(
    admin_lan: User, values: dict[str, str], field: str | None, words: str
) -> None:
    entry()
    form = {"amount": "5", "reason": "Sửa số", "effective_on": "15/05/2024", **values}
    response = signed_in(admin_lan).post(f"{ADMIN}add/", form)
    assert response.status_code == 200
    errors = response.context["adminform"].form.errors
    assert set(errors) == {field or "__all__"}
    assert words in str(errors)
    assert form["reason"] in response.content.decode() or not form["reason"]
    assert len(rows()) == 1


def test_nothing_but_adding_is_offered_or_taken(admin_lan: User) -> None:
    browser = signed_in(admin_lan)
    stored = entry()
    page = browser.get(f"{ADMIN}{stored.pk}/change/")
    assert page.status_code == 200
    assert not page.context["has_change_permission"]
    assert "_save" not in page.content.decode()
    before = rows()
    for path in (f"{ADMIN}{stored.pk}/change/", f"{ADMIN}{stored.pk}/delete/"):
        assert browser.post(path, {"post": "yes", "amount": "99"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [stored.pk], "post": "yes"}
    browser.post(ADMIN, chosen)
    assert rows() == before


@pytest.mark.parametrize("model", ["visitday", "visitbotday"])
def test_what_was_counted_is_for_reading(admin_lan: User, model: str) -> None:
    VisitDay.objects.create(day=DAY, visits=41)
    VisitBotDay.objects.create(day=DAY, kind="crawler", views=41)
    browser = signed_in(admin_lan)
    base = f"/quan-tri/visits/{model}/"
    page = browser.get(base)
    assert page.status_code == 200
    assert "41" in page.content.decode()
    assert browser.get(f"{base}add/").status_code == 403
    assert browser.post(f"{base}add/", {"day": "01/01/2024", "visits": "5"}).status_code == 403
    assert VisitDay.objects.count() == VisitBotDay.objects.count() == 1


@pytest.mark.parametrize("model", ["visitday", "visitbotday", "visitadjustment"])
def test_lists_cost_the_same_few_queries_for_one_row_and_for_many(
    admin_lan: User, model: str
) -> None:
    browser, costs = signed_in(admin_lan), []
    for number in (1, 100):
        start = VisitDay.objects.count()
        for n in range(start, number):
            day = date.fromordinal(DAY.toordinal() + n)
            VisitDay.objects.create(day=day, visits=n)
            VisitBotDay.objects.create(day=day, kind="crawler", views=n)
            entry(kind="manual", stated_total=None, by=admin_lan, amount=n + 1)
        costs.append(count_queries(browser, f"/quan-tri/visits/{model}/"))
    assert costs[0] == costs[1] <= 12


def test_strangers_do_not_see_it(reader_an: User, editor_minh: User) -> None:
    entry(reason="bí mật của sổ")
    for client, status in (
        (Client(), 302),
        (signed_in(reader_an), 302),
        (signed_in(editor_minh), 403),
    ):
        response = client.get(ADMIN)
        assert response.status_code == status
        assert "bí mật" not in response.content.decode()
