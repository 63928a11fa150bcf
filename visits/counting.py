"""How a view becomes a visit, exactly, whatever the number of writers.

Both databases take the same steps: claim the browser's row, by inserting it or by locking it;
only then read the clock; a row that is new, 30 minutes old or of an earlier day is a visit and
adds 1 to its day. On PostgreSQL these are one statement, and so one round trip and one
transaction. SQLite allows one writer at a time, which is the lock.

Views that arrive while a transaction runs share the next one (see `_Turns`); every view is
stored for good before it is answered.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, timedelta
from threading import Lock
from time import sleep
from typing import Any, NamedTuple
from weakref import WeakSet

from django.conf import settings
from django.core.cache import caches
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from visits.models import VisitDay

try:
    import fcntl
except ImportError:  # Not a Unix.
    fcntl = None  # type: ignore[assignment]

GAP = timedelta(minutes=30)
OLDER_SECONDS = 60
# As PostgreSQL's commit_delay: whoever takes over while others come waits for them this long.
GATHER_SECONDS = 0.0002

# Over the table of days, or over what it will be once the statement is over.
_SUMS = """
  COALESCE(SUM(visits) FILTER (WHERE day = %(today)s), 0),
  COALESCE(SUM(visits) FILTER (WHERE day = %(yesterday)s), 0),
  COALESCE(SUM(visits) FILTER (WHERE day BETWEEN %(monday)s AND %(today)s), 0),
  COALESCE(SUM(visits) FILTER (WHERE day BETWEEN %(first)s AND %(today)s), 0),
  COALESCE(SUM(visits), 0) + %(older)s
    + (SELECT COALESCE(SUM(amount), 0) FROM visits_visitadjustment)
"""
_FIGURES = f"SELECT {_SUMS} FROM visits_visitday WHERE day >= %(since)s"  # noqa: S608 — our own words only.

# Sorted keys: two transactions that share some lock them in the same order. GREATEST: a clock
# that is set back takes nothing back.
_POSTGRESQL = f"""
WITH seen AS (
  INSERT INTO visits_visitsession AS s (key, day, last_seen, counted)
  SELECT sent.key, (clock.t AT TIME ZONE %(zone)s)::date, clock.t, TRUE
  FROM unnest(%(keys)s) AS sent(key), (SELECT clock_timestamp() AS t) AS clock
  ON CONFLICT (key) DO UPDATE SET (day, last_seen, counted) = (
    SELECT GREATEST(s.day, now.day), GREATEST(s.last_seen, now.t),
           s.last_seen <= now.t - %(gap)s OR s.day < now.day
    FROM (
      SELECT clock.t, (clock.t AT TIME ZONE %(zone)s)::date AS day
      FROM (SELECT clock_timestamp() AS t WHERE s.key IS NOT NULL) AS clock
    ) AS now
  )
  RETURNING key, day, counted
), added AS (
  INSERT INTO visits_visitday AS d (day, visits)
  SELECT day, COUNT(*) FROM seen WHERE counted GROUP BY day ORDER BY day
  ON CONFLICT (day) DO UPDATE SET visits = d.visits + excluded.visits
  RETURNING day, visits
), days AS (
  SELECT day, visits FROM visits_visitday
  WHERE day >= %(since)s AND day NOT IN (SELECT day FROM added)
  UNION ALL SELECT day, visits FROM added
)
SELECT ARRAY(SELECT key FROM seen WHERE counted), {_SUMS} FROM days
"""  # noqa: S608 — our own words only.
_TYPES = {
    "keys": "text[]",
    "zone": "text",
    "gap": "interval",
    **dict.fromkeys(("today", "yesterday", "monday", "first", "since"), "date"),
    "older": "bigint",
}
# To parse and plan it takes as long as to run it: each connection prepares it once.
_PREPARE = f"PREPARE visits_count ({', '.join(_TYPES.values())}) AS " + _POSTGRESQL % {
    name: f"${number}" for number, name in enumerate(_TYPES, 1)
}
_EXECUTE = f"EXECUTE visits_count ({', '.join(f'%({name})s' for name in _TYPES)})"

_SQLITE_SEEN = """
INSERT INTO visits_visitsession (key, day, last_seen, counted)
VALUES (%(key)s, %(day)s, %(now)s, 1)
ON CONFLICT (key) DO UPDATE SET
  counted = last_seen <= %(gap_ago)s OR day < excluded.day,
  day = max(day, excluded.day), last_seen = max(last_seen, excluded.last_seen)
RETURNING counted
"""
_SQLITE_ADDED = """
INSERT INTO visits_visitday (day, visits) VALUES (%(day)s, %(number)s)
ON CONFLICT (day) DO UPDATE SET visits = visits + excluded.visits
"""


class Figures(NamedTuple):
    """The five numbers of the block "Truy cập", in visits."""

    today: int
    yesterday: int
    week: int
    month: int
    total: int


def figures(today: date) -> Figures:
    """Sum the stored days as seen on the local date `today`; one query.

    The week begins on Monday; adjustments count in the total alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, {**_borders(today), "since": _sql_date(date.min), "older": 0})
        return Figures(*map(int, cursor.fetchone()))


def _borders(today: date) -> dict[str, Any]:
    """The days at which the sums begin, `since` the first of them."""
    days = {
        "today": today,
        "yesterday": today - timedelta(days=1),
        "monday": today - timedelta(days=today.weekday()),
        "first": today.replace(day=1),
    }
    days["since"] = min(days.values())
    return {name: _sql_date(day) for name, day in days.items()}


def _summed(today: date) -> dict[str, Any]:
    """The borders with the sum of the days before them, which no view changes any more."""
    borders = _borders(today)
    since = borders["since"]
    borders["older"] = caches["process"].get_or_set(
        f"visits-before-{since}", lambda: _sum_before(since), OLDER_SECONDS
    )
    return borders


def _sum_before(day: Any) -> int:
    sums = VisitDay.objects.filter(day__lt=day).aggregate(visits=Sum("visits"))
    return sums["visits"] or 0


def _sql_date(day: date) -> Any:
    return connection.ops.adapt_datefield_value(day)


class _View:
    """A view that waits for its turn, and then what became of it."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.counted = False
        self.figures: Figures | None = None
        self.fault: BaseException | None = None
        # Held until the view is written, or its thread is to write.
        self.waits = Lock()
        self.waits.acquire()

    @property
    def is_written(self) -> bool:
        """Whether the database has it, or has refused it."""
        return self.figures is not None or self.fault is not None


class _Turns:
    """Lets one thread of the process write at a time, for all that wait."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[_View] = []
        self._is_writing = False

    def take(self, key: str) -> _View:
        """Have the view written, by this thread or by the one whose turn came before."""
        view = _View(key)
        with self._lock:
            self._waiting.append(view)
            must_wait, self._is_writing = self._is_writing, True
        if must_wait:
            view.waits.acquire()
            if not view.is_written:
                sleep(GATHER_SECONDS)
        if not view.is_written:
            self._write_all()
        if view.fault is not None:
            raise view.fault
        return view

    def _write_all(self) -> None:
        with _turn_of_process():
            with self._lock:
                views, self._waiting = self._waiting, []
            try:
                counted, sums = _store(sorted({view.key for view in views}))
            except BaseException as fault:
                for view in views:
                    view.fault = fault
            else:
                for view in views:
                    view.figures = sums
                    # Of several views of one browser at the same moment, one is the first.
                    view.counted = view.key in counted
                    counted.discard(view.key)
        with self._lock:
            following = self._waiting[:1]
            self._is_writing = bool(following)
        # Who writes next begins before the others answer.
        for view in following + views:
            view.waits.release()


_turns = _Turns()


def count(key: str) -> tuple[bool, Figures]:
    """Count a view by the browser with this key hash; tell whether it began a visit.

    What is answered is stored: the transaction is over when this returns. Raises what the
    database raised, and then nothing is counted. Not inside another transaction.
    """
    view = _turns.take(key)
    assert view.figures is not None  # noqa: S101 — written, or its fault was raised.
    return view.counted, view.figures


def _store(keys: Sequence[str]) -> tuple[set[str], Figures]:
    """Store a view of each key; return the keys whose view began a visit."""
    if connection.vendor == "postgresql":
        return _store_on_postgresql(keys)
    return _store_on_sqlite(keys)


_prepared: WeakSet[Any] = WeakSet()


def _store_on_postgresql(keys: Sequence[str]) -> tuple[set[str], Figures]:
    values = {
        "keys": list(keys),
        "zone": timezone.get_current_timezone_name(),
        "gap": GAP,
        **_summed(timezone.localdate()),
    }
    with connection.cursor() as cursor:
        if connection.connection not in _prepared:
            cursor.execute(_PREPARE)
            _prepared.add(connection.connection)
        cursor.execute(_EXECUTE, values)
        counted, *sums = cursor.fetchone()
    return set(counted), Figures(*map(int, sums))


def _store_on_sqlite(keys: Sequence[str]) -> tuple[set[str], Figures]:
    # The transaction begins IMMEDIATE: it holds the write lock before the clock is read.
    with connection.cursor() as cursor, transaction.atomic():
        now = timezone.now()
        today = timezone.localdate(now)
        seen = {
            "day": connection.ops.adapt_datefield_value(today),
            "now": connection.ops.adapt_datetimefield_value(now),
            "gap_ago": connection.ops.adapt_datetimefield_value(now - GAP),
        }
        counted = set()
        for key in keys:
            cursor.execute(_SQLITE_SEEN, {"key": key, **seen})
            if cursor.fetchone()[0]:
                counted.add(key)
        if counted:
            cursor.execute(_SQLITE_ADDED, {**seen, "number": len(counted)})
        cursor.execute(_FIGURES, _summed(today))
        sums = Figures(*cursor.fetchone())
    return counted, sums


@contextmanager
def _turn_of_process() -> Iterator[None]:
    """Let the processes of this machine take turns; more views share the next transaction so.

    SQLite itself lets a writer who has to wait look again and again, ever more seldom, so that
    some wait very long. Where files cannot be locked it is left to the database.
    """
    with ExitStack() as stack:
        if fcntl is not None:
            with suppress(OSError):
                file = os.open(settings.VAR_DIR / "visits-turn", os.O_WRONLY | os.O_CREAT, 0o600)
                stack.callback(os.close, file)
                fcntl.flock(file, fcntl.LOCK_EX)
        yield
