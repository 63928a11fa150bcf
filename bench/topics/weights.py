"""The weights of the demo's pages on a phone, by Chromium."""

from playwright.sync_api import sync_playwright

from bench.report import NotMeasured, Topic
from bench.servers import Scratch
from bench.weights import Weight, measure
from scripts.run_tests import find_chromium
from tests.browser.demo import running_demo

TITLE = "Page weights"
EXPLANATION = (
    "What goes over the line, compressed, headers included, to a phone 360 px wide; "
    "the figures stand among the budgets above. Measured with Chromium {version}."
)


class Unknown(Weight):
    """Stands for all weights when none could be measured."""

    def row(self) -> str:
        """A line that claims nothing."""
        return f"| {self.name} | – | – | **not measured** |"


def weigh(scratch: Scratch) -> Topic:
    """Visit a demo of our own."""
    path = find_chromium()
    if not path:
        raise NotMeasured("page weights need Chromium; none was found (set CHROMIUM to its path)")
    with running_demo(scratch.folder / "weights") as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        weights = measure(browser, demo.address)
        version = browser.version.partition(".")[0]
        browser.close()
    return Topic(TITLE, weights, notes=[EXPLANATION.format(version=version)])


def unknown() -> Topic:
    """Without weights, nothing is met."""
    return Topic(TITLE, [Unknown("Page weights", 0, 0)])
