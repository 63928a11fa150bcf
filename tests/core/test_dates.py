"""Times as Vietnamese offices write them, in the zone of the office."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from core.dates import exact_time, posted_at

MOMENT = datetime(2020, 11, 8, 3, 1, 36, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("Asia/Ho_Chi_Minh", "10:01:36 08/11/2020 (GMT+7)"),
        ("Asia/Tokyo", "12:01:36 08/11/2020 (GMT+9)"),
        ("UTC", "03:01:36 08/11/2020 (GMT+0)"),
        ("Asia/Kolkata", "08:31:36 08/11/2020 (GMT+5:30)"),
        ("America/St_Johns", "23:31:36 07/11/2020 (GMT-3:30)"),
        ("America/New_York", "22:01:36 07/11/2020 (GMT-5)"),
    ],
)
def test_posting_time_names_its_zone(zone: str, written: str) -> None:
    with timezone.override(ZoneInfo(zone)):
        assert posted_at(MOMENT) == written
        assert written.startswith(exact_time(MOMENT) + " (GMT")


def test_day_is_the_local_one_on_both_sides_of_midnight() -> None:
    assert posted_at(datetime(2024, 1, 31, 16, 59, 59, tzinfo=UTC)).startswith(
        "23:59:59 31/01/2024"
    )
    assert posted_at(datetime(2024, 1, 31, 17, 0, tzinfo=UTC)).startswith("00:00:00 01/02/2024")
    assert posted_at(datetime(2024, 1, 31, 23, 30, tzinfo=UTC)).startswith("06:30:00 01/02/2024")
