"""Reading answers as a person does: parsed pages, forms as they stand, counted queries, threads."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def parse(content: bytes | str) -> Element:
    """The tree of a page, as a browser reads it."""
    if isinstance(content, bytes):
        content = content.decode()
    tree = html5lib.parse(content, namespaceHTMLElements=False)
    assert isinstance(tree, Element)
    return tree


def page(client: Client, url: str, status: int = 200) -> Element:
    """The tree of the page at `url`, which must answer with `status`."""
    response = client.get(url)
    assert response.status_code == status, url
    return parse(response.content)


def body_of(response: Any) -> str:
    """The text of an answer, streamed or not; reading a stream to its end closes it."""
    content: bytes = response.getvalue()
    return content.decode("latin-1" if response.streaming else "utf-8")


def words_of(element: Element | None) -> str:
    """The text of an element between single spaces."""
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def by_class(tree: Element, name: str) -> list[Element]:
    """Every element of a class, in order."""
    return [e for e in tree.iter() if name in str(e.get("class", "")).split()]


def links(tree: Element) -> list[str]:
    """Where the links of a page lead, in order."""
    return [e.get("href", "") for e in tree.iter("a")]


def card_titles(tree: Element) -> list[str]:
    """The titles of the articles a list shows, in order."""
    return [words_of(title) for title in by_class(tree, "card-title")]


def count_queries(client: Client, url: str) -> int:
    """How many queries the page at `url` costs."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def form_values(tree: Element, form_id: str = "article_form") -> dict[str, str]:
    """What a browser without scripts would send for an untouched form; buttons left out."""
    form = next(e for e in tree.iter("form") if e.get("id") == form_id)
    values: dict[str, str] = {}
    for field in form.iter("input"):
        kind, name = field.get("type"), field.get("name")
        ticked = kind not in ("checkbox", "radio") or field.get("checked") is not None
        if name and ticked and kind not in ("submit", "file", "button"):
            values[name] = field.get("value", "on" if kind == "checkbox" else "")
    for field in form.iter("textarea"):
        values[field.get("name", "")] = "".join(field.itertext()).removeprefix("\n")
    for field in form.iter("select"):
        chosen = [o.get("value", "") for o in field.iter("option") if o.get("selected") is not None]
        values[field.get("name", "")] = chosen[0] if chosen else ""
    return values


def buttons(tree: Element) -> set[str]:
    """The names of the buttons that a page offers."""
    kinds = [e for e in tree.iter("input") if e.get("type") == "submit"]
    return {e.get("name", "") for e in [*kinds, *tree.iter("button")]}


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What the calls return or raise when each runs in a thread of its own at the same time."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(20)
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
