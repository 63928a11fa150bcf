"""Whatever text is typed into a form: no fault of ours, and what is stored is NFC."""

import unicodedata
from dataclasses import dataclass
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import User
from branches.models import Commune
from core.text import has_forbidden_characters
from news.models import Category


@dataclass(frozen=True)
class Form:
    """A form of text fields: where it is, what else it needs, and what it makes."""

    url: str
    model: type[Model]
    fields: tuple[str, ...]
    rest: dict[str, str]


PASSWORD = "vườn ươm bí thư chi đoàn"
FORMS = [
    Form("admin:branches_commune_add", Commune, ("name", "code"), {"kind": "xa"}),
    Form("admin:news_category_add", Category, ("name", "slug", "description"), {"position": "1"}),
    Form(
        "admin:accounts_user_add",
        User,
        ("username", "full_name", "email"),
        {"role": "viewer", "password1": PASSWORD, "password2": PASSWORD},
    ),
]
# What people paste, what tricks are made of, and anything at all.
ODD = ["\x00", "a\x00b", "\u202eab", "Đặng", "Đặng", "'\"><script>", "=1+1", " a ", "\n"]
TEXTS = st.text(max_size=40) | st.sampled_from(ODD) | st.text(min_size=300, max_size=400)


class AnyTextTest(TestCase):
    def setUp(self) -> None:
        self.browser = Client()
        self.browser.force_login(User.objects.create_superuser("lan"))

    @settings(max_examples=150, deadline=None)
    @given(st.sampled_from(FORMS), st.data())
    def test_no_text_breaks_a_form(self, form: Form, data: Any) -> None:
        typed = {name: data.draw(TEXTS) for name in form.fields}
        sent = {name: text.encode("utf-8", "replace").decode() for name, text in typed.items()}
        response = self.browser.post(reverse(form.url), {**form.rest, **sent})
        assert response.status_code in (200, 302)
        if response.status_code == 302:
            made = form.model._default_manager.latest("pk")
            for name in form.fields:
                stored = getattr(made, name)
                assert stored == unicodedata.normalize("NFC", stored)
                assert not has_forbidden_characters(stored)
        else:
            assert response.context["errors"]


@pytest.mark.django_db
def test_what_was_typed_stays_beside_the_reason(admin_lan: User) -> None:
    """A refused form keeps every field, and names what to mend."""
    browser = Client()
    browser.force_login(admin_lan)
    values = {"kind": "phuong", "name": "Hồng Lạc", "code": "12"}
    response = browser.post(reverse("admin:branches_commune_add"), values)
    text = response.content.decode()
    assert "Mã đơn vị hành chính gồm năm chữ số." in text
    assert 'value="Hồng Lạc"' in text
    assert 'value="12"' in text
