"""Every kind of public page, on a phone and a laptop, by day and by night: nothing is wrong."""

from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import MakeVisitor
from tests.browser.demo import Demo
from tests.browser.pages import ENGLISH, PUBLIC, Kind

pytestmark = pytest.mark.browser

KINDS = PUBLIC | ENGLISH
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

SCROLL = """async () => {
  const pause = () => new Promise((done) => setTimeout(done, 30));
  for (let y = 0; y < document.body.scrollHeight; y += 600) {
    scrollTo({top: y, behavior: "instant"});
    await pause();
  }
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {
    throw new Error(`broken picture ${image.currentSrc}`);
  })));
  await pause();
  scrollTo({top: 0, behavior: "instant"});
  await pause();
}"""

# "Ễ Ặ Ử" need about 1.3 times the size of the letters between two lines.
TIGHT_LINES = r"""() => [...document.body.querySelectorAll("*")]
  .filter((element) => element.getClientRects().length
    && !element.closest("svg, select")
    && [...element.childNodes].some((node) => node.nodeType === 3 && /\p{L}/u.test(node.data)))
  .filter((element) => {
    const style = getComputedStyle(element);
    return !(parseFloat(style.lineHeight) >= 1.3 * parseFloat(style.fontSize));
  })
  .map((element) => `lines too tight: ${element.outerHTML.slice(0, 80)}`)"""


def axe_faults(page: Page) -> list[str]:
    """What axe finds; without its preloading, which fetches style sheets anew by wrong paths."""
    options: dict[str, Any] = {
        "resultTypes": ["violations"],
        "preload": False,
        "runOnly": {"type": "tag", "values": STANDARDS},
    }
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"axe {rule['id']} ({rule['impact']}): {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"]
    ]


def page_faults(page: Page, lang: str) -> list[str]:
    """What can be seen to be wrong with the page that is open."""
    page.evaluate(SCROLL)
    faults: list[str] = page.evaluate(TIGHT_LINES)
    shift = page.evaluate("layoutShift")
    width, room = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    headings = page.get_by_role("heading", level=1).count()
    checks = {
        f"layout shift of {shift:.3f}": shift < 0.01,
        f"scrolls sideways: {width} px in {room}": width <= room,
        f"{headings} headings of level 1": headings == 1,
        f"language is not {lang}": page.get_attribute("html", "lang") == lang,
        f"cookies: {page.context.cookies()}": page.context.cookies() == [],
    }
    return [*faults, *(text for text, right in checks.items() if not right), *axe_faults(page)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_public_page_is_sound(
    visitor: MakeVisitor, portal: Demo, kind: Kind, width: int, scheme: Literal["light", "dark"]
) -> None:
    somebody = visitor(portal, width, color_scheme=scheme)
    response = somebody.open(kind.path)
    assert response.status == kind.status
    faults = page_faults(somebody.page, kind.lang)
    assert not faults, "\n".join(faults)
    assert somebody.watch.faults == []
