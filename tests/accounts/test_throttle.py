"""Five wrong tries for an account, then nobody signs in there for a while."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import RequestFactory

from accounts.models import SignInTry, User
from accounts.throttle import LIMITS
from tests.visits.helpers import together

RIGHT, WRONG = "vườn ươm bí thư 2024", "vườn ươm bí thư 2025"
NOW = datetime(2024, 5, 15, 2, 0, tzinfo=UTC)


def attempt(name: str, password: str, address: str = "203.0.113.1") -> Any:
    request = RequestFactory().post("/", REMOTE_ADDR=address)
    return authenticate(request, username=name, password=password)


@pytest.fixture
def tam(db: None) -> User:
    return User.objects.create_user("tam", email="Tam@example.vn", password=RIGHT)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What reached the hasher."""
    seen: list[str] = []
    encode: Callable[..., str] = MD5PasswordHasher.encode
    lock = threading.Lock()

    def noted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        with lock:
            seen.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", noted)
    return seen


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["tam", "khong-co-ai"])
def test_forty_tries_at_once_from_forty_addresses_hash_five(
    name: str, tam: User, hashed: list[str]
) -> None:
    hashed.clear()
    calls = [partial(attempt, name, WRONG, f"203.0.113.{n}") for n in range(40)]
    assert together(calls) == [None] * 40
    assert hashed == [WRONG] * 5
    assert SignInTry.objects.get(kind="account").tries == 5
    assert not connection.in_atomic_block


@pytest.mark.parametrize("name", ["tam", "tam@EXAMPLE.vn"])
def test_the_right_password_is_refused_after_five_wrong_ones_for_five_minutes(
    name: str, tam: User, hashed: list[str]
) -> None:
    other = User.objects.create_user("cuc", password=RIGHT)
    with time_machine.travel(NOW, tick=False) as clock:
        # By name and by e-mail address it is one account.
        for turn in range(5):
            assert attempt(["tam", "TAM@example.vn"][turn % 2], WRONG) is None
        hashed.clear()
        assert attempt(name, RIGHT) is None
        assert hashed == []
        assert attempt("cuc", RIGHT) == other
        clock.shift(timedelta(minutes=4, seconds=59))
        assert attempt(name, RIGHT) is None
        clock.shift(timedelta(seconds=1))
        assert attempt(name, RIGHT) == tam
    assert not SignInTry.objects.filter(kind="account").exists()


def test_success_clears_the_count(tam: User) -> None:
    for _turn in range(3):
        assert [attempt("tam", WRONG) for _try in range(4)] == [None] * 4
        assert attempt("tam", RIGHT) == tam
    assert not SignInTry.objects.filter(kind="account").exists()


def test_unknown_account_is_hashed_once_and_blocked_alike(db: None, hashed: list[str]) -> None:
    assert attempt("khong-co-ai", WRONG) is None
    assert hashed == [WRONG]
    assert [attempt("Khong-Co-Ai", WRONG) for _try in range(9)] == [None] * 9
    assert len(hashed) == 5


def test_an_address_has_a_looser_limit(tam: User, hashed: list[str]) -> None:
    limit = LIMITS[SignInTry.Kind.ADDRESS]
    hashed.clear()
    for number in range(limit + 10):
        attempt(f"ai-do-{number}", WRONG)
    assert len(hashed) == limit
    assert attempt("tam", RIGHT) is None
    assert attempt("tam", RIGHT, "203.0.113.2") == tam


def test_who_has_no_access_does_not_sign_in(tam: User) -> None:
    User.objects.update(is_active=False)
    assert attempt("tam", RIGHT) is None


def test_two_accounts_of_one_email_address_sign_in_by_name_only(tam: User) -> None:
    User.objects.create_user("tam2", email="tam@example.vn", password=RIGHT)
    assert attempt("tam@example.vn", RIGHT) is None
    assert attempt("tam", RIGHT) == tam


def test_names_that_strangers_type_are_not_kept_in_clear(db: None) -> None:
    attempt("mật khẩu gõ nhầm ô", WRONG)
    assert "mật khẩu" not in str([*SignInTry.objects.values()])
