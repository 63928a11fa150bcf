"""No English is left on Vietnamese pages: not in texts, names, placeholders or titles."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import django
import polib
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakeVisitor
from tests.browser.demo import ROOT, Demo
from tests.browser.pages import PUBLIC, SIGN_IN, STAFF

pytestmark = pytest.mark.browser

MIN_LETTERS = 4
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w+\}")
# What is on the page in another language says so in `lang`: the link to the English pages.
TEXTS = r"""() => {
  const own = (element) => element.checkVisibility() && !element.closest("[lang=en], script");
  // The letters of an icon's name become a picture in this font.
  const isIcon = (element) => getComputedStyle(element).fontFamily.includes("Material Icons");
  const found = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (own(node.parentElement) && !isIcon(node.parentElement)) found.push(node.data);
  for (const element of document.body.querySelectorAll("*")) {
    if (!own(element)) continue;
    for (const name of ["aria-label", "placeholder", "title", "alt"])
      if (element.hasAttribute(name)) found.push(element.getAttribute(name));
    if (element.matches("input[type=submit], input[type=button]")) found.push(element.value);
  }
  return found.map((text) => text.replace(/\s+/g, " ").trim()).filter(Boolean);
}"""


def catalogues() -> Iterator[Path]:
    """The project's catalogues, Django's and those of the libraries on the pages."""
    yield from (ROOT / "locale").glob("**/vi/LC_MESSAGES/*.po")
    library = Path(django.__file__).parent
    yield from library.glob("**/locale/vi/LC_MESSAGES/*.po")
    for name in ("simple_history", "django_prose_editor"):
        yield from (library.parent / name).glob("locale/*/LC_MESSAGES/*.po")


def english_words() -> tuple[set[str], list[re.Pattern[str]]]:
    """Every English text that has a Vietnamese one: plain ones, and patterns for the others."""
    plain, patterns = set(), []
    for entry in chain.from_iterable(polib.pofile(str(path)) for path in catalogues()):
        translations = {text.casefold() for text in (entry.msgstr, *entry.msgstr_plural.values())}
        for text in filter(None, (entry.msgid, entry.msgid_plural)):
            flat = " ".join(text.split()).casefold()
            letters = re.findall("[a-z]", PLACEHOLDER.sub("", flat))
            if flat in translations or len(letters) < MIN_LETTERS:
                continue
            plain.add(flat)
            if PLACEHOLDER.search(flat):
                parts = map(re.escape, PLACEHOLDER.split(flat))
                patterns.append(re.compile(".+".join(parts)))
    return plain, patterns


PLAIN, PATTERNS = english_words()
# Names that Django and the library of the history compose, so that no catalogue has them whole.
OTHERS = re.compile(r"\b(can (add|change|delete|view)|historical)\b")


def is_english(text: str) -> bool:
    """Tell whether the text, or what stands before its colon, is an English one."""
    flat = text.casefold()
    if flat in PLAIN or flat.partition(":")[0].strip(" .") in PLAIN:
        return True
    return bool(OTHERS.search(flat)) or any(pattern.fullmatch(flat) for pattern in PATTERNS)


def english_on(page: Page) -> list[str]:
    """The English texts on the page, each once."""
    texts = dict.fromkeys(page.evaluate(TEXTS))
    return [f"{page.url}: {text}" for text in texts if is_english(text)]


def test_public_pages_are_vietnamese(visitor: MakeVisitor, portal: Demo) -> None:
    reader = visitor(portal)
    found = []
    for kind in PUBLIC.values():
        reader.open(kind.path)
        found += english_on(reader.page)
    assert not found, "\n".join(found)


def test_english_pages_are_found_to_be_english(visitor: MakeVisitor, portal: Demo) -> None:
    """The measure itself: on the English home page it must find a good deal."""
    reader = visitor(portal)
    reader.open("/en/")
    reader.page.evaluate("document.documentElement.lang = 'vi'")
    assert len(english_on(reader.page)) > 10


def test_staff_pages_are_vietnamese(visitor: MakeVisitor, portal: Demo) -> None:
    tam = visitor(portal)
    tam.open(SIGN_IN)
    found = english_on(tam.page)
    tam.sign_in()
    for path in STAFF.values():
        tam.open(path)
        if "/article/add/" in path or "/article/1/change/" in path:
            expect(tam.page.locator("[contenteditable=true]")).to_be_visible()
        found += english_on(tam.page)
    assert not found, "\n".join(found)


def test_refusals_are_vietnamese(visitor: MakeVisitor, portal: Demo) -> None:
    tam = visitor(portal)
    tam.open(SIGN_IN)
    tam.page.get_by_role("textbox").first.fill("khong-co-ai")
    tam.page.get_by_role("textbox").last.fill("mật khẩu sai")
    with tam.page.expect_navigation():
        tam.page.keyboard.press("Enter")
    found = english_on(tam.page)
    tam.sign_in()
    for path in (STAFF["new article"], STAFF["new account"], STAFF["change of password"]):
        tam.open(path)
        tam.page.evaluate("for (const form of document.forms) form.noValidate = true")
        tam.page.get_by_role("main").get_by_role("button").last.click()
        expect(tam.page.locator("[aria-invalid=true]").first).to_be_visible()
        found += english_on(tam.page)
    assert not found, "\n".join(found)
