"""How much a visit costs a phone.

Weights are what goes over the line, headers included; they are the same on every machine, so that
a test asserts them too.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, ViewportSize

PHONE = ViewportSize(width=360, height=800)
PHOTOS = "/anh/"
# Scripts of tests and screens do not show the icon in a tab; browsers of people do.
FETCH_ICON = "fetch(document.querySelector('link[rel=icon]').href).then((answer) => answer.text())"


@dataclass(frozen=True)
class Weight:
    """One figure beside its budget."""

    name: str
    value: int
    limit: int
    unit: str = "bytes"

    @property
    def is_met(self) -> bool:
        """Whether the figure is within the budget; nothing at all was not measured."""
        return 0 < self.value <= self.limit

    def row(self) -> str:
        """The figure as a line of a Markdown table."""
        kilo = self.unit == "bytes"
        value, limit = (f"{n / 1000:.1f} kB" if kilo else str(n) for n in (self.value, self.limit))
        return f"| {self.name} | {value} | ≤ {limit} | {'yes' if self.is_met else '**no**'} |"


class Line:
    """Notes what a page loads over the line: bytes by address, nothing for what was kept."""

    def __init__(self, page: Page) -> None:
        self._addresses: dict[str, str] = {}
        self._kept: set[str] = set()
        self.bytes: dict[str, int] = {}
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.requestServedFromCache", self._from_memory)
        session.on("Network.responseReceived", self._received)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    def _sent(self, event: dict[str, Any]) -> None:
        self._addresses[event["requestId"]] = event["request"]["url"]

    def _from_memory(self, event: dict[str, Any]) -> None:
        self._kept.add(event["requestId"])

    def _received(self, event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache"):
            self._kept.add(event["requestId"])

    def _finished(self, event: dict[str, Any]) -> None:
        number = event["requestId"]
        if number not in self._kept:
            self.bytes[self._addresses[number]] = int(event["encodedDataLength"])

    def visit(self, page: Page, url: str) -> dict[str, int]:
        """Open a page; return what it loaded besides photos."""
        self.bytes.clear()
        page.goto(url, wait_until="networkidle")
        page.evaluate(FETCH_ICON)
        page.wait_for_load_state("networkidle")
        return {url: n for url, n in self.bytes.items() if PHOTOS not in urlsplit(url).path}


def measure(browser: Browser, address: str) -> list[Weight]:
    """Visit home and its lead story as two new readers and one who goes on, on a phone."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, locale="vi-VN")
    page = context.new_page()
    line = Line(page)
    home = line.visit(page, f"{address}/")
    lead = page.get_by_role("article").first
    photo = line.bytes.get(lead.locator("img").evaluate("(image) => image.currentSrc"), 0)
    story = str(lead.get_by_role("heading").get_by_role("link").evaluate("(link) => link.href"))
    second = line.visit(page, story)
    context.close()

    context = browser.new_context(viewport=PHONE, device_scale_factor=2, locale="vi-VN")
    page = context.new_page()
    article = Line(page).visit(page, story)
    context.close()
    return [
        Weight("Home, first visit, without photos", sum(home.values()), 60_000),
        Weight("Home, requests without photos", len(home), 8, "requests"),
        Weight("Article, first visit, without photos", sum(article.values()), 40_000),
        Weight("Article, requests without photos", len(article), 8, "requests"),
        Weight("Article as the second page, without photos", sum(second.values()), 15_000),
        Weight("Lead photo of home on a phone of 360 px, two pixels each", photo, 60_000),
    ]
