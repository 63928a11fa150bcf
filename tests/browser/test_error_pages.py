"""When something is not there or does not work, the portal says so in its own look."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakeVisitor
from tests.browser.demo import Demo, running_demo
from tests.browser.test_public_pages import page_faults
from tests.browser.words import say

pytestmark = pytest.mark.browser

NUMBER = re.compile(r"\b[2-9A-HJ-NP-Z]{8}\b")


@pytest.mark.parametrize(
    "path", ["/khong-co/", "/tin-tuc/khong-co/", "/tin-tuc/?trang=999", "/.env"]
)
def test_page_that_is_not_there(visitor: MakeVisitor, portal: Demo, path: str) -> None:
    reader = visitor(portal, 360)
    assert reader.open(path).status == 404
    expect(reader.page.get_by_role("heading", level=1)).to_have_text(say("There is no such page"))
    expect(reader.page.get_by_role("main")).to_contain_text(NUMBER)
    reader.page.get_by_role("main").get_by_role("link", name=say("Go to the home page")).click()
    expect(reader.page).to_have_url(portal.address + "/")


def test_portal_without_its_database(
    visitor: MakeVisitor, chromium_path: str, tmp_path: Path
) -> None:
    with running_demo(tmp_path / "var") as demo:
        reader = visitor(demo, 360)
        assert reader.open("/").status == 200
        # A photo still on its way would make the file anew.
        reader.page.wait_for_load_state("networkidle")
        for file in demo.var_dir.glob("portal.sqlite3*"):
            file.unlink()
        # A folder in the file's place: the file can neither be opened nor be made anew.
        (demo.var_dir / "portal.sqlite3").mkdir()
        # What is open stays open, also without its name.
        demo.replace_workers()
        assert reader.open("/lien-he/").status == 503
        heading = say("The portal is being looked after")
        expect(reader.page.get_by_role("heading", level=1)).to_have_text(heading)
        expect(reader.page.get_by_role("main")).to_contain_text(NUMBER)
        expect(reader.page.get_by_role("navigation", name=say("Main menu"))).to_be_visible()
        faults = page_faults(reader.page, "vi")
        assert not faults, "\n".join(faults)
        assert reader.watch.faults == []
        number = NUMBER.search(reader.page.get_by_role("main").inner_text())
        assert number is not None
        assert number[0] in (demo.var_dir / "demo.log").read_text("utf-8")
