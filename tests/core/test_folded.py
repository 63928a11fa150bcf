"""Search without diacritics in the lists of the back office."""

import unicodedata
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model

from accounts.models import Event, User
from branches.models import Commune
from core.folded import MOST_WORDS
from core.history import audited_models
from news.models import Category
from tests.conftest import signed_in

NAME = "Nguyễn Văn An"
TYPED = [
    "nguyen van an",
    "NGUYỄN VĂN AN",
    "nguyễn an",
    "  An,  Nguyễn ",
    "ngu a",
    unicodedata.normalize("NFD", NAME),
]
ACCOUNTS = "/quan-tri/accounts/user/"
CATEGORIES = "/quan-tri/news/category/"
EVENTS = "/quan-tri/accounts/event/"


def found(person: User, address: str, typed: str) -> list[str]:
    """What the list shows for what was typed."""
    response = signed_in(person).get(address, {"q": typed})
    assert response.status_code == 200
    return [str(row) for row in response.context["cl"].result_list]


@pytest.mark.django_db
@pytest.mark.parametrize("typed", TYPED)
def test_names_are_found_however_they_are_typed(typed: str, admin_lan: User) -> None:
    person = User.objects.create_user("hcm-01", email="an@xa.example", full_name=NAME)
    User.objects.create_user("hcm-02", full_name="Nguyễn Văn Bình")
    for name in (NAME, "Nguyễn Văn Bình"):
        Category.objects.create(name=name)
    event = Event.objects.create(kind=Event.Kind.EXPORTED, by=person, subject="hcm-03")
    assert found(admin_lan, ACCOUNTS, typed) == [NAME]
    assert found(admin_lan, CATEGORIES, typed) == [NAME]
    assert found(admin_lan, EVENTS, typed) == [str(event)]


@pytest.mark.django_db
def test_other_fields_are_compared_as_typed(admin_lan: User) -> None:
    User.objects.create_user("hcm-01", email="an.nguyen@xa.example", full_name=NAME)
    User.objects.create_user("hcm_01", email="binh@xa.example", full_name="Lê Bình")
    assert found(admin_lan, ACCOUNTS, "HCM-01") == [NAME]
    assert found(admin_lan, ACCOUNTS, "an.nguyen@xa") == [NAME]
    assert found(admin_lan, ACCOUNTS, "hcm-01 văn") == [NAME]
    assert found(admin_lan, ACCOUNTS, "hcm-01 binh") == []


@pytest.mark.django_db
def test_signs_alone_and_very_many_words_are_no_fault(admin_lan: User) -> None:
    Category.objects.create(name=NAME)
    assert found(admin_lan, CATEGORIES, ", ?") == [NAME]
    assert found(admin_lan, CATEGORIES, "an " * MOST_WORDS * 60) == [NAME]


@pytest.mark.django_db
def test_key_follows_the_name_in_every_save() -> None:
    person = User.objects.create_user("an", full_name=NAME)
    category = Category.objects.create(name=NAME)
    commune = Commune.objects.create(name=NAME)
    for record, field in ((person, "full_name"), (category, "name"), (commune, "name")):
        assert key(record) == "nguyen van an"
        setattr(record, field, " Đặng  Thị ÂN ")
        record.save(update_fields=[field])
        assert key(record) == "dang thi an"
        setattr(record, field, NAME)
        record.save()
        assert key(record) == "nguyen van an"


def key(record: Any) -> str:
    return str(type(record)._default_manager.get(pk=record.pk).folded_name)


def test_no_version_keeps_a_folded_name() -> None:
    for model in audited_models():
        versions = model.history.model  # type: ignore[attr-defined]
        assert "folded_name" not in {field.name for field in versions._meta.get_fields()}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("app", "before", "model", "values"),
    [
        ("accounts", "0004_events_and_invitations", User, {"username": "an", "full_name": NAME}),
        ("news", "0002_word_index", Category, {"name": NAME, "slug": "an"}),
    ],
)
def test_migration_folds_the_names_there_are(
    app: str, before: str, model: type[Model], values: dict[str, str]
) -> None:
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    executor.migrate([(app, before)])
    try:
        old = executor.loader.project_state([(app, before)]).apps.get_model(app, model.__name__)
        row = old._default_manager.create(**values)
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(latest)
    assert key(model._default_manager.get(pk=row.pk)) == "nguyen van an"
