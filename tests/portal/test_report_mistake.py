"""A reader says what is wrong on the page of a branch: kept once, and not for everybody to see."""

import re
import unicodedata
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection  # noqa: F401 — the marks ask it.
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from branches.models import Branch, Commune, MistakeReport, Office
from core.text import has_forbidden_characters
from portal.brake import PER_ADDRESS
from tests.factories import make_branch
from tests.news.helpers import at_once

PATH = "/chi-doan/xa-hong-lac/thon-dong/bao-sai/"
PAGE = "/chi-doan/xa-hong-lac/thon-dong/"
TEXT = "Ngày sinh hoạt chưa đúng."


@pytest.fixture
def branch(commune_a: Commune) -> Branch:
    return make_branch(commune_a, area_kind="thon", name="Đông")


def send(client: Client | None = None, /, **values: Any) -> Any:
    sent = {"text": TEXT, "contact": "0912 000 000", "report": str(uuid4()), **values}
    return (client or Client()).post(PATH, sent)


@pytest.mark.django_db
def test_report_is_kept_and_thanked_for(branch: Branch, office: Office) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get(PATH).content.decode()
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page))
    assert set(hidden) == {"csrfmiddlewaretoken", "report"}
    response = client.post(PATH, {"text": TEXT, "contact": "0912 000 000", **hidden})
    assert (response.status_code, response["Location"]) == (302, f"{PAGE}?da-gui=1")
    kept = MistakeReport.objects.waiting().get()
    assert (kept.branch, kept.text, kept.contact) == (branch, TEXT, "0912 000 000")
    assert kept.public_id == UUID(hidden["report"])
    assert kept.history.get().history_user is None
    thanks = Client().get(response["Location"])
    assert "Cảm ơn bạn." in thanks.content.decode()
    assert TEXT not in thanks.content.decode()
    assert not thanks.cookies
    assert "Cảm ơn bạn." not in Client().get(PAGE).content.decode()


@pytest.mark.django_db
def test_form_is_kept_by_nobody(branch: Branch, office: Office) -> None:
    response = Client().get(PATH)
    assert "no-store" in response["Cache-Control"]
    assert "X-Accel-Expires" not in response.headers
    assert Client(enforce_csrf_checks=True).post(PATH, {"text": TEXT}).status_code == 403
    assert not MistakeReport.objects.exists()


@pytest.mark.django_db
def test_sent_twice_is_one_report(branch: Branch) -> None:
    again = str(uuid4())
    for values in ({"report": again}, {"report": again, "text": "Khác."}, {"text": f" {TEXT} "}):
        assert send(**values).status_code == 302
    assert MistakeReport.objects.get().text == TEXT
    assert MistakeReport.history.count() == 1
    with time_machine.travel("2099-01-01T00:00:00Z"):
        send()
    send(text="Số đoàn viên chưa đúng.")
    assert MistakeReport.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize("values", [{"report": ""}, {"report": "khong-phai"}])
def test_form_without_its_number(values: dict[str, str], branch: Branch) -> None:
    response = send(**values)
    if response.status_code == 200:
        assert TEXT in response.content.decode()
        response = send()
    assert response.status_code == 302
    assert MistakeReport.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [{"text": ""}, {"text": " \n "}, {"text": "x" * 1001}, {"contact": "9" * 121}],
    ids=["nothing", "spaces", "long", "long contact"],
)
def test_faulty_form_says_why_and_keeps_what_was_typed(
    values: dict[str, str], branch: Branch
) -> None:
    response = send(**{"contact": "Ông Sáu", **values})
    assert response.status_code == 200
    text = response.content.decode()
    assert "invalid-feedback" in text
    assert values.get("contact", "Ông Sáu") in text
    assert not MistakeReport.objects.exists()


@pytest.mark.django_db
def test_robots_are_thanked_and_forgotten(branch: Branch) -> None:
    response = send(website="https://spam.example")
    assert (response.status_code, response["Location"]) == (302, f"{PAGE}?da-gui=1")
    assert not MistakeReport.objects.exists()


@pytest.mark.django_db
def test_one_address_sends_five_in_an_hour(branch: Branch, settings: Any) -> None:
    tries = [send(text=f"Điều thứ {number}.").status_code for number in range(PER_ADDRESS + 1)]
    assert tries == [302] * 5 + [429]
    refused = send(text="Điều cuối cùng.")
    assert "Điều cuối cùng." in refused.content.decode()
    assert "thử lại sau một giờ" in refused.content.decode()
    assert MistakeReport.objects.count() == 5
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert send(elsewhere, text="Từ nơi khác.").status_code == 302
    with time_machine.travel("2099-01-01T00:00:00Z"):
        assert send(text="Một giờ sau.").status_code == 302


@pytest.mark.django_db
def test_retries_take_one_place_of_the_five(branch: Branch) -> None:
    again = str(uuid4())
    assert {send(report=again).status_code for _ in range(9)} == {302}
    assert send(text="Điều khác.").status_code == 302


@pytest.mark.django_db
def test_address_is_not_kept_in_clear(branch: Branch, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []

    def keep(key: str, value: str, seconds: int) -> str:
        kept.append(f"{key} {value} {seconds}")
        return value

    monkeypatch.setattr(cache, "get_or_set", keep)
    assert send(Client(REMOTE_ADDR="203.0.113.9")).status_code == 302
    assert len(kept) == 1
    assert "203.0.113.9" not in kept[0] + str([*MistakeReport.history.values()])


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs real PostgreSQL")
@pytest.mark.parametrize("same", ["form", "words"])
def test_five_at_once_are_one_report(same: str, commune_a: Commune) -> None:
    make_branch(commune_a, area_kind="thon", name="Đông")
    again = str(uuid4())
    numbers = [again if same == "form" else str(uuid4()) for _ in range(5)]
    answers = at_once(*[partial(send, report=number) for number in numbers])
    assert [getattr(answer, "status_code", answer) for answer in answers] == [302] * 5
    assert MistakeReport.objects.count() == MistakeReport.history.count() == 1


ODD = ["\x00", "a\x00b", "\u202eab", "Đặng", "'\"><script>", "=1+1", " a ", "\n", "\ud800"]
TEXTS = st.text(max_size=40) | st.sampled_from(ODD) | st.text(min_size=900, max_size=1100)


class AnyTextTest(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        commune = Commune.objects.create(name="Hồng Lạc")
        make_branch(commune, area_kind="thon", name="Đông")

    @settings(max_examples=100, deadline=None)
    @given(TEXTS, TEXTS, TEXTS | st.none())
    def test_no_text_breaks_the_form(self, text: str, contact: str, number: str | None) -> None:
        cache.clear()
        values = {"text": text, "contact": contact, "report": number or str(uuid4())}
        sent = {name: value.encode("utf-8", "replace").decode() for name, value in values.items()}
        response = Client().post(PATH, sent)
        assert response.status_code in (200, 302)
        for kept in MistakeReport.objects.all():
            assert kept.text == unicodedata.normalize("NFC", kept.text) != ""
            assert not has_forbidden_characters(kept.text + kept.contact)

    @settings(max_examples=60, deadline=None)
    @given(TEXTS)
    def test_no_text_breaks_the_search(self, text: str) -> None:
        sent = text.encode("utf-8", "replace").decode()
        assert Client().get("/chi-doan/", {"q": sent}).status_code == 200
