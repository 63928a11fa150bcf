"""Names are kept in NFC with ordinary spaces; hidden signs are refused with a message."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.forms import modelform_factory
from django.utils.translation import gettext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import User
from branches.models import Office
from core.text import has_forbidden_characters

OfficeForm = modelform_factory(
    Office, fields=["full_name", "signature_lines", "level", "time_zone"]
)
VALUES = {"level": "district", "time_zone": "Asia/Ho_Chi_Minh"}
MESSAGE = "This text contains hidden control characters. Please type it again by hand."
HIDDEN = ["\x01", "\x1b", "\x7f", "\x9b", "\u202e", "\u2066", "\u200b", "\u200f", "\ufeff"]


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["full_name", "signature_lines"])
@pytest.mark.parametrize("sign", HIDDEN, ids=ascii)
def test_hidden_sign_is_refused_with_a_message_at_its_field(sign: str, field: str) -> None:
    form = OfficeForm({**VALUES, "full_name": "Huyện đoàn", field: f"Huyện{sign}đoàn"})
    assert form.errors == {field: [gettext(MESSAGE)]}
    assert not Office.objects.exists()


@pytest.mark.django_db
def test_nul_is_refused_at_its_field() -> None:
    form = OfficeForm({**VALUES, "full_name": "Huyện\x00đoàn", "signature_lines": "a\x00b"})
    assert set(form.errors) == {"full_name", "signature_lines"}
    assert not Office.objects.exists()


@pytest.mark.django_db
def test_form_stores_nfc_with_ordinary_spaces() -> None:
    typed = unicodedata.normalize("NFD", " Huyện\u00a0 đoàn\tHồng\u2003Sơn ")
    form = OfficeForm({**VALUES, "full_name": typed, "signature_lines": "TM.\u00a0BAN \r\nBÍ THƯ "})
    assert form.errors == {}
    office = form.save()
    office.refresh_from_db()
    assert office.full_name == "Huyện đoàn Hồng Sơn"
    assert office.signature_lines == "TM. BAN\nBÍ THƯ"


@pytest.mark.django_db
def test_direct_save_stores_the_same_and_shows_it_on_the_object() -> None:
    name = unicodedata.normalize("NFD", "Huyện\u00a0đoàn\nHồng  Sơn")
    office = Office.objects.create(full_name=name, signature_lines="a\u00a0b\r\n c")
    assert (office.full_name, office.signature_lines) == ("Huyện đoàn Hồng Sơn", "a b\nc")
    office.refresh_from_db()
    assert (office.full_name, office.signature_lines) == ("Huyện đoàn Hồng Sơn", "a b\nc")
    version = Office.history.get()
    assert version.full_name == "Huyện đoàn Hồng Sơn"


@pytest.mark.django_db
def test_length_counts_what_is_stored_not_what_is_typed() -> None:
    decomposed = unicodedata.normalize("NFD", "ế" * 200)
    assert len(decomposed) == 600
    office = Office(full_name=decomposed)
    office.full_clean()
    office.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT full_name FROM branches_office")
        assert cursor.fetchone() == ("ế" * 200,)


@pytest.mark.django_db
def test_name_of_a_person_keeps_the_same_rules() -> None:
    user = User.objects.create_user(
        "binh", full_name=unicodedata.normalize("NFD", "Đặng\u00a0 Bình")
    )
    user.refresh_from_db()
    assert user.full_name == "Đặng Bình"
    user.full_name = "Đặng\u202eBình"
    with pytest.raises(ValidationError) as caught:
        user.full_clean(exclude=["password"])
    assert set(caught.value.message_dict) == {"full_name"}


class AnyTextTest(TestCase):
    @settings(max_examples=60)
    @given(st.text(max_size=80), st.text(max_size=80))
    def test_any_text_is_stored_clean_or_refused(self, name: str, lines: str) -> None:
        form = OfficeForm({**VALUES, "full_name": name, "signature_lines": lines})
        if not form.is_valid():
            assert set(form.errors) <= {"full_name", "signature_lines"}
            return
        office = form.save()
        office.refresh_from_db()
        for text in (office.full_name, office.signature_lines):
            assert unicodedata.is_normalized("NFC", text)
            assert not has_forbidden_characters(text)
            assert text == text.strip()
        office.delete()
