"""Pages of a long list: `?trang=` names one that exists, or there is no such page."""

import pytest
from django.http import Http404
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from core.pages import PAGE_PARAMETER, page_or_404

ITEMS = list(range(1, 26))
rf = RequestFactory()


@pytest.mark.parametrize(
    ("query", "number", "items"),
    [
        ({}, 1, ITEMS[:10]),
        ({"trang": "1"}, 1, ITEMS[:10]),
        ({"trang": "3"}, 3, ITEMS[20:]),
        ({"trang": "003"}, 3, ITEMS[20:]),
        ({"page": "2"}, 1, ITEMS[:10]),
    ],
)
def test_page_holds_its_part_of_the_list(
    query: dict[str, str], number: int, items: list[int]
) -> None:
    page = page_or_404(rf.get("/", query), ITEMS, 10)
    assert page.number == number
    assert list(page.object_list) == items
    assert PAGE_PARAMETER == "trang"


@pytest.mark.parametrize(
    "asked",
    ["0", "4", "-1", "", "x", "1.0", "1e1", " 1", "٣", "²", "last", "None", "9" * 5000, "1\x00"],
    ids=ascii,
)
def test_anything_else_is_no_page(asked: str) -> None:
    with pytest.raises(Http404) as caught:
        page_or_404(rf.get("/", {"trang": asked}), ITEMS, 10)
    assert asked not in str(caught.value) or not asked


def test_list_without_items_has_one_empty_page() -> None:
    assert list(page_or_404(rf.get("/"), [], 10).object_list) == []
    with pytest.raises(Http404):
        page_or_404(rf.get("/?trang=2"), [], 10)


@given(st.text())
def test_any_text_gives_a_page_or_404(asked: str) -> None:
    try:
        page = page_or_404(rf.get("/", {"trang": asked}), ITEMS, 10)
    except Http404:
        return
    assert page.number == int(asked)
    assert 1 <= page.number <= 3
