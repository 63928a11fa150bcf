"""A clock that stands still until a test moves it, for Python and for PostgreSQL alike.

The counter reads `clock_timestamp()` there. The name is looked up along the search path, so a
schema of the tests that stands before PostgreSQL's own gives the time without touching the app.
A sequence holds it, which every connection and every open transaction sees at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.db import connection
from django.db.backends.signals import connection_created

SCHEMA = "tests_clock"
_MAKE = f"""
CREATE SCHEMA {SCHEMA};
CREATE SEQUENCE {SCHEMA}.microseconds;
CREATE FUNCTION {SCHEMA}.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
  SELECT timestamptz 'epoch' + last_value * interval '1 microsecond' FROM {SCHEMA}.microseconds
$$;
"""  # noqa: S608 — our own words only.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _execute(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)


def _move_server_to(moment: datetime) -> None:
    microseconds = (moment - EPOCH) // timedelta(microseconds=1)
    _execute("SELECT setval(%s, %s)", f"{SCHEMA}.microseconds", microseconds)


def _look_here_first(connection: Any, **_kwargs: Any) -> None:
    """Let a connection find the clock of the tests."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path = {SCHEMA}, pg_catalog, public")


class Clock:
    """The time of the process and, if there is one, of the database server."""

    def __init__(self, coordinates: time_machine.Traveller, *, moves_server: bool) -> None:
        self._coordinates = coordinates
        self._moves_server = moves_server

    def move_to(self, moment: datetime) -> None:
        """Make it `moment`, a time that knows its zone."""
        # In UTC: a ZoneInfo would move the zone of the process, too.
        self._coordinates.move_to(moment.astimezone(UTC))
        if self._moves_server:
            _move_server_to(moment)


@contextmanager
def standing_clock(moment: datetime, *, makes_schema: bool = True) -> Iterator[Clock]:
    """Stop the time at `moment`; one process of several that share a database makes the schema."""
    on_server = connection.vendor == "postgresql"
    if on_server and makes_schema:
        _execute(_MAKE)
        _move_server_to(moment)
    if on_server:
        connection_created.connect(_look_here_first)
        _look_here_first(connection)
    try:
        with time_machine.travel(moment.astimezone(UTC), tick=False) as coordinates:
            yield Clock(coordinates, moves_server=on_server and makes_schema)
    finally:
        connection_created.disconnect(_look_here_first)
        if on_server:
            _execute("RESET search_path")
        if on_server and makes_schema:
            _execute(f"DROP SCHEMA {SCHEMA} CASCADE")
