"""A real Chromium that visits the real demo: migrated, seeded and served as `make demo` does."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, Response, sync_playwright

from portal.demo_data import ACCOUNT, PASSWORD
from tests.browser.demo import ROOT, Demo, running_demo
from tests.browser.pages import SIGN_IN
from tests.browser.watch import Watch
from tests.browser.words import say

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where Chromium is; without one the browser's tests are skipped, or fail in CI."""
    path = os.environ.get("CHROMIUM", "")
    if not path and os.environ.get("CI") == "true":
        pytest.fail("no Chromium")
    if not path:
        pytest.skip("no Chromium")
    return path


@pytest.fixture(scope="package")
def playwright(chromium_path: str) -> Iterator[Playwright]:
    """Playwright, ended before tests of other folders run: its event loop would stop the ORM."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def chromium(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    """One browser; every test has contexts of its own in it."""
    browser = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def portal(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo as it is seeded; tests only read it."""
    with running_demo(tmp_path_factory.mktemp("portal")) as demo:
        yield demo


@pytest.fixture(scope="session")
def workshop(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo in which tests write."""
    with running_demo(tmp_path_factory.mktemp("workshop")) as demo:
        yield demo


@dataclass(frozen=True)
class Visitor:
    """Somebody at a browser, with one page open."""

    page: Page
    watch: Watch
    address: str

    def open(self, path: str) -> Response:
        """Go to a page of the portal and wait until it is loaded."""
        response = self.page.goto(self.address + path)
        assert response is not None, path
        return response

    def sign_in(self, username: str = ACCOUNT, password: str = PASSWORD) -> None:
        """Sign in, to the workspace."""
        self.open(SIGN_IN)
        main = self.page.get_by_role("main")
        main.locator("[name=login]").fill(username)
        main.locator("[name=password]").fill(password)
        main.get_by_role("button", name=say("Sign in")).click()
        main.get_by_role("heading", level=1, name=say("Workspace")).wait_for()


MakeVisitor = Callable[..., Visitor]


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[MakeVisitor]:
    """Make visitors: `visitor(demo, width=360, color_scheme=…)`; further names are Playwright's."""
    contexts = []

    def make(demo: Demo, width: int = 1280, **options: Any) -> Visitor:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            **options,
        )
        contexts.append(context)
        watch = Watch(context, demo.address)
        return Visitor(context.new_page(), watch, demo.address)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def jpeg(tmp_path: Path) -> Path:
    """A photo as a phone's camera makes it, 2,000 pixels wide."""
    from PIL import Image

    path = tmp_path / "buổi sinh hoạt.jpg"
    Image.linear_gradient("L").resize((2000, 1250)).convert("RGB").save(path, "JPEG")
    return path


def add_administrator(demo: Demo, username: str, full_name: str) -> tuple[str, str]:
    """Make another administrator of a demo; return name and password."""
    account = (username, f"mật khẩu riêng của {full_name}")
    environment = {
        **os.environ,
        "PORTAL_MODE": "demo",
        "VAR_DIR": str(demo.var_dir),
        "DJANGO_SUPERUSER_PASSWORD": account[1],
    }
    command = ["manage.py", "createsuperuser", "--noinput", "--username", username]
    command += ["--full_name", full_name]
    subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True)
    return account


@pytest.fixture(scope="session")
def hoa(workshop: Demo) -> tuple[str, str]:
    """Name and password of a second administrator of the workshop."""
    return add_administrator(workshop, "hoa", "Hòa")


@pytest.fixture(scope="session")
def village(workshop: Demo) -> str:
    """The public path of a branch of the workshop."""
    code = (
        "from branches.models import Branch, Commune\n"
        "commune = Commune.objects.get(kind='xa', name='Hồng Lạc')\n"
        "Branch.objects.create(commune=commune, area_kind='thon', name='Thử Nghiệm')\n"
    )
    environment = {**os.environ, "PORTAL_MODE": "demo", "VAR_DIR": str(workshop.var_dir)}
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return "/chi-doan/xa-hong-lac/thon-thu-nghiem/"
