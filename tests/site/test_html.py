"""Every public page is valid HTML with one heading, landmarks, a title and a language."""

import copy
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import html5lib
import pytest
from django.template import engines
from django.test import Client
from pytest_django import Settings

from tests.site.pages import EMPTY_PAGES, fill_portal

pytestmark = pytest.mark.django_db


class Undefined(str):
    """Stands for an undefined template variable: printing it fails."""

    __slots__ = ()

    def __contains__(self, part: object) -> bool:
        return part == "%s"

    def __mod__(self, name: Any) -> str:
        raise AssertionError(f"undefined template variable: {name}")


@pytest.fixture(autouse=True)
def _undefined_variables_fail(settings: Settings) -> None:
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["OPTIONS"]["string_if_invalid"] = Undefined("undefined")
    settings.TEMPLATES = templates


def in_english(path: str) -> str:
    return f"/en{path}"


def pages(paths: dict[str, str]) -> Iterator[tuple[str, str, Any]]:
    """Name, language and tree of every page in both languages; strict: an error is raised."""
    client = Client()
    for name, path in paths.items():
        for language, address in (("vi", path), ("en", in_english(path))):
            response = client.get(address)
            assert response.status_code == (404 if name == "not found" else 200), address
            parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
            yield f"{name} ({language})", language, parser.parse(response.content.decode())


def text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def check(name: str, language: str, page: Any) -> None:
    """What holds of every page."""
    assert page.get("lang") == language, name
    headings = [text(heading) for heading in page.iter("h1")]
    assert len(headings) == 1, name
    assert headings[0], name
    titles = [text(title) for title in page.find("head").iter("title")]
    assert len(titles) == 1, name
    assert len(titles[0]) > 5, name
    landmarks = Counter(
        element.tag for element in page.iter() if element.tag in ("main", "header", "footer")
    )
    assert landmarks == {"main": 1, "header": 1, "footer": 1}, name
    menus = [menu.get("aria-label") for menu in page.iter("nav")]
    assert len(menus) == len(set(menus)) >= 1, name
    assert all(menus), name
    check_references(name, page)
    check_headings(name, page)


def check_references(name: str, page: Any) -> None:
    """Identifiers occur once and what refers to one finds it."""
    ids = Counter(element.get("id") for element in page.iter() if element.get("id"))
    assert [key for key, number in ids.items() if number > 1] == [], name
    for element in page.iter():
        for attribute in ("aria-labelledby", "aria-describedby", "for", "aria-controls"):
            for target in (element.get(attribute) or "").split():
                assert target in ids, f"{name}: {attribute}={target}"
        href = element.get("href") or ""
        if element.tag == "a" and href.startswith("#"):
            assert href[1:] in ids, f"{name}: {href}"
    for image in page.iter("img"):
        assert {"alt", "width", "height", "src"} <= set(image.attrib), name


def check_headings(name: str, page: Any) -> None:
    """No level of headings is left out on the way down."""
    levels = [int(e.tag[1]) for e in page.iter() if e.tag in ("h1", "h2", "h3", "h4", "h5", "h6")]
    for before, after in pairwise(levels):
        assert after <= before + 1, f"{name}: h{before} is followed by h{after}"


def test_every_page_of_a_full_portal_is_sound() -> None:
    seen = []
    for name, language, page in pages(fill_portal()):
        check(name, language, page)
        seen.append(text(page.find(".//h1")) + language)
    assert len(seen) == 48


def test_every_page_of_an_empty_portal_is_sound() -> None:
    seen = 0
    for name, language, page in pages(EMPTY_PAGES):
        check(name, language, page)
        seen += 1
    assert seen == 2 * len(EMPTY_PAGES)


def test_titles_tell_the_pages_apart() -> None:
    titles: dict[str, set[str]] = {}
    for name, language, page in pages(fill_portal()):
        titles.setdefault(language, set()).add(text(page.find(".//title")))
        assert "Huyện đoàn <Thử> & Nghiệm" in text(page.find(".//title")), name
    # The two searches for the same words may share theirs, page two of them as well.
    assert {language: len(found) >= 13 for language, found in titles.items()} == {
        "vi": True,
        "en": True,
    }


def test_links_of_every_page_lead_somewhere() -> None:
    client = Client()
    links = {
        (element.get("href") or "").partition("#")[0]
        for _name, _language, page in pages(fill_portal())
        for element in page.iter()
        if element.tag in ("a", "link")
    }
    inside = {link for link in links if link.startswith("/") and not link.startswith("/static/")}
    outside = {link for link in links if link.startswith("http") and "://testserver/" not in link}
    assert outside == set()
    statuses = {link: client.get(link).status_code for link in inside}
    wrong = {link: status for link, status in statuses.items() if status != 200}
    # The address that does not exist is offered in the other language, too.
    assert wrong == {
        "/lam-viec/": 302,
        "/en/lam-viec/": 302,
        "/khong-co/": 404,
        "/en/khong-co/": 404,
    }
    assert len(statuses) > 40


def test_undefined_variable_fails_here() -> None:
    template = engines["django"].from_string("{{ no_such_variable }}")
    with pytest.raises(AssertionError, match="no_such_variable"):
        template.render({})
    assert engines["django"].from_string("{% if no_such %}x{% endif %}").render({}) == ""
