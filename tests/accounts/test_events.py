"""What the log of access holds, who reads it, and that nobody changes it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts.models import Event, User
from accounts.roles import Role
from core.append_only import AppendOnlyError
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db
LIST = "/quan-tri/accounts/event/"
SIGN_IN = "/tai-khoan/dang-nhap/"
SECRET = "hạt giống bí mật 2024"


def kinds() -> list[str]:
    return [*Event.objects.order_by("pk").values_list("kind", flat=True)]


def test_signing_in_out_and_failing_are_logged_without_the_password(
    log_lines: Callable[[], list[dict[str, Any]]],
) -> None:
    user = User.objects.create_user("tam", password=SECRET, is_staff=True)
    browser = Client(REMOTE_ADDR="203.0.113.7", HTTP_USER_AGENT="Mozilla/5.0")
    browser.post(SIGN_IN, {"login": "tam", "password": f"{SECRET} sai"})
    browser.post(SIGN_IN, {"login": "tam", "password": SECRET})
    browser.post("/tai-khoan/dang-xuat/")
    assert kinds() == ["sign_in_failed", "signed_in", "signed_out"]
    rows = [*Event.objects.order_by("pk")]
    assert [row.by for row in rows] == [None, user, user]
    assert {(row.subject, row.address) for row in rows} == {("tam", "203.0.113.7")}
    assert rows[0].detail == {"agent": "Mozilla/5.0"}
    lines = log_lines()
    assert [line["kind"] for line in lines if line["message"] == "event"] == kinds()
    assert SECRET not in str([*Event.objects.values()]) + str(lines)


def test_what_strangers_type_forges_no_line(
    log_lines: Callable[[], list[dict[str, Any]]],
) -> None:
    name = 'tam\r\n{"message": "event"}\x1b[31m\u202e' + "x" * 300
    agent = "Mozilla\x1b[2J\n" + "y" * 900
    Client(HTTP_USER_AGENT=agent).login(username=name, password=SECRET)
    browser = Client(HTTP_USER_AGENT=agent)
    browser.post(SIGN_IN, {"login": name[:100], "password": SECRET})
    events = [line for line in log_lines() if line["message"] == "event"]
    assert [line["kind"] for line in events] == ["sign_in_failed"] * 2
    for row in Event.objects.all():
        text = row.subject + row.detail.get("agent", "")
        assert [sign for sign in "\r\n\x1b\u202e" if sign in text] == []
        assert len(row.subject) <= 150
        assert len(row.detail.get("agent", "")) <= 200


def test_change_of_rights_is_logged_with_before_and_after(admin_lan: User, reader_an: User) -> None:
    before = Event.objects.count()
    browser = signed_in(admin_lan)
    values = {"username": "an", "full_name": "Phạm Bình An", "role": Role.VIEWER}
    assert (
        browser.post(f"/quan-tri/accounts/user/{reader_an.pk}/change/", values).status_code == 302
    )
    event = Event.objects.get(kind=Event.Kind.RIGHTS_CHANGED, subject="an")
    assert event.by == admin_lan
    assert event.address == "127.0.0.1"
    assert event.detail["changes"] == {"role": ["", "viewer"], "is_active": [True, False]}
    reader_an.refresh_from_db()
    reader_an.full_name = "Phạm Bình Ân"
    reader_an.save()
    # That sign-in, and the change.
    assert Event.objects.count() == before + 2


def test_account_with_rights_from_the_start_is_logged(officer_a: User, reader_an: User) -> None:
    changes = Event.objects.get(kind=Event.Kind.RIGHTS_CHANGED).detail["changes"]
    assert changes["role"] == [None, "commune_officer"]
    assert changes["commune_id"] == [None, officer_a.commune_id]


def test_refused_page_is_logged_for_who_is_signed_in(editor_minh: User) -> None:
    assert signed_in(editor_minh).get(LIST).status_code == 403
    assert Client().get(LIST).status_code == 302
    event = Event.objects.get(kind=Event.Kind.REFUSED)
    assert (event.by, event.detail["method"], event.detail["path"]) == (editor_minh, "GET", LIST)


def test_model_refuses_change_and_deletion(reader_an: User) -> None:
    event = Event.objects.create(kind=Event.Kind.REFUSED, by=reader_an, subject="an")
    event.subject = "ai khác"
    for change in (
        event.save,
        event.delete,
        Event.objects.all().delete,
        lambda: Event.objects.update(subject="ai khác"),
    ):
        with pytest.raises(AppendOnlyError):
            change()
    assert Event.objects.get(pk=event.pk).subject == "an"


def test_database_refuses_change_and_deletion() -> None:
    Event.objects.create(kind=Event.Kind.REFUSED, subject="an")
    statements = ["UPDATE accounts_event SET subject = 'x'"]
    if connection.vendor == "postgresql":
        statements.append("DELETE FROM accounts_event")
    for statement in statements:
        with (
            pytest.raises(DatabaseError, match="can only be added"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert Event.objects.get().subject == "an"


def test_administrators_read_and_search_and_others_do_not(editor_minh: User) -> None:
    admin = User.objects.create_user("phuong", role=Role.DISTRICT_ADMIN)
    event = Event.objects.create(kind=Event.Kind.REFUSED, by=editor_minh, subject="minh")
    browser = signed_in(admin)
    found = browser.get(LIST, {"q": "minh", "kind__exact": "refused"}).context["cl"].result_list
    assert [*found] == [event]
    page = browser.get(f"{LIST}{event.pk}/change/")
    assert (page.status_code, 'name="_save"' in page.content.decode()) == (200, False)
    assert browser.post(f"{LIST}{event.pk}/change/", {"subject": "x"}).status_code == 403
    viewer = User.objects.create_user("xem", role=Role.VIEWER)
    assert signed_in(viewer).get(LIST).status_code == 403
