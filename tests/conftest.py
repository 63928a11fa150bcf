"""What every test shares: named people, a clean media folder, no network."""

import json
import logging
import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.cache import cache, caches
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone, translation
from hypothesis import settings as hypothesis_settings

from accounts.mails import POSTMAN
from accounts.middleware import BEGAN, SEEN
from accounts.models import User
from accounts.roles import Role
from branches.models import Commune, Office
from core.logs import JsonFormatter
from news.models import Article, Category

# The same examples each time and no time limit: a busy machine must not fail a test.
hypothesis_settings.load_profile("ci")

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say in the last lines what did not run on this machine, and why."""
    for note in filter(None, os.environ.get("TEST_NOTES", "").split("\n")):
        terminalreporter.write_line(f"NOTE: {note}", yellow=True)


@pytest.fixture(autouse=True)
def _only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for another machine fails."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOOPBACK:
            raise AssertionError(f"a test wanted to connect to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _clean_surroundings(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Each test has its own media folder, an empty cache and the default language and zone."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    caches["process"].clear()
    yield
    mails_sent()
    translation.activate("vi")
    timezone.deactivate()


def mails_sent() -> list[EmailMessage]:
    """What has been mailed so far, once nothing is under way any more."""
    POSTMAN.submit(bool).result()
    return [*getattr(mail, "outbox", [])]


@pytest.fixture
def log_lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What was logged so far, each line read back as the JSON it must be."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().split("\n") if line]
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def office(db: None) -> Office:
    """The office of the tests."""
    return Office.objects.create(
        full_name="Huyện đoàn Thử Nghiệm", province="Tỉnh Lam Giang", address="Số 2 đường Đầm Sen"
    )


@pytest.fixture
def category(db: None) -> Category:
    """A category; articles of the factories stand in it unless told otherwise."""
    return Category.objects.create(name="Gương bí thư chi đoàn", position=1)


def _permissions(*names: str) -> list[Permission]:
    return list(Permission.objects.filter(content_type__app_label="news", codename__in=names))


@pytest.fixture
def admin_lan(db: None) -> User:
    """Lan, the district's administrator: a superuser."""
    return User.objects.create_superuser("lan", password="mật khẩu của Lan", full_name="Đỗ Thị Lan")


@pytest.fixture
def editor_minh(db: None) -> User:
    """Minh, who writes news and may not publish."""
    user = User.objects.create_user("minh", full_name="Lê Văn Minh", is_staff=True)
    names = [
        f"{verb}_{noun}" for verb in ("add", "change", "view") for noun in ("article", "photo")
    ]
    user.user_permissions.set(_permissions(*names, "delete_article", "delete_photo"))
    return user


@pytest.fixture
def chief_hoa(editor_minh: User) -> User:
    """Hòa, who may do what Minh may and also publish."""
    user = User.objects.create_user("hoa", full_name="Trần Thị Hòa", is_staff=True)
    user.user_permissions.set(
        [*editor_minh.user_permissions.all(), *_permissions("publish_article")]
    )
    return user


@pytest.fixture
def reader_an(db: None) -> User:
    """An, who has an account and no rights."""
    return User.objects.create_user("an", full_name="Phạm Bình An")


@pytest.fixture
def commune_a(db: None) -> Commune:
    """Xã Hồng Lạc, where Bắc is an officer."""
    return Commune.objects.create(name="Hồng Lạc")


@pytest.fixture
def commune_b(db: None) -> Commune:
    """Xã Đồng Tiến, where Cúc is an officer."""
    return Commune.objects.create(name="Đồng Tiến")


@pytest.fixture
def officer_a(commune_a: Commune) -> User:
    """Bắc, an officer of Hồng Lạc."""
    return User.objects.create_user(
        "bac", full_name="Hoàng Văn Bắc", role=Role.COMMUNE_OFFICER, commune=commune_a
    )


@pytest.fixture
def officer_b(commune_b: Commune) -> User:
    """Cúc, an officer of Đồng Tiến."""
    return User.objects.create_user(
        "cuc", full_name="Nguyễn Thu Cúc", role=Role.COMMUNE_OFFICER, commune=commune_b
    )


def signed_in(user: User) -> Client:
    """A browser in which `user` is signed in and has opened a page."""
    client = Client()
    client.force_login(user)
    now = int(timezone.now().timestamp())
    session = client.session
    session.update({BEGAN: now, SEEN: now})
    session.save()
    return client


def read(response: Any) -> bytes:
    """The body of any response; a file is closed, which `response.close()` alone would do too,
    but that ends the connection to the database.
    """
    return response.getvalue()  # type: ignore[no-any-return]


@pytest.fixture
def when() -> datetime:
    """A fixed moment in the past: 09:00 on 20/10/2024 in Việt Nam."""
    return datetime(2024, 10, 20, 2, 0, tzinfo=UTC)


def later(moment: datetime, **units: int) -> datetime:
    """The moment some `days=`, `hours=` … later."""
    return moment + timedelta(**units)


def stored(article: Article) -> Article:
    """The article as the database has it now."""
    return Article.objects.get(pk=article.pk)
