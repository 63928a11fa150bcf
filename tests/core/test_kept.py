"""What has a history is not deleted; the back office says what to do instead."""

import pytest
from django.contrib import admin

from accounts.models import User
from accounts.roles import Role
from branches.models import Commune, Office
from news.models import Category
from tests.conftest import signed_in
from tests.factories import make_article

pytestmark = pytest.mark.django_db


def test_delete_page_says_why_and_links_back(
    admin_lan: User, office: Office, commune_a: Commune, reader_an: User
) -> None:
    category = make_article().category
    browser = signed_in(admin_lan)
    for record in (office, commune_a, reader_an, category):
        options = record._meta
        address = f"/quan-tri/{options.app_label}/{options.model_name}/{record.pk}/"
        answer = browser.get(f"{address}delete/")
        text = answer.content.decode()
        assert answer.status_code == 403
        assert str(admin.site.get_model_admin(type(record)).kept_because) in text  # type: ignore[attr-defined]
        assert f'href="{address}change/"' in text
        assert browser.post(f"{address}delete/", {"post": "yes"}).status_code == 403
        assert type(record)._default_manager.filter(pk=record.pk).exists()


def test_viewer_is_refused(office: Office, commune_a: Commune) -> None:
    viewer = signed_in(User.objects.create_user("xem", role=Role.VIEWER))
    assert viewer.get(f"/quan-tri/branches/commune/{commune_a.pk}/delete/").status_code == 403


def test_empty_category_is_deleted(admin_lan: User, category: Category) -> None:
    address = f"/quan-tri/news/category/{category.pk}/delete/"
    assert signed_in(admin_lan).post(address, {"post": "yes"}).status_code == 302
    assert not Category.objects.exists()
