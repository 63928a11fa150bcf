"""Too many requests about accounts: the answer is a page of the portal."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from branches.models import Office
from tests.accounts.test_sign_in import PASSWORD
from tests.conftest import signed_in
from tests.news.helpers import parse, words_of

pytestmark = pytest.mark.django_db
FORGET = "/tai-khoan/mat-khau/quen/"
CHANGE = "/tai-khoan/mat-khau/doi/"
# What allauth lets pass in a minute.
PER_EMAIL, PER_ADDRESS, PER_PERSON = 5, 20, 5


def check_page(response: Any) -> None:
    """The answer has the portal's look, its number and its headers."""
    assert response.status_code == 429
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    assert response["Retry-After"] == "60"
    assert "script-src" in response["Content-Security-Policy"]
    tree = parse(response.content)
    assert tree.get("lang") == "vi"
    assert [words_of(heading) for heading in tree.iter("h1")] == ["Quá nhiều yêu cầu"]
    assert [words_of(code) for code in tree.iter("code")] == [response["X-Request-ID"]]
    assert tree.find(".//footer") is not None


@pytest.mark.parametrize(
    ("emails", "passing"),
    [(["tam@xa.example"], PER_EMAIL), ([f"nguoi{n}@xa.example" for n in range(99)], PER_ADDRESS)],
    ids=["for one address", "from one sender"],
)
def test_too_many_links_asked_for(emails: list[str], passing: int, office: Office) -> None:
    client = Client()
    answers = [
        client.post(FORGET, {"email": emails[number % len(emails)]})
        for number in range(passing + 1)
    ]
    assert [answer.status_code for answer in answers[:-1]] == [302] * passing
    check_page(answers[-1])
    assert client.get(FORGET).status_code == 200


def test_too_many_changes_of_the_password(office: Office) -> None:
    tam = User.objects.create_user("tam", password=PASSWORD, role=Role.DISTRICT_STAFF)
    client = signed_in(tam)
    new = {"oldpassword": "sai mật khẩu rồi", "password1": "ngắn", "password2": "ngắn"}
    answers = [client.post(CHANGE, new) for _try in range(PER_PERSON + 1)]
    assert [answer.status_code for answer in answers[:-1]] == [200] * PER_PERSON
    check_page(answers[-1])


def test_page_is_in_the_language_of_the_address(office: Office) -> None:
    client = Client()
    for _try in range(PER_EMAIL):
        client.post(f"/en{FORGET}", {"email": "tam@xa.example"})
    response = client.post(f"/en{FORGET}", {"email": "tam@xa.example"})
    assert response.status_code == 429
    assert parse(response.content).get("lang") == "en"
