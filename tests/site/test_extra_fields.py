"""Fields that a form does not show are ignored, whatever is sent (mass assignment)."""

from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from branches.models import Commune
from news.models import Article, Category
from tests.conftest import signed_in
from tests.factories import make_category

pytestmark = pytest.mark.django_db
PASSWORD = "vườn ươm bí thư chi đoàn"
# What a value of each kind could be made of.
GUESSES = ["1", "on", "2020-01-01", "published", "9b2e6a4e-0000-4000-8000-000000000000"]
# Set by the moment, by chance or by the name, and so different each time.
OF_ITS_OWN = {
    "id",
    "created_at",
    "updated_at",
    "public_id",
    "date_joined",
    "folded_name",
    "password",
    "slug",
    "version",
}


def shown_fields(browser: Client, address: str) -> set[str]:
    form = browser.get(address).context["adminform"].form
    return set(form.fields)


def stored(made: Model, names: set[str]) -> dict[str, Any]:
    return {
        field.attname: getattr(made, field.attname)
        for field in made._meta.concrete_fields
        if field.name in names
    }


def forms() -> list[tuple[type[Model], str, list[dict[str, str]]]]:
    """Each form with values for two records that differ in nothing but their names."""
    category = str(make_category().pk)
    return [
        (
            User,
            "admin:accounts_user_add",
            [
                {
                    "username": name,
                    "full_name": "Tâm",
                    "role": Role.VIEWER,
                    "password1": PASSWORD,
                    "password2": PASSWORD,
                }
                for name in ("tam", "tam-hai")
            ],
        ),
        (
            Commune,
            "admin:branches_commune_add",
            [{"kind": kind, "name": "Hồng Lạc"} for kind in ("xa", "phuong")],
        ),
        (
            Category,
            "admin:news_category_add",
            [{"name": name, "position": "3"} for name in ("Phong trào", "Phong trào hai")],
        ),
        (
            Article,
            "admin:news_article_add",
            [
                {
                    "title": "Tin",
                    "category": category,
                    "body": "<p>Nội dung</p>",
                    "photos-TOTAL_FORMS": "0",
                    "photos-INITIAL_FORMS": "0",
                }
            ]
            * 2,
        ),
    ]


@pytest.mark.parametrize("guess", GUESSES)
def test_no_hidden_field_can_be_set(guess: str) -> None:
    browser = signed_in(User.objects.create_user("tam-admin", role=Role.DISTRICT_ADMIN))
    for model, name, (plain, other) in forms():
        address = reverse(name)
        every = {field.name for field in model._meta.get_fields()} | {
            getattr(field, "attname", field.name) for field in model._meta.get_fields()
        }
        hidden = every - shown_fields(browser, address) - set(plain)
        assert hidden >= {"public_id"} or model is Category, name
        assert browser.post(address, plain).status_code == 302, name
        control = model._default_manager.latest("pk")
        sent = {**dict.fromkeys(hidden, guess), **other}
        assert browser.post(address, sent).status_code == 302, name
        made = model._default_manager.latest("pk")
        assert made.pk != control.pk
        compared = hidden - OF_ITS_OWN
        assert stored(made, compared) == stored(control, compared), name
        if isinstance(made, User):
            assert not made.user_permissions.exists()
            assert str(made.public_id) != guess
