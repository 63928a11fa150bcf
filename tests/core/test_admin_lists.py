"""The paginator of long lists: it counts up to a bound and says so, and pages hold their rows."""

import pytest
from django.test import Client

from branches.models import Commune
from core import admin_lists
from core.admin_lists import BoundedPaginator
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def communes(db: None) -> list[Commune]:
    return [Commune.objects.create(name=f"Xã {number}") for number in range(7)]


def test_pages_hold_all_rows_in_order(communes: list[Commune]) -> None:
    paginator = BoundedPaginator(Commune.objects.select_related(), 3)
    assert (paginator.count, paginator.has_more, paginator.num_pages) == (7, False, 3)
    assert [row for page in paginator for row in page] == communes


def test_no_more_are_counted_than_the_bound(
    communes: list[Commune], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_lists, "MOST_COUNTED", 5)
    paginator = BoundedPaginator(Commune.objects.all(), 3)
    assert (paginator.count, paginator.has_more) == (5, True)
    assert [row for page in paginator for row in page] == communes[:5]


def test_list_says_that_there_are_more(
    communes: list[Commune], monkeypatch: pytest.MonkeyPatch, admin_lan: object
) -> None:
    browser: Client = signed_in(admin_lan)  # type: ignore[arg-type]
    address = "/quan-tri/branches/commune/"
    assert "hơn 5" not in browser.get(address).content.decode()
    monkeypatch.setattr(admin_lists, "MOST_COUNTED", 5)
    assert "hơn 5" in browser.get(address).content.decode()
