"""A part is rendered once for what it shows, and anew for anything else."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override

from core import shared
from core.shared import render_once

CARD = "components/card.html"
AT = datetime(2024, 10, 20, 20, tzinfo=UTC)


class Story:
    """What the card reads of an article, counting how often it is read."""

    lead_photo = None
    publish_at = AT
    read = 0

    def __init__(self, title: str) -> None:
        self._title = title

    @property
    def title(self) -> str:
        type(self).read += 1
        return self._title

    def get_absolute_url(self) -> str:
        return "/tin-tuc/tin/"


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    shared._kept.cache_clear()
    Story.read = 0


def card(title: str) -> str:
    return render_once(CARD, (title,), {"article": Story(title), "level": 3})


def test_same_values_are_rendered_once() -> None:
    first = card("Tin một")
    assert "Tin một" in first
    assert (card("Tin một"), Story.read) == (first, 1)
    assert "Tin hai" in card("Tin hai")
    assert Story.read == 2


def test_language_and_time_zone_make_another_part() -> None:
    with timezone.override("Asia/Ho_Chi_Minh"):
        local = card("Tin một")
    with timezone.override("UTC"):
        elsewhere = card("Tin một")
    assert ("21/10/2024" in local, "20/10/2024" in elsewhere) == (True, True)
    with override("en"):
        card("Tin một")
    assert Story.read == 3


def test_where_templates_are_written_nothing_is_kept(settings: Any) -> None:
    settings.DEBUG = True
    assert card("Tin một") == card("Tin một")
    assert Story.read == 2
