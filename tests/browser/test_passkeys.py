"""Passkeys with the browser's own authenticator, from adding one to removing it."""

import unicodedata
from dataclasses import replace
from itertools import count

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import MakeVisitor, Visitor, add_administrator
from tests.browser.demo import Demo
from tests.browser.pages import SIGN_IN
from tests.browser.words import press, say

pytestmark = pytest.mark.browser
FACTOR = "/tai-khoan/xac-thuc/"
NUMBERS = count(1)
KEYS = f"{FACTOR}khoa/"
NAME = "điện thoại của Duyên"


class Device:
    """The person's telephone: confirms at once, or, as if cancelled, never."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        made = self.session.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        self.id: str = made["authenticatorId"]

    def keys(self) -> int:
        """How many passkeys it holds."""
        held = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return len(held["credentials"])

    def forget(self) -> None:
        """Lose them all."""
        self.session.send("WebAuthn.clearCredentials", {"authenticatorId": self.id})


@pytest.fixture
def account(workshop: Demo) -> tuple[str, str]:
    """Name and password of an administrator who has no second factor yet."""
    return add_administrator(workshop, f"duyen{next(NUMBERS)}", "Duyên")


@pytest.fixture
def duyen(visitor: MakeVisitor, workshop: Demo, account: tuple[str, str]) -> Visitor:
    """Duyên, signed in. She uses the workshop's name: a passkey belongs to none of numbers."""
    made = visitor(replace(workshop, address=workshop.address.replace("127.0.0.1", "localhost")))
    made.sign_in(*account)
    return made


def heading(page: Page, text: str) -> None:
    """Wait for the page with this heading."""
    expect(page.get_by_role("heading", level=1, name=say(text))).to_be_visible()


def add_key(person: Visitor, password: str, name: str) -> None:
    """Add a passkey, beginning at the page of the second factor."""
    person.open(FACTOR)
    person.page.get_by_role("main").get_by_role("link", name=say("Add a passkey")).click()
    heading(person.page, "Please confirm that it is you")
    person.page.locator("[name=password]").fill(password)
    press(person.page, "Confirm")
    heading(person.page, "Add a passkey")
    person.page.locator("[name=name]").fill(name)
    press(person.page, "Add a passkey")


def sign_out(person: Visitor) -> None:
    """Sign out on the page for it."""
    person.open("/tai-khoan/dang-xuat/")
    person.page.get_by_role("main").get_by_role("button", name=say("Sign out")).click()
    expect(person.page.get_by_role("link", name=say("Sign in"))).to_be_visible()


def begin_sign_in(person: Visitor, account: tuple[str, str]) -> None:
    """Sign in with name and password, up to the second step."""
    person.open(SIGN_IN)
    main = person.page.get_by_role("main")
    main.locator("[name=login]").fill(account[0])
    main.locator("[name=password]").fill(account[1])
    main.get_by_role("button", name=say("Sign in")).click()


def remove_key(person: Visitor, password: str = "") -> None:
    """Remove the only passkey; the person confirms with the password, or without one by the key."""
    person.open(KEYS)
    person.page.get_by_role("table").get_by_role("link", name=say("Remove")).click()
    heading(person.page, "Please confirm that it is you")
    if password:
        person.page.locator("[name=password]").fill(password)
        press(person.page, "Confirm")
    else:
        person.page.get_by_role("main").locator(f"a[href^='{KEYS}xac-nhan/']").click()
        press(person.page, "Confirm with the passkey")
    heading(person.page, "Remove the passkey")
    press(person.page, "Remove")
    heading(person.page, "Passkeys")
    expect(person.page.get_by_role("table")).not_to_contain_text(NAME)


def test_a_passkey_is_added_used_and_removed(duyen: Visitor, account: tuple[str, str]) -> None:
    device = Device(duyen.page)
    add_key(duyen, account[1], unicodedata.normalize("NFD", NAME))
    heading(duyen.page, "Recovery codes")
    assert device.keys() == 1
    duyen.open(KEYS)
    expect(duyen.page.get_by_role("table")).to_contain_text(NAME)

    sign_out(duyen)
    begin_sign_in(duyen, account)
    heading(duyen.page, "The second step")
    press(duyen.page, "Sign in with the passkey")
    heading(duyen.page, "Workspace")

    remove_key(duyen)
    sign_out(duyen)
    begin_sign_in(duyen, account)
    heading(duyen.page, "Workspace")
    assert duyen.watch.faults == []


def test_without_the_device_nobody_gets_in(duyen: Visitor, account: tuple[str, str]) -> None:
    device = Device(duyen.page)
    add_key(duyen, account[1], NAME)
    heading(duyen.page, "Recovery codes")
    codes = duyen.page.get_by_role("listitem").get_by_role("code").all_inner_texts()
    device.forget()
    sign_out(duyen)
    begin_sign_in(duyen, account)
    press(duyen.page, "Sign in with the passkey")
    expect(duyen.page.get_by_role("alert")).to_be_visible()
    assert duyen.open("/lam-viec/").url.endswith(f"{FACTOR}nhap-ma/")

    press(duyen.page, "Cancel")
    expect(duyen.page.locator("[name=login]")).to_be_visible()
    begin_sign_in(duyen, account)
    duyen.page.locator("[name=code]").fill(codes[0])
    press(duyen.page, "Sign in")
    heading(duyen.page, "Workspace")
    remove_key(duyen, account[1])
    assert duyen.watch.faults == []
