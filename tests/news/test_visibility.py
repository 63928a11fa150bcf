"""What is not published does not show, anywhere; it is planted everywhere it could leak."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from branches.models import Office
from news import queries
from news.models import Article, Category, Photo
from tests.conftest import later, signed_in
from tests.factories import make_article, make_category, make_photo_row, make_published
from tests.news.helpers import body_of, by_class, page, words_of

pytestmark = pytest.mark.django_db

NOW = datetime.fromisoformat("2024-10-20T09:00:00+07:00")
HIDDEN = ["draft", "in_review", "future", "expired", "withdrawn"]
TOKEN = "mat{}khau"


def plant(kind: str, category: Category) -> Article:
    """An article that readers may not see, with its secret in every text, and a photo."""
    token = TOKEN.format(kind.replace("_", ""))
    planned: dict[str, dict[str, Any]] = {
        "future": {"publish_at": NOW + timedelta(hours=1)},
        "expired": {"publish_at": NOW - timedelta(days=70), "expire_at": NOW},
        "withdrawn": {"status": "withdrawn", "publish_at": NOW - timedelta(days=100)},
        "draft": {"status": "draft", "publish_at": NOW - timedelta(days=130)},
        "in_review": {"status": "in_review", "publish_at": NOW - timedelta(days=160)},
    }
    article = make_published(
        category=category,
        title=f"Tin chung {token}",
        lead=f"Mở đầu {token}",
        body=f"<p>Thân bài {token}</p>",
        author=f"Tác giả {token}",
        source=f"Nguồn {token}",
        featured=True,
        status_at=NOW,
        **planned[kind],
    )
    make_photo_row(article, is_lead=True, caption=f"Ảnh {token}", alt=f"Tả {token}")
    return article


@pytest.fixture
def shown(office: Office, category: Category) -> Article:
    """The one article that readers see, between hidden ones."""
    article = make_published(
        title="Tin chung công khai", category=category, publish_at=NOW - timedelta(days=1)
    )
    make_photo_row(article, is_lead=True)
    return article


@pytest.fixture
def hidden(shown: Article) -> dict[str, Article]:
    return {kind: plant(kind, shown.category) for kind in HIDDEN}


def public_addresses(shown: Article) -> list[str]:
    months = [f"/luu-tru/2024/{month}/" for month in range(1, 13)]
    vietnamese = [
        "/",
        "/tin-tuc/",
        shown.get_absolute_url(),
        shown.category.get_absolute_url(),
        "/luu-tru/",
        *months,
        "/tim-kiem/",
        "/tim-kiem/?tu_khoa=tin+chung",
        "/tim-kiem/?tu_khoa=than",
        "/lien-he/",
        "/tin-tuc/rss.xml",
        reverse("news:category_feed", args=[shown.category.slug]),
    ]
    return [
        *vietnamese,
        *(f"/en{path}" for path in vietnamese),
        "/sitemap.xml",
        "/sitemap.xml?section=tin",
        "/robots.txt",
        "/khong-co/",
    ]


# The borders of time


def test_article_appears_at_its_time_and_goes_at_its_end(client: Client, when: datetime) -> None:
    article = make_published(publish_at=when, expire_at=later(when, days=1))
    border = timedelta(microseconds=1)
    for moment, status in [
        (when - border, 404),
        (when, 200),
        (later(when, days=1) - border, 200),
        (later(when, days=1), 404),
    ]:
        with time_machine.travel(moment, tick=False):
            assert client.get(article.get_absolute_url()).status_code == status
            found = client.get("/tin-tuc/").context["page"].object_list
            assert list(found) == ([article] if status == 200 else [])


def test_nothing_has_to_run_for_a_scheduled_article_to_appear(
    client: Client, when: datetime
) -> None:
    article = make_published(publish_at=later(when, hours=1), title="Tin hẹn giờ")
    url = article.get_absolute_url()
    with time_machine.travel(when, tick=False) as clock:
        assert client.get(url).status_code == 404
        assert url.encode() not in client.get("/").content
        clock.shift(timedelta(hours=1))
        assert client.get(url).status_code == 200
        assert url.encode() in client.get("/").content
    assert Article.history.filter(id=article.pk).count() == 1


# No leak


@time_machine.travel(NOW, tick=False)
def test_no_public_address_tells_anything_of_what_is_hidden(
    client: Client, shown: Article, hidden: dict[str, Article]
) -> None:
    files = {photo.file.name.split("/")[1] for photo in Photo.objects.exclude(article=shown)}
    secrets = [TOKEN.format(kind.replace("_", "")) for kind in HIDDEN]
    secrets += [str(article.public_id) for article in hidden.values()] + sorted(files)
    assert len(set(secrets)) == 15
    for url in public_addresses(shown):
        answer = body_of(client.get(url))
        assert [secret for secret in secrets if secret in answer] == [], url


@time_machine.travel(NOW, tick=False)
def test_the_planted_words_would_be_found_if_they_leaked(
    client: Client, shown: Article, hidden: dict[str, Article]
) -> None:
    Article.objects.update(status="published", publish_at=NOW - timedelta(days=1), expire_at=None)
    answers = "".join(body_of(client.get(url)) for url in public_addresses(shown))
    secrets = [TOKEN.format(kind.replace("_", "")) for kind in HIDDEN]
    assert [secret for secret in secrets if secret not in answers] == []
    assert all(article.get_absolute_url() in answers for article in hidden.values())


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("kind", HIDDEN)
def test_reader_gets_404_for_what_is_hidden_signed_in_or_not(
    kind: str, client: Client, shown: Article, reader_an: User
) -> None:
    article = plant(kind, shown.category)
    addresses = [article.get_absolute_url(), f"/en{article.get_absolute_url()}"]
    for reader in (client, signed_in(reader_an)):
        for url in addresses:
            answer = reader.get(url)
            assert answer.status_code == 404
            # The page repeats the address that was asked for, in its link to the other language.
            assert "khau" not in answer.content.decode().replace(url.removeprefix("/en"), "")


@time_machine.travel(NOW, tick=False)
def test_hidden_articles_are_not_counted(
    client: Client, shown: Article, hidden: dict[str, Article]
) -> None:
    count = client.get("/tim-kiem/?tu_khoa=tin+chung").context["page"].paginator.count
    assert (count, len(queries.search_articles("tin chung"))) == (1, 1)
    assert queries.months() == [(NOW.date().replace(day=1), 1)]
    for address in ("/tin-tuc/", shown.category.get_absolute_url(), "/luu-tru/2024/10/"):
        assert client.get(address).context["page"].paginator.count == 1
    assert client.get("/tim-kiem/?tu_khoa=matdraftkhau").context["page"].paginator.count == 0


@time_machine.travel(NOW, tick=False)
def test_months_with_hidden_articles_only_do_not_exist(
    client: Client, shown: Article, hidden: dict[str, Article]
) -> None:
    answers = {month: client.get(f"/luu-tru/2024/{month}/").status_code for month in range(1, 13)}
    assert {month for month, status in answers.items() if status == 200} == {10}
    assert set(answers.values()) == {200, 404}


@time_machine.travel(NOW, tick=False)
def test_hidden_articles_are_nobodys_neighbours(shown: Article, hidden: dict[str, Article]) -> None:
    older = make_published(category=shown.category, publish_at=NOW - timedelta(days=400))
    found = queries.neighbours(shown, queries.newest_titles())
    assert found == queries.neighbours(shown, [])
    assert (found.newer, found.older and found.older.pk) == (None, older.pk)
    newest = [card.pk for card in queries.newest_of(shown.category_id)]
    assert newest == [shown.pk, older.pk]
    assert queries.front_page([shown.category]) == ([shown, older], [])


@time_machine.travel(NOW, tick=False)
def test_category_of_hidden_articles_only_looks_empty(client: Client, office: Office) -> None:
    category = make_category(name="Chuyên mục kín")
    for kind in HIDDEN:
        plant(kind, category)
    tree = page(client, category.get_absolute_url())
    assert by_class(tree, "card") == []
    assert len(by_class(tree, "empty")) == 1
    assert by_class(page(client, "/"), "column") == []


# The preview for staff


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("kind", HIDDEN)
def test_staff_see_a_preview_that_says_so_and_that_no_robot_keeps(
    kind: str, shown: Article, editor_minh: User
) -> None:
    article = plant(kind, shown.category)
    answer = signed_in(editor_minh).get(article.get_absolute_url())
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    text = answer.content.decode()
    assert "draft-banner" in text
    assert "ld+json" not in text
    assert 'name="robots" content="noindex"' in text
    assert "og:title" not in text


@time_machine.travel(NOW, tick=False)
def test_staff_see_no_banner_on_what_readers_see(shown: Article, editor_minh: User) -> None:
    tree = page(signed_in(editor_minh), shown.get_absolute_url())
    assert by_class(tree, "draft-banner") == []
    assert words_of(tree.find(".//h1")) == shown.title


def test_preview_of_a_bare_draft_has_no_time(editor_minh: User) -> None:
    draft = make_article(lead="", body="")
    tree = page(signed_in(editor_minh), draft.get_absolute_url())
    assert len(by_class(tree, "draft-banner")) == 1
    assert list(tree.iter("time")) == []


@pytest.mark.parametrize(
    ("is_staff", "is_active", "permissions", "status"),
    [
        (True, True, ["view_article"], 200),
        (True, True, ["change_article"], 404),
        (True, True, [], 404),
        (False, True, ["view_article"], 404),
        (True, False, ["view_article"], 404),
    ],
)
def test_preview_needs_an_active_member_of_staff_who_may_view_articles(
    is_staff: bool, is_active: bool, permissions: list[str], status: int
) -> None:
    draft = make_article()
    user = User.objects.create_user("ai-do", is_staff=is_staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = signed_in(user)
    User.objects.filter(pk=user.pk).update(is_active=is_active)
    assert client.get(draft.get_absolute_url()).status_code == status
    assert Client().get(draft.get_absolute_url()).status_code == 404


def test_lists_are_the_same_for_staff_as_for_readers(editor_minh: User) -> None:
    shown = make_published()
    make_article(title="Nháp của văn phòng")
    staff = signed_in(editor_minh)
    for url in ("/", "/tin-tuc/", "/tim-kiem/?tu_khoa=nhap", "/luu-tru/", "/tin-tuc/rss.xml"):
        assert "van-phong" not in staff.get(url).content.decode()
    assert list(staff.get("/tin-tuc/").context["page"]) == [shown]


def test_withdrawn_article_is_gone_at_once_and_its_data_too(client: Client) -> None:
    article = make_published(title="Bài sẽ rút")
    assert (
        json.dumps("Bài sẽ rút", ensure_ascii=False)
        in client.get(article.get_absolute_url()).content.decode()
    )
    article.status, article.status_at = Article.Status.WITHDRAWN, timezone.now()
    article.save()
    assert client.get(article.get_absolute_url()).status_code == 404
    assert "bai-se-rut" not in client.get("/sitemap.xml").content.decode()


@pytest.mark.django_db
def test_state_in_words_tells_later_from_now_and_over(when: datetime) -> None:
    article = make_published(publish_at=when, expire_at=later(when, days=2))
    words = []
    for moment in (later(when, days=-1), later(when, days=1), later(when, days=3)):
        with time_machine.travel(moment, tick=False):
            words.append(article.state_in_words)
    assert words == [
        "sẽ đăng lúc 09:00:00 20/10/2024",
        "đã đăng",
        "hết hạn hiển thị từ 09:00:00 22/10/2024",
    ]
