"""The entry page of the back office."""

import pytest

from accounts.models import User
from accounts.roles import Role
from branches.models import Office
from news.models import Article
from tests.conftest import signed_in
from tests.factories import PUBLISHED_AT, make_article
from tests.news.helpers import by_class, page, words_of

pytestmark = pytest.mark.django_db
INDEX = "/quan-tri/"


def test_areas_of_work_stand_in_their_order(office: Office, admin_lan: User) -> None:
    response = signed_in(admin_lan).get(INDEX)
    areas = [area["app_label"] for area in response.context["app_list"]]
    assert areas[:4] == ["news", "branches", "accounts", "visits"]


def test_entry_page_shows_what_needs_doing_and_figures(office: Office) -> None:
    staff = User.objects.create_user("tam", role=Role.DISTRICT_STAFF)
    make_article(status=Article.Status.IN_REVIEW, status_at=PUBLISHED_AT)
    tree = page(signed_in(staff), INDEX)
    [overview] = by_class(tree, "overview")
    links = {link.get("href") for link in overview.iter("a")}
    assert [words_of(number) for number in overview.iter("dd")] == ["0"] * 4
    assert "/quan-tri/news/article/?status__exact=in_review" in links
    assert "/quan-tri/branches/commune/?hien-co=co" in links
    assert "/quan-tri/branches/branch/?trang-thai=hoat-dong" in links
    assert "/quan-tri/lich-su/" not in links


def test_administrator_finds_the_page_of_changes(office: Office) -> None:
    chief = User.objects.create_user("chanh", role=Role.DISTRICT_ADMIN)
    [overview] = by_class(page(signed_in(chief), INDEX), "overview")
    assert "/quan-tri/lich-su/" in {link.get("href") for link in overview.iter("a")}
