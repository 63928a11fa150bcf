"""Who changed what: all histories on one page of the back office."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from branches.models import Commune, Office
from core.meanwhile import newest_version
from news.models import Article
from tests.conftest import signed_in
from tests.factories import make_article, make_category, make_photo_row
from tests.news.helpers import by_class, page, words_of

pytestmark = pytest.mark.django_db
CHANGES = "/quan-tri/lich-su/"


@pytest.fixture
def chief(office: Office) -> User:
    """The district's administrator, no superuser."""
    return User.objects.create_user("chanh", full_name="Vũ Chánh", role=Role.DISTRICT_ADMIN)


def rows(user: User, query: str = "") -> list[str]:
    found = by_class(page(signed_in(user), CHANGES + query), "scroll")
    return [words_of(row) for part in found for row in [*part.iter("tr")][1:]]


def test_change_is_told_in_words(chief: User, commune_a: Commune) -> None:
    browser = signed_in(chief)
    address = f"/quan-tri/branches/commune/{commune_a.pk}/change/"
    sent = {"kind": "phuong", "name": "Hồng Lạc", "code": "", "valid_from": "", "valid_to": ""}
    sent["seen"] = str(newest_version(commune_a))
    assert browser.post(address, sent).status_code == 302
    [first] = [row for row in rows(chief) if "→" in row]
    assert "Vũ Chánh" in first
    assert f"{commune_a.get_kind_display()} → {Commune.Kind.WARD.label}" in first
    tree = page(browser, CHANGES)
    assert address in {link.get("href") for link in tree.iter("a")}


def test_key_to_another_record_is_told_by_its_name(chief: User) -> None:
    old, new = make_category(name="Tin cũ"), make_category(name="Tin mới")
    article = make_article(category=old)
    article.category = new
    article.save()
    assert len([row for row in rows(chief) if "Tin cũ → Tin mới" in row]) == 1


def test_photos_of_articles_are_told_of(chief: User) -> None:
    photo = make_photo_row(make_article(title="Tin có ảnh"), caption="Ảnh lúc đầu")
    photo.caption = "Ảnh về sau"
    photo.save()
    photo.delete()
    kind = str(photo._meta.verbose_name).capitalize()
    removed, changed, added = rows(chief, "?kind=news.photo")
    for row, name in ((removed, "Ảnh về sau"), (changed, "Ảnh về sau"), (added, "Ảnh lúc đầu")):
        assert f"{kind}: {name}" in row
    assert "Ảnh lúc đầu → Ảnh về sau" in changed
    assert not any("→" in row for row in (removed, added))


@pytest.mark.parametrize("role", sorted({*Role} - {Role.DISTRICT_ADMIN}))
def test_other_roles_are_refused(role: str, office: Office, commune_a: Commune) -> None:
    commune = commune_a if role == Role.COMMUNE_OFFICER else None
    user = User.objects.create_user("khac", role=role, commune=commune)
    assert signed_in(user).get(CHANGES).status_code in (302, 403)
    assert Client().get(CHANGES).status_code == 302


def test_accounts_that_the_admin_hides_are_hidden_here(chief: User, admin_lan: User) -> None:
    assert not any("Đỗ Thị Lan" in row for row in rows(chief))
    assert any("Đỗ Thị Lan" in row for row in rows(admin_lan))


def test_filters_by_kind_person_and_day(chief: User, commune_a: Commune) -> None:
    make_article(title="Tin lọc")
    kinds = rows(chief, "?kind=branches.commune")
    assert len(kinds) == 1
    assert "Hồng Lạc" in kinds[0]
    assert rows(chief, f"?person={chief.pk}") == []
    today = timezone.localdate()
    tomorrow = today + timedelta(days=1)
    found = rows(chief, f"?begin={today:%d/%m/%Y}&end={today:%d/%m/%Y}")
    assert len([row for row in found if "Tin lọc" in row]) == 1
    assert rows(chief, f"?begin={tomorrow:%d/%m/%Y}") == []
    assert rows(chief, "?kind=auth.group") == []
    assert rows(chief, "?begin=hôm-qua") == []


def test_pages_hold_fifty_and_every_change_stands_on_one(chief: User) -> None:
    for number in range(60):
        Commune.objects.create(name=f"Xã số {number}")
    first, second = rows(chief), rows(chief, "?trang=2")
    assert len(first) == 50
    assert any("Xã số 59" in row for row in first)
    assert any("Xã số 0" in row for row in second)


def test_page_costs_few_queries_whatever_the_rows(chief: User, commune_a: Commune) -> None:
    browser = signed_in(chief)

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert browser.get(CHANGES).status_code == 200
        return len(asked)

    def change_all(number: int) -> None:
        article = make_article(category=make_category(name=f"Mục {number}"))
        make_photo_row(article).save()
        commune = Commune.objects.create(name=f"Xã {number}")
        for record in (article, article.category, commune, Office.objects.load()):
            record.save()
        User.objects.create_user(f"nguoi{number}", role="commune_officer", commune=commune).save()

    change_all(0)
    few = cost()
    for number in range(1, 5):
        change_all(number)
    assert cost() == few
    # One for each of the six kinds, with the names.
    assert few <= 8 + 6


def test_deleted_record_is_named_and_has_no_link(chief: User) -> None:
    make_article(title="Bản nháp bỏ").delete()
    assert not Article.objects.exists()
    [table] = by_class(page(signed_in(chief), CHANGES), "scroll")
    [gone, made] = [row for row in table.iter("tr") if "Bản nháp bỏ" in words_of(row)]
    assert list(gone.iter("a")) == []
    assert len(list(made.iter("a"))) == 1
