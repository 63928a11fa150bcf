"""History of every record in the back office: told in words, restored by whoever may change it."""

import pytest
from django.contrib import admin

from accounts.models import User
from accounts.roles import Role
from branches.models import Commune, Office
from core.history import HistoryAdmin, audited_models
from core.meanwhile import newest_version
from news.models import Category
from tests.conftest import signed_in
from tests.news.helpers import page, words_of

pytestmark = pytest.mark.django_db
SENT = {"kind": "xa", "name": "Hồng Lạc", "code": "", "valid_from": "", "valid_to": ""}


@pytest.fixture
def renamed(commune_a: Commune) -> Commune:
    """A commune that was called Hồng Lạc and is a ward called Hồng Mới."""
    commune_a.name, commune_a.kind = "Hồng Mới", Commune.Kind.WARD
    commune_a.save()
    return commune_a


def history(commune: Commune) -> str:
    return f"/quan-tri/branches/commune/{commune.pk}/history/"


def first_version(commune: Commune) -> str:
    return f"{history(commune)}{commune.history.earliest().history_id}/"


def test_every_registered_record_with_versions_shows_them() -> None:
    registered = {model for model in audited_models() if admin.site.is_registered(model)}
    assert {User, Office, Commune, Category} <= registered
    for model in registered:
        assert isinstance(admin.site.get_model_admin(model), HistoryAdmin), model


def test_history_page_tells_changes_in_words(admin_lan: User, renamed: Commune) -> None:
    text = words_of(page(signed_in(admin_lan), history(renamed)))
    assert f"{Commune.Kind.RURAL.label} → {Commune.Kind.WARD.label}".lower() in text.lower()
    assert "Hồng Lạc → Hồng Mới" in text
    assert "folded_name" not in text.lower()


def test_whoever_may_change_restores_by_post(office: Office, renamed: Commune) -> None:
    staff = signed_in(User.objects.create_user("tam", role=Role.DISTRICT_STAFF))
    assert staff.get(first_version(renamed)).status_code == 200
    renamed.refresh_from_db()
    assert renamed.name == "Hồng Mới"
    sent = {**SENT, "seen": newest_version(renamed)}
    assert staff.post(first_version(renamed), sent).status_code == 302
    renamed.refresh_from_db()
    assert (renamed.name, renamed.kind) == ("Hồng Lạc", "xa")


def test_whoever_may_only_view_cannot_restore(office: Office, renamed: Commune) -> None:
    viewer = signed_in(User.objects.create_user("xem", role=Role.VIEWER))
    assert viewer.get(history(renamed)).status_code == 200
    assert viewer.post(first_version(renamed), SENT).status_code == 403
    renamed.refresh_from_db()
    assert renamed.name == "Hồng Mới"


def test_accounts_are_not_restored(admin_lan: User, reader_an: User) -> None:
    version = reader_an.history.earliest().history_id
    address = f"/quan-tri/accounts/user/{reader_an.pk}/history/{version}/"
    sent = {"username": "an", "full_name": "Tên khác"}
    assert signed_in(admin_lan).post(address, sent).status_code == 403
    reader_an.refresh_from_db()
    assert reader_an.full_name == "Phạm Bình An"


def test_versions_themselves_are_no_record_of_the_admin(admin_lan: User) -> None:
    browser = signed_in(admin_lan)
    for model in audited_models():
        versions = model.history.model  # type: ignore[attr-defined]
        assert not admin.site.is_registered(versions)
        options = versions._meta
        address = f"/quan-tri/{options.app_label}/{options.model_name}/"
        assert browser.get(address).status_code == 404
        assert browser.post(f"{address}1/delete/", {"post": "yes"}).status_code == 404
