"""Filters for text, times and addresses."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.core.paginator import Page
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.html import format_html, format_html_join
from django.utils.http import escape_leading_slashes
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from core import dates
from core.pages import PAGE_PARAMETER
from core.text import find_words

register = template.Library()

SNIPPET_BEFORE = 60
SNIPPET_LENGTH = 240


@register.filter
def posted_at(moment: datetime) -> str:
    """`10:01:36 08/11/2020 (GMT+7)`."""
    return dates.posted_at(moment)


@register.filter
def mark_words(text: str, words: Sequence[str]) -> SafeString:
    """Escape `text` and mark every word whose folded form is in `words`."""
    parts: list[tuple[str, SafeString]] = []
    end = 0
    for start, stop in find_words(text, set(words)):
        parts.append((text[end:start], format_html("<mark>{}</mark>", text[start:stop])))
        end = stop
    return format_html_join("", "{}{}", [*parts, (text[end:], SafeString(""))])


@register.filter
def snippet(text: str, words: Sequence[str]) -> str:
    """The part of `text` round the first of `words`, cut between words; else its beginning."""
    flat = " ".join(text.split())
    first = next(find_words(flat, set(words)), (0, 0))[0]
    start = flat.rfind(" ", 0, max(first - SNIPPET_BEFORE, 0)) + 1 if first > SNIPPET_BEFORE else 0
    if len(flat) - start <= SNIPPET_LENGTH:
        return ("… " if start else "") + flat[start:]
    end = flat.rfind(" ", start, start + SNIPPET_LENGTH)
    end = end if end > start else start + SNIPPET_LENGTH
    return ("… " if start else "") + flat[start:end] + " …"


@register.simple_tag(takes_context=True)
def page_url(context: dict[str, Any], number: int) -> str:
    """The address of another page of the list, with all filters kept."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    query.pop(PAGE_PARAMETER, None)
    pairs = [(key, value) for key, values in query.lists() for value in values]
    if number > 1:
        pairs.append((PAGE_PARAMETER, str(number)))
    return "?" + urlencode(pairs) if pairs else request.path


@register.simple_tag(takes_context=True)
def list_address(context: dict[str, Any], page: Page[Any]) -> str:
    """The address of a page of a list, without anything else that was asked for."""
    request: HttpRequest = context["request"]
    return request.path + (f"?{PAGE_PARAMETER}={page.number}" if page.number > 1 else "")


@register.simple_tag(takes_context=True)
def language_url(context: dict[str, Any], code: str) -> str:
    """The address of this page in another language."""
    request: HttpRequest = context["request"]
    # Else the link on the 404 page of "//host/" would lead to that host.
    return escape_leading_slashes(_translated(request.get_full_path(), get_language(), code))


@lru_cache(maxsize=512)
def _translated(address: str, _language: str | None, code: str) -> str:
    """Which address it is in another language depends on the language that is being read."""
    return translate_url(address, code)


@register.simple_tag(takes_context=True)
def canonical(context: dict[str, Any], path: str) -> SafeString:
    """Tell search engines the page's one address, the Vietnamese, whichever is being read."""
    request: HttpRequest = context["request"]
    vietnamese = _translated(path, get_language(), settings.LANGUAGE_CODE)
    address = request.build_absolute_uri(vietnamese)
    return format_html('<link rel="canonical" href="{}">', address)


@register.simple_tag(takes_context=True)
def absolute(context: dict[str, Any], path: str) -> str:
    """The full address of a path, for previews and robots."""
    request: HttpRequest = context["request"]
    return request.build_absolute_uri(path)


@register.filter
def json_ld(data: dict[str, Any]) -> SafeString:
    """Data for search engines, which no title can break out of."""
    text = json.dumps(data, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308
