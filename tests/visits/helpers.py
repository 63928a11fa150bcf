"""Page views as browsers send them, many at once, and what the counter stored of them."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.test import Client, RequestFactory

from branches.models import Office
from core.shared import shared
from visits.counting import Figures
from visits.models import VisitBotDay, VisitDay

BEACON = "/luot-truy-cap/"
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PHONE = (
    "Mozilla/5.0 (Linux; Android 13; SM-A145F) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36"
)
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


class Answer(NamedTuple):
    """What the beacon said."""

    counted: bool
    figures: Figures


def local(*parts: int, zone: ZoneInfo = ZONE) -> datetime:
    """A moment on the office's clock: year, month, day and as much of the time as is given."""
    year, month, day, *rest = parts
    return datetime(year, month, day, *rest, tzinfo=zone)  # type: ignore[misc,arg-type]


def load_office() -> None:
    """Have the process share the office, as its first reader would."""
    shared(RequestFactory().get("/"), "office", Office.objects.load)


def token(number: int) -> str:
    """The token that browser no. `number` keeps."""
    return f"{number:032x}"


def send(
    body: str | bytes = "",
    *,
    client: Client | None = None,
    agent: str = PHONE,
    address: str = "127.0.0.1",
    headers: dict[str, str] = SAME_ORIGIN,
) -> Any:
    """Send the beacon as the script of a page does; return the whole answer."""
    return (client or Client()).post(
        BEACON,
        body,
        content_type="text/plain;charset=UTF-8",
        headers={"User-Agent": agent, **headers},
        REMOTE_ADDR=address,
    )


def view(body: str = "", **options: Any) -> Answer:
    """Look at a page; return what the beacon said, which must be an answer."""
    response = send(body, **options)
    assert response.status_code == 200, response.content[:300]
    told = response.json()
    return Answer(told.pop("counted"), Figures(**told))


def days() -> dict[date, int]:
    """The stored visits by day."""
    return dict(VisitDay.objects.values_list("day", "visits"))


def bot_days() -> dict[tuple[date, str], int]:
    """The stored views by machines."""
    rows = VisitBotDay.objects.values_list("day", "kind", "views")
    return {(day, kind): views for day, kind, views in rows}


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What the calls return when each runs in a thread of its own, all begun at the same moment.

    A connection is opened by whoever needs one, since PostgreSQL allows a hundred.
    """
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def until_waiting(number: int, *, unless: Callable[[], bool] = bool) -> None:
    """Return once so many connections of PostgreSQL wait for a lock, `unless` something holds."""
    waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    waiting += " AND datname = current_database()"
    with connection.cursor() as cursor:
        for _look in range(20_000):
            cursor.execute(waiting)
            if cursor.fetchone()[0] >= number or unless():
                return
    raise AssertionError(f"not {number} wait for a lock")
