"""How a view becomes a visit, exactly, whatever the number of writers.

Both databases take the same steps: claim the browser's row, by inserting it or by locking it;
only then read the clock; a row that is new, 30 minutes old or of an earlier day is a visit and
adds 1 to its day. On PostgreSQL these are one statement, and so one round trip and one
transaction. SQLite allows one writer at a time, which is the lock.

Views that arrive while a transaction runs share the next one (see `_Turns`); every view is
stored for good before it is answered.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

try:
    import fcntl
except ImportError:  # Not a Unix.
    fcntl = None  # type: ignore[assignment]

GAP = timedelta(minutes=30)

# Over the table of days, or over what it will be once the statement is over.
_SUMS = """
  COALESCE(SUM(visits) FILTER (WHERE day = %(today)s), 0),
  COALESCE(SUM(visits) FILTER (WHERE day = %(yesterday)s), 0),
  COALESCE(SUM(visits) FILTER (WHERE day BETWEEN %(monday)s AND %(today)s), 0),
  COALESCE(SUM(visits) FILTER (WHERE day BETWEEN %(first)s AND %(today)s), 0),
  COALESCE(SUM(visits), 0)
    + (SELECT COALESCE(SUM(amount), 0) FROM visits_visitadjustment)
"""
_FIGURES = f"SELECT {_SUMS} FROM visits_visitday"  # noqa: S608 — our own words only.

# Sorted keys: two transactions that share some lock them in the same order. GREATEST: a clock
# that is set back takes nothing back.
_POSTGRESQL = f"""
WITH seen AS (
  INSERT INTO visits_visitsession AS s (key, day, last_seen, counted)
  SELECT sent.key, (clock.t AT TIME ZONE %(zone)s)::date, clock.t, TRUE
  FROM unnest(%(keys)s::text[]) AS sent(key), (SELECT clock_timestamp() AS t) AS clock
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
  SELECT day, visits FROM visits_visitday WHERE day NOT IN (SELECT day FROM added)
  UNION ALL SELECT day, visits FROM added
)
SELECT ARRAY(SELECT key FROM seen WHERE counted), {_SUMS} FROM days
"""  # noqa: S608 — our own words only.

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
        cursor.execute(_FIGURES, _borders(today))
        return Figures(*map(int, cursor.fetchone()))


def _borders(today: date) -> dict[str, Any]:
    days = {
        "today": today,
        "yesterday": today - timedelta(days=1),
        "monday": today - timedelta(days=today.weekday()),
        "first": today.replace(day=1),
    }
    return {name: connection.ops.adapt_datefield_value(day) for name, day in days.items()}


class _View:
    """A view that waits for its turn, and then what became of it."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.counted = False
        self.figures: Figures | None = None
        self.fault: BaseException | None = None


class _Turns:
    """Lets one thread of the process write at a time, for all that wait."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[_View] = deque()

    def take(self, key: str) -> _View:
        """Have the view written, by this thread or by the one whose turn came before."""
        view = _View(key)
        self._waiting.append(view)
        with self._lock:
            if view.figures is None and view.fault is None:
                self._write_all()
        if view.fault is not None:
            raise view.fault
        return view

    def _write_all(self) -> None:
        views: list[_View] = []
        with suppress(IndexError):
            while True:
                views.append(self._waiting.popleft())
        try:
            counted, sums = _store(sorted({view.key for view in views}))
        except BaseException as fault:
            for view in views:
                view.fault = fault
            return
        for view in views:
            view.figures = sums
            # Of several views of one browser at the same moment, one is the first.
            view.counted = view.key in counted
            counted.discard(view.key)


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


def _store_on_postgresql(keys: Sequence[str]) -> tuple[set[str], Figures]:
    values = {
        "keys": list(keys),
        "zone": timezone.get_current_timezone_name(),
        "gap": GAP,
        **_borders(timezone.localdate()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_POSTGRESQL, values)
        counted, *sums = cursor.fetchone()
    return set(counted), Figures(*map(int, sums))


def _store_on_sqlite(keys: Sequence[str]) -> tuple[set[str], Figures]:
    # The transaction begins IMMEDIATE: it holds the write lock before the clock is read.
    with connection.cursor() as cursor, _turn_of_process(), transaction.atomic():
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
        cursor.execute(_FIGURES, _borders(today))
        sums = Figures(*cursor.fetchone())
    return counted, sums


@contextmanager
def _turn_of_process() -> Iterator[None]:
    """Let the server's processes take turns.

    SQLite itself lets a writer who has to wait look again and again, ever more seldom, so that
    some wait very long. Where files cannot be locked it is left to that.
    """
    if fcntl is None or not (path := Path(connection.settings_dict["NAME"])).is_file():
        yield
        return
    with path.with_name(f"{path.name}-turn").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
