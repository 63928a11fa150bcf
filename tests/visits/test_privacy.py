"""At rest there is no address, no name of a browser, no token and nothing that was read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from tests.factories import make_published
from tests.visits.clock import Clock
from tests.visits.helpers import BEACON, PHONE, SAME_ORIGIN, local, send, token, view
from visits.actions import clean_up
from visits.models import VisitSalt, VisitSession

pytestmark = pytest.mark.django_db
ADDRESS = "203.0.113.77"
AGENT = f"{PHONE} DauVetRieng/7"
COLUMNS = {
    "visits_visitday": {"day", "visits"},
    "visits_visitsession": {"key", "day", "last_seen", "counted"},
    "visits_visitsalt": {"day", "salt"},
    "visits_visitbotday": {"id", "day", "kind", "views"},
    "visits_visitadjustment": {
        *("id", "amount", "kind", "reason", "stated_total", "effective_on", "by_id", "created_at"),
    },
}


def dump() -> str:
    """Every value of every table, as text."""
    values = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            for row in cursor.fetchall():
                values += [bytes(v).hex() if isinstance(v, bytes | memoryview) else v for v in row]
    return "\n".join(map(str, values))


def test_database_holds_nothing_that_leads_to_a_reader() -> None:
    article = make_published(title="Dấu vết trong cơ sở dữ liệu")
    reader = Client(headers={"user-agent": AGENT}, REMOTE_ADDR=ADDRESS)
    reader.get(article.get_absolute_url(), headers={"referer": "https://noi-khac.example/trang"})
    view(token(0xABCDEF), agent=AGENT, address=ADDRESS)
    view("", agent=AGENT, address=ADDRESS)
    view("", agent="curl/8 DauVetRieng", address=ADDRESS)
    found = dump()
    assert article.title in found  # What is there is found.
    assert all(session.key in found for session in VisitSession.objects.all())
    assert VisitSession.objects.count() == 2
    for trace in (ADDRESS, ADDRESS.encode().hex(), "DauVetRieng", token(0xABCDEF), "noi-khac"):
        assert trace not in found


def test_tables_of_the_counter_have_these_columns_and_no_others() -> None:
    with connection.cursor() as cursor:
        describe = connection.introspection.get_table_description
        found = {
            model._meta.db_table: {column.name for column in describe(cursor, model._meta.db_table)}
            for model in apps.get_app_config("visits").get_models()
        }
    assert found == COLUMNS


def read_and_be_counted(settings: Any) -> None:
    """Views with a token, without, by a robot, and refused, all behind a proxy."""
    settings.TRUSTED_PROXIES = 1
    told = {**SAME_ORIGIN, "X-Forwarded-For": ADDRESS, "Referer": "http://testserver/noi-khac/"}
    for body in (token(0xABCDEF), "", f"{token(0xABCDEF)}0"):
        for agent in (AGENT, "curl/8 DauVetRieng"):
            send(body, agent=agent, headers=told)
            send(body, agent=agent, headers={**told, "Sec-Fetch-Site": "cross-site"})


TRACES = [ADDRESS, "DauVetRieng", token(0xABCDEF), "noi-khac"]


def test_log_tells_neither_who_nor_from_where(
    settings: Any, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    """Views by people who are not signed in are not even in it."""
    read_and_be_counted(settings)
    lines = log_lines()
    assert [line for line in lines if line.get("path") == BEACON] == []
    assert [trace for trace in TRACES if trace in str(lines)] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the file is read as it lies there")
def test_file_of_the_database_holds_nothing_between_its_rows_either(settings: Any) -> None:
    read_and_be_counted(settings)
    name = str(connection.settings_dict["NAME"])
    files = [Path(name + end) for end in ("", "-wal")]
    content = b"".join(path.read_bytes() for path in files if path.exists())
    assert all(session.key.encode() in content for session in VisitSession.objects.all())
    assert VisitSession.objects.count() == 2
    assert [trace for trace in TRACES if trace.encode() in content] == []
    assert bytes(map(int, ADDRESS.split("."))) not in content
    assert bytes.fromhex(token(0xABCDEF)) not in content


def test_what_is_kept_of_a_reader_is_gone_after_a_day(clock: Clock, settings: Any) -> None:
    read_and_be_counted(settings)
    clock.move_to(local(2024, 5, 16, 9))
    assert (clean_up(), VisitSession.objects.count()) == (0, 2)
    clock.move_to(local(2024, 5, 16, 19))
    assert (clean_up(), VisitSession.objects.count(), VisitSalt.objects.count()) == (2, 0, 0)
