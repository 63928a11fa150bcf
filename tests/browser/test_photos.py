"""Photos come in the size that the screen needs, and only when they are needed."""

import re

import pytest
from playwright.sync_api import Response

from tests.browser.conftest import MakeVisitor
from tests.browser.demo import Demo
from tests.browser.pages import PUBLIC

pytestmark = pytest.mark.browser

MAX_LEAD_BYTES = 60_000
RENDITION = re.compile(r"/(\d+)\.(webp|jpg|png)$")


def rendition(path: str) -> tuple[int, str]:
    """Width and kind of a photo's file, from its address."""
    found = RENDITION.search(path)
    assert found is not None, path
    return int(found[1]), found[2]


@pytest.mark.parametrize("scale", [1, 2])
def test_lead_photo_is_small_on_a_phone(visitor: MakeVisitor, portal: Demo, scale: int) -> None:
    reader = visitor(portal, 360, device_scale_factor=scale)
    sizes: dict[str, int] = {}

    def weigh(answer: Response) -> None:
        sizes[answer.url] = int(answer.headers.get("content-length", "0"))

    reader.page.on("response", weigh)
    reader.open("/")
    lead = reader.page.get_by_role("article").first.locator("img")
    chosen = lead.evaluate("(image) => image.decode().then(() => image.currentSrc)")
    width, kind = rendition(chosen)
    assert kind == "webp"
    assert 328 * scale <= width < 1600
    assert 0 < sizes[chosen] <= MAX_LEAD_BYTES


def test_photo_on_a_laptop_is_sharp(visitor: MakeVisitor, portal: Demo) -> None:
    reader = visitor(portal)
    reader.open(PUBLIC["article with photos"].path)
    lead = reader.page.get_by_role("article").first.locator("img").first
    drawn, width = lead.evaluate("(image) => [image.clientWidth, image.naturalWidth]")
    assert 600 <= drawn <= width


@pytest.mark.parametrize("kind", ["home", "news", "article with photos"])
def test_every_photo_reserves_its_place_and_is_described(
    visitor: MakeVisitor, portal: Demo, kind: str
) -> None:
    reader = visitor(portal)
    reader.open(PUBLIC[kind].path)
    photos = reader.page.locator("picture img")
    sizes = photos.evaluate_all(
        "(images) => images.map((i) => [i.getAttribute('width'), i.getAttribute('height')])"
    )
    assert len(sizes) > 1
    assert all(side and side.isdigit() for size in sizes for side in size)
    assert photos.evaluate_all("(images) => images.every((i) => i.hasAttribute('alt'))")
    first, *others = photos.evaluate_all("(images) => images.map((i) => i.loading)")
    assert (first == "lazy") == (kind == "news")
    assert set(others) == {"lazy"}


def test_photos_far_below_wait_until_somebody_scrolls(visitor: MakeVisitor, portal: Demo) -> None:
    reader = visitor(portal, 360)
    reader.open("/")
    reader.page.wait_for_load_state("networkidle")
    last = reader.page.locator("picture img").last
    top = last.evaluate("(image) => image.getBoundingClientRect().top")
    # Chromium fetches what is up to 2,500 px below the screen.
    assert top > 800 + 2500
    assert last.evaluate("(image) => image.currentSrc") == ""
    before = sum("/anh/" in path for path in reader.watch.requests)
    last.scroll_into_view_if_needed()
    last.evaluate("(image) => image.decode()")
    assert sum("/anh/" in path for path in reader.watch.requests) > before
