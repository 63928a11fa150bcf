"""What the tests of the counter share."""

from collections.abc import Iterator

import pytest

from tests.visits.clock import Clock, standing_clock
from tests.visits.helpers import local


@pytest.fixture
def clock(db: None) -> Iterator[Clock]:
    """It is 09:00 on Wednesday 15/05/2024 at the office, until the test moves the clock."""
    with standing_clock(local(2024, 5, 15, 9)) as clock:
        yield clock
