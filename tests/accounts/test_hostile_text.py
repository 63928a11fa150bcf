"""Whatever is typed or sent where people sign in: refused in words or taken, never a fault."""

import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.test import Client, override_settings
from fido2.utils import websafe_encode
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.actions import invite_user
from accounts.models import User
from accounts.roles import Role
from branches.models import Office
from core.text import has_forbidden_characters
from tests.accounts.passkey import new_credential
from tests.accounts.test_second_factor import FACTOR, SECRET
from tests.accounts.test_sign_in import LOGIN, PASSWORD, sign_in

CONFIRM = "/tai-khoan/xac-nhan/"
KEYS = f"{FACTOR}khoa/"
NFD = unicodedata.normalize("NFD", "Điện thoại của Nguyễn Thị Ngọc Ánh")
ODD = [
    *("\x00", "a\x00b", "\x1b[31m", "\u202egnp.exe", "\u200b", "\ufeff", "\ufdd0", "\U0001f469"),
    *(NFD, "ﬁ", "ẛ̣", "İ", "ß", "đ" * 10_000, "'\"><script>", "%00", "123456", "-" * 300, " ", ""),
]
TEXTS = st.text(max_size=40) | st.sampled_from(ODD) | st.text(min_size=200, max_size=300)


def tam() -> User:
    return User.objects.get(username="tam")


def stranger() -> Client:
    return Client()


def amid_sign_in() -> Client:
    client = Client()
    assert sign_in(client)["Location"] == f"{FACTOR}nhap-ma/"
    return client


def somebody() -> Client:
    client = Client()
    client.force_login(tam())
    return client


def confirmed() -> Client:
    client = somebody()
    assert client.post(CONFIRM, {"password": PASSWORD}).status_code == 302
    return client


@dataclass(frozen=True)
class Way:
    """A form: who fills it in, where it is, what is typed and what is not."""

    who: Callable[[], Client]
    path: str | Callable[[Client], str]
    typed: tuple[str, ...]
    rest: dict[str, str] | Callable[[Client], dict[str, str]]


def reset_link(client: Client) -> str:
    key = f"{user_pk_to_url_str(tam())}-{default_token_generator.make_token(tam())}"
    return str(client.get(f"/tai-khoan/mat-khau/dat-lai/{key}/")["Location"])


def invitation(_client: Client) -> str:
    return f"/tai-khoan/loi-moi/{invite_user(tam(), by=None)}/"


def rename(_client: Client) -> str:
    return f"{KEYS}{Authenticator.objects.get(type='webauthn').pk}/doi-ten/"


def of_a_new_key(client: Client) -> dict[str, str]:
    client.get(f"{KEYS}them/")
    return {"credential": json.dumps(new_credential(client))}


NEW_PASSWORD = ("password1", "password2")
WAYS = [
    Way(stranger, LOGIN, ("login", "password", "next"), {}),
    Way(stranger, LOGIN, ("password",), {"login": "tam"}),
    Way(amid_sign_in, f"{FACTOR}nhap-ma/", ("code",), {}),
    Way(amid_sign_in, f"{FACTOR}nhap-ma/", ("credential",), {}),
    Way(stranger, "/tai-khoan/mat-khau/quen/", ("email",), {}),
    Way(somebody, "/tai-khoan/mat-khau/doi/", NEW_PASSWORD, {"oldpassword": PASSWORD}),
    Way(somebody, "/tai-khoan/mat-khau/doi/", ("oldpassword", *NEW_PASSWORD), {}),
    Way(stranger, reset_link, NEW_PASSWORD, {}),
    Way(stranger, invitation, ("new_password1", "new_password2"), {}),
    Way(somebody, CONFIRM, ("password", "next"), {}),
    Way(somebody, f"{FACTOR}xac-nhan/", ("code", "next"), {}),
    Way(somebody, f"{KEYS}xac-nhan/", ("credential", "next"), {}),
    Way(confirmed, rename, ("name",), {}),
    Way(confirmed, f"{KEYS}them/", ("name",), of_a_new_key),
]


LINKS = ["loi-moi/{}/", "mat-khau/dat-lai/{}/", "mat-khau/dat-lai/1-{}/"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just("\ud800") | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=4,
)


def spoilt(credential: dict[str, Any], data: Any) -> Any:
    """The same with one part taken out or made something else, or something else altogether."""
    part = data.draw(st.sampled_from([*credential, "all", "inner", "bytes"]))
    inner = credential["response"]
    name = data.draw(st.sampled_from(sorted(inner)))
    if part == "all":
        return data.draw(JSON)
    if part == "bytes":
        inner[name] = websafe_encode(data.draw(st.binary(max_size=80) | st.just(b"\x81" * 5000)))
    elif part == "inner":
        inner[name] = data.draw(JSON)
    else:
        credential[part] = data.draw(JSON)
    return credential


class AnyTextTest(TestCase):
    @classmethod
    @override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    def setUpTestData(cls) -> None:
        Office.objects.create(full_name="Huyện đoàn Thử Nghiệm")
        user = User.objects.create_user(
            "tam", email="tam@xa.example", password=PASSWORD, role=Role.VIEWER
        )
        client = confirmed()
        client.get(f"{KEYS}them/")
        sent = {"name": "máy bàn", "credential": json.dumps(new_credential(client))}
        assert client.post(f"{KEYS}them/", sent).status_code == 302
        TOTP.activate(user, SECRET)

    @settings(max_examples=150, deadline=None)
    @given(st.sampled_from(WAYS), st.data())
    def test_no_text_breaks_a_form(self, way: Way, data: Any) -> None:
        cache.clear()
        one = data.draw(TEXTS)
        # Often the same twice, as in forms that want a new password so.
        typed = {name: data.draw(st.just(one) | TEXTS) for name in way.typed}
        client = way.who()
        path = way.path if isinstance(way.path, str) else way.path(client)
        rest = way.rest if isinstance(way.rest, dict) else way.rest(client)
        response = client.post(path, {**rest, **typed})
        assert response.status_code in (200, 302)
        for key in Authenticator.objects.filter(type="webauthn"):
            name = key.wrap().name
            assert name == unicodedata.normalize("NFC", name)
            assert not has_forbidden_characters(name)
            assert 0 < len(name) <= 100

    @settings(max_examples=50, deadline=None)
    @given(st.sampled_from([amid_sign_in, confirmed]), st.data())
    def test_no_answer_of_a_false_device_breaks_a_form(
        self, who: Callable[[], Client], data: Any
    ) -> None:
        cache.clear()
        client = who()
        path = f"{KEYS}them/" if who is confirmed else f"{FACTOR}nhap-ma/"
        client.get(path)
        credential = spoilt(new_credential(client), data)
        response = client.post(path, {"credential": json.dumps(credential)})
        # A part that nobody needs may be anything; what is stored must be of use afterwards.
        assert response.status_code in ((200, 302) if who is confirmed else (200,))
        for key in Authenticator.objects.filter(type="webauthn"):
            assert key.wrap().authenticator_data.credential_data
            json.dumps(key.data, ensure_ascii=False).encode()

    @settings(max_examples=40, deadline=None)
    @given(
        st.sampled_from(["loi-moi/{}/", "mat-khau/dat-lai/{}/", "mat-khau/dat-lai/1-{}/"]), TEXTS
    )
    @example("mat-khau/dat-lai/{}/", "z" * 60 + "-a")
    def test_no_link_breaks_a_page(self, path: str, text: str) -> None:
        cache.clear()
        address = f"/tai-khoan/{path.format(quote(text, safe=''))}"
        assert Client().get(address).status_code in (200, 302, 404)
