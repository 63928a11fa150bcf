"""Which passwords may be set, and that one typed on another keyboard is the same."""

import unicodedata

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from branches.models import Commune, Office

pytestmark = pytest.mark.django_db
PHRASE = "mùa xuân trên thành phố ấy có rất nhiều hoa gạo đỏ bên bờ sông Đ"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("ngắn mà thôi", ""),
        ("ngắn mà thô", "password_too_short"),
        ("a" * 64 + " mười hai " + "b" * 54, ""),
        ("x y" * 43, "password_too_long"),
        ("administrator", "password_too_common"),
        ("doanthanhnien", "password_of_context_words"),
        ("Đoàn Thanh Niên 2024!", "password_of_context_words"),
        ("huyendoan@2024", "password_of_context_words"),
        ("Bí thư 26031931", "password_of_context_words"),
        ("Bí thư Hồng Lạc 2024", "password_of_context_words"),
        ("Huyện đoàn Thử Nghiệm", "password_of_context_words"),
        ("Lam Giang 123456", "password_of_context_words"),
        ("bí thư trồng cây gạo", ""),
        (PHRASE, ""),
    ],
)
def test_rules(password: str, code: str, office: Office, commune_a: Commune) -> None:
    try:
        validate_password(password, User(username="tam"))
        found = [""]
    except ValidationError as error:
        found = [str(fault.code) for fault in error.error_list]
    assert found == [code]


def test_phrase_of_64_characters_signs_in_unchanged() -> None:
    assert len(PHRASE) == 64
    User.objects.create_user("tam", password=PHRASE)
    assert Client().login(username="tam", password=PHRASE)
    assert not Client().login(username="tam", password=PHRASE[:-1])
    assert not Client().login(username="tam", password=PHRASE.replace(" ", ""))


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD"])
@pytest.mark.parametrize("made", ["create_user", "create_superuser", "set_password"])
def test_form_of_unicode_makes_no_difference(stored: str, typed: str, made: str) -> None:
    password = unicodedata.normalize(stored, PHRASE)  # type: ignore[arg-type]
    if made == "set_password":
        user = User.objects.create_user("tam")
        user.set_password(password)
        user.save()
    else:
        getattr(User.objects, made)("tam", password=password)
    again = unicodedata.normalize(typed, PHRASE)  # type: ignore[arg-type]
    assert Client().login(username="tam", password=again)
