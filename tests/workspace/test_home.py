"""The signed-in entry page: what needs doing and the figures, for whom they are meant."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.roles import Role
from branches.models import Commune, Office
from news.models import Article
from tests.conftest import signed_in
from tests.factories import PUBLISHED_AT, make_article, make_published

pytestmark = pytest.mark.django_db
HOME = "/lam-viec/"
WAITING = "bài đang chờ duyệt"


def submitted() -> Article:
    return make_article(status=Article.Status.IN_REVIEW, status_at=PUBLISHED_AT)


def page(user: User) -> str:
    return signed_in(user).get(HOME).content.decode()


def test_strangers_sign_in_first() -> None:
    assert Client().get(HOME).status_code == 302


def test_footer_leads_back_to_the_workspace_where_people_are_signed_in(officer_a: User) -> None:
    link = f'<a href="{HOME}" rel="nofollow">{{}}</a>'
    assert link.format("Bàn làm việc") in page(officer_a)
    assert link.format("Đăng nhập") in Client().get("/").content.decode()
    assert link.format("Đăng nhập") in Client().get("/khong-co/").content.decode()


def test_articles_in_review_wait_for_those_who_may_publish(office: Office) -> None:
    staff = User.objects.create_user("tam", role=Role.DISTRICT_STAFF)
    editor = User.objects.create_user("minh", role=Role.NEWS_EDITOR)
    make_article()
    assert WAITING not in page(staff)
    for _number in range(2):
        submitted()
    assert f"2 {WAITING}" in page(staff)
    assert WAITING not in page(editor)


def test_officer_meets_the_commune_and_no_figures_of_the_office(
    office: Office, officer_a: User, commune_b: Commune
) -> None:
    shown = page(officer_a)
    assert "xã Hồng Lạc" in shown
    assert "Đồng Tiến" not in shown
    assert 'href="/quan-tri/"' not in shown.partition("<footer")[0]
    assert shown.count('<dt><a href="/lam-viec/chi-doan/">') == shown.count("<dt>") == 2


def test_account_without_a_role_is_told_so(office: Office, reader_an: User) -> None:
    assert "chưa được giao vai trò" in page(reader_an)


@pytest.mark.parametrize("number", [1, 3])
def test_page_costs_the_same_few_queries(
    number: int, office: Office, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    staff = User.objects.create_user("tam", role=Role.DISTRICT_STAFF)
    for _number in range(number):
        make_published()
        submitted()
        Commune.objects.create(name=f"Xã số {_number}")
    browser = signed_in(staff)
    with django_assert_num_queries(9):
        browser.get(HOME)


def test_roles_are_told_in_words(office: Office, officer_a: User) -> None:
    shown = signed_in(officer_a).get("/tai-khoan/vai-tro/").content.decode()
    names = {"Quản trị huyện", "Cán bộ huyện", "Biên tập tin", "Cán bộ xã", "Chỉ xem"}
    assert {name for name in names if name not in shown} == set()
    assert shown.count("vai trò của bạn") == 1
