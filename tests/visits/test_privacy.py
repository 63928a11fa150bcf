"""At rest there is no address, no name of a browser, no token and nothing that was read."""

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from tests.factories import make_published
from tests.visits.helpers import PHONE, token, view
from visits.models import VisitSession

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
