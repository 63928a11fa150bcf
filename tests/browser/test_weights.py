"""Pages stay light: the budgets that `make bench` reports."""

import pytest
from playwright.sync_api import Browser

from bench.weights import Weight, measure
from tests.browser.demo import Demo

pytestmark = pytest.mark.browser


def test_pages_are_within_their_budgets(chromium: Browser, portal: Demo) -> None:
    weights = measure(chromium, portal.address)
    assert len(weights) == 6
    assert [weight for weight in weights if not weight.is_met] == []


def test_what_was_not_measured_is_not_met() -> None:
    assert not Weight("nothing", 0, 10).is_met
    assert not Weight("too much", 11, 10).is_met
    assert "**no**" in Weight("too much", 11, 10).row()
    assert "0.0 kB" in Weight("enough", 10, 10).row()
