"""A kept connection is looked at before it is used, without a question to the server."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs real PostgreSQL"),
]


@pytest.fixture
def observer() -> Iterator[Any]:
    """Another connection to the same database."""
    other = connection.copy()
    yield other
    other.close()


def ask(line: Any, statement: str, *values: object) -> Any:
    with line.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def begin_request(line: Any = connection) -> None:
    """As Django does when a request comes in."""
    line.health_check_done = False
    line.close_if_unusable_or_obsolete()


def test_a_connection_that_is_well_is_not_asked(observer: Any) -> None:
    backend = ask(connection, "SELECT pg_backend_pid() AS mine")
    begin_request()
    connection.ensure_connection()
    assert connection.is_usable()
    last = "SELECT query FROM pg_stat_activity WHERE pid = %s"
    assert ask(observer, last, backend) == "SELECT pg_backend_pid() AS mine"
    assert ask(connection, "SELECT pg_backend_pid()") == backend


def test_one_that_the_server_ended_is_replaced_before_it_is_used(observer: Any) -> None:
    backend = ask(connection, "SELECT pg_backend_pid()")
    ask(observer, "SELECT pg_terminate_backend(%s)", backend)
    deadline = time.monotonic() + 10
    while ask(observer, "SELECT COUNT(*) FROM pg_stat_activity WHERE pid = %s", backend):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    begin_request()
    assert ask(connection, "SELECT pg_backend_pid()") != backend


def test_a_word_of_the_server_alone_does_not_end_it(observer: Any) -> None:
    backend = ask(connection, "SELECT pg_backend_pid()")
    with connection.cursor() as cursor:
        cursor.execute("LISTEN portal")
    # What it says of itself lies there to be read, so it is asked, and answers.
    ask(observer, "SELECT pg_notify('portal', 'x')::text")
    begin_request()
    assert ask(connection, "SELECT pg_backend_pid()") == backend
    with connection.cursor() as cursor:
        cursor.execute("UNLISTEN portal")


def test_a_closed_one_is_not_usable() -> None:
    connection.ensure_connection()
    connection.connection.close()
    assert not connection.is_usable()
    connection.close()
