"""Pages of a long list: the address keeps its filters, and there is nothing past the end."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

PAGE_PARAMETER = "trang"


def page_or_404(
    request: HttpRequest, items: QuerySet[Any] | Sequence[Any], per_page: int
) -> Page[Any]:
    """Return the page that `?trang=` asks for; Http404 when it is no page of the list."""
    paginator: Paginator[Any] = Paginator(items, per_page)
    number = request.GET.get(PAGE_PARAMETER, "1")
    if not number.isascii() or not number.isdecimal():
        raise Http404
    try:
        return paginator.page(int(number[:9]))
    except InvalidPage:
        raise Http404 from None
