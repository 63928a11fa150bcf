"""The index of words: always in step with the articles, and never a different answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.text import fold_words, search_key
from news import queries, word_index
from news.actions import withdraw_article
from news.models import Article, Category
from news.queries import search_articles
from news.word_index import LONGEST_WORD, HoldsWords
from tests.conftest import later
from tests.factories import make_category, make_published


def found(text: str) -> list[str]:
    return [article.title for article in search_articles(text)]


# In step, whoever writes


@pytest.mark.django_db
def test_a_created_and_a_saved_article_is_found_by_what_it_holds_now() -> None:
    article = make_published(title="Hội trại", body="<p>bên suối</p>")
    assert found("hoi suoi") == ["Hội trại"]
    article.title, article.body = "Giải bóng", "<p>trên sân</p>"
    article.save()
    assert found("giai san") == ["Giải bóng"]
    assert [found(text) for text in ("hoi", "suoi", "trai")] == [[], [], []]


@pytest.mark.django_db
def test_rows_written_past_the_model_are_found_too(category: Category, when: datetime) -> None:
    kept = {"status": "published", "status_at": when, "publish_at": when, "category": category}
    rows = [
        Article(title=name, slug=name, search_title=f" {name} ", search_text=" chung ", **kept)
        for name in ("mot", "hai", "ba")
    ]
    Article.objects.bulk_create(rows)
    assert found("chung ba") == ["ba"]
    Article.objects.filter(title="ba").update(search_title=" bon ", search_text=" rieng ")
    assert (found("ba"), found("bon rieng"), found("chung")) == ([], ["ba"], ["hai", "mot"])
    Article.objects.filter(title="hai").update(search_text=" chung rieng ")
    assert (found("rieng"), found("hai chung rieng")) == (["ba", "hai"], ["hai"])


@pytest.mark.django_db
def test_a_deleted_article_is_found_no_more_and_its_words_elsewhere_are() -> None:
    article, _other = make_published(title="Hội trại"), make_published(title="Hội thao")
    article.delete()
    assert (found("hoi"), found("trai")) == (["Hội thao"], [])
    Article.objects.all().delete()
    assert found("hoi") == []


@pytest.mark.django_db
def test_what_is_taken_back_is_taken_back_in_the_index() -> None:
    article = make_published(title="Hội trại")
    with transaction.atomic():
        article.title = "Giải bóng"
        article.save()
        assert (found("hoi trai"), found("giai")) == ([], ["Giải bóng"])
        transaction.set_rollback(True)
    assert (found("hoi trai"), found("giai")) == (["Hội trại"], [])


@pytest.mark.django_db
def test_an_endless_word_hinders_neither_saving_nor_finding_the_others() -> None:
    pasted = "".join(f"{number:x}" for number in range(5000))
    article = make_published(title="Tệp", body=f"<p>đầu {pasted} cuối</p>")
    assert (found("dau cuoi"), found(pasted)) == (["Tệp"], [])
    article.body = f"<p>{'a' * LONGEST_WORD} {'b' * (LONGEST_WORD + 1)}</p>"
    article.save()
    assert (found("a" * LONGEST_WORD), found("b" * (LONGEST_WORD + 1))) == (["Tệp"], [])


@pytest.mark.django_db(transaction=True)
def test_index_can_be_built_anew_over_what_there_is() -> None:
    make_published(title="Hội trại")
    with connection.schema_editor() as editor:
        word_index.create(apps, editor)
    make_published(title="Hội thao")
    assert found("hoi") == ["Hội thao", "Hội trại"]


# The migration


@pytest.fixture
def before_the_index(transactional_db: None) -> Iterator[Any]:
    """The tables as they were before; what a test moves is moved back."""
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes("news")
    executor.migrate([("news", "0001_initial")])
    yield executor.loader.project_state([("news", "0001_initial")]).apps
    executor = MigrationExecutor(connection)
    executor.migrate(latest)


def test_migration_takes_in_the_articles_there_are_and_lets_them_go_again(
    before_the_index: Any, when: datetime
) -> None:
    old_category = before_the_index.get_model("news", "Category").objects.create(name="A", slug="a")
    old_articles = before_the_index.get_model("news", "Article").objects
    for name in ("trai", "thao"):
        old_articles.create(
            title=f"Hội {name}",
            slug=f"hoi-{name}",
            category=old_category,
            status="published",
            status_at=when,
            publish_at=when,
            search_title=f" hoi {name} ",
            search_text=" ben suoi ",
        )
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("news"))
    assert (found("hoi suoi"), found("trai")) == (["Hội thao", "Hội trai"], ["Hội trai"])
    Article.objects.filter(slug="hoi-trai").update(search_title=" hoi lua ")
    Article.objects.get(slug="hoi-thao").delete()
    assert (found("suoi"), found("trai"), found("thao")) == (["Hội trai"], [], [])
    executor = MigrationExecutor(connection)
    executor.migrate([("news", "0001_initial")])
    assert old_articles.get().search_title == " hoi lua "
    old_articles.update(search_title=" hoi trai ")


# The database is led to it


@pytest.mark.django_db
def test_database_asks_the_index() -> None:
    make_published(title="Hội trại")
    searched = Article.objects.filter(HoldsWords(["hoi"]))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # So few rows are read faster without any index.
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert "news_article_words" in searched.explain()
    newest = searched.published().newest_first().values("pk")
    walks = "COVERING INDEX article_by_time" in newest.explain()
    assert walks == (connection.vendor == "sqlite")


# The same answer as reading every article


@dataclass(frozen=True)
class Row:
    """An article of a random portal."""

    title: list[str]
    body: list[str]
    days: int
    in_second_category: bool
    state: str


WORDS = ["đoàn", "Đoan", "chi", "OR"]
some_words = st.lists(st.sampled_from(WORDS), max_size=4)
rows = st.builds(
    Row,
    title=some_words,
    body=some_words,
    days=st.integers(0, 2),
    in_second_category=st.booleans(),
    state=st.sampled_from(["shown", "shown", "shown", "draft", "withdrawn", "later", "over"]),
)


def write(row: Row, categories: list[Category], when: datetime) -> Article:
    at = later(when, days=row.days)
    values: dict[str, Any] = {"publish_at": at}
    if row.state in ("draft", "withdrawn"):
        values["status"] = row.state
    elif row.state == "later":
        values["publish_at"] = later(timezone.now(), days=1)
    elif row.state == "over":
        values["expire_at"] = later(at, days=1)
    return make_published(
        title=" ".join(row.title) or "x",
        lead="",
        body=f"<p>{' '.join(row.body)}</p>",
        category=categories[row.in_second_category],
        **values,
    )


def expected(text: str, category: Category | None, most: int) -> list[Article]:
    """What `search_articles` promises, by looking at every article."""
    words = fold_words(text)

    def holds(article: Article) -> bool:
        there = fold_words(f"{article.title} {article.body}")
        return article.is_published and bool(words) and set(words) <= set(there)

    def rank(article: Article) -> int:
        title = search_key(article.title)
        if search_key(text) in title:
            return 0
        return 1 if all(word in title.split() for word in words) else 2

    matching = [article for article in Article.objects.all() if holds(article)]
    if category is not None:
        matching = [article for article in matching if article.category_id == category.pk]
    matching.sort(key=lambda article: (article.publish_at, article.pk), reverse=True)
    return sorted(matching[:most], key=rank)


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    portal=st.lists(rows, min_size=2, max_size=8),
    questions=st.lists(
        st.lists(st.sampled_from([*WORDS, "khác"]), max_size=3), min_size=2, max_size=4
    ),
    most=st.sampled_from([1, 2, 1000]),
)
def test_search_finds_what_reading_every_article_finds_in_the_same_order(
    portal: list[Row],
    questions: list[list[str]],
    most: int,
    when: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Article.objects.all().delete()
    Category.objects.all().delete()
    categories = [make_category(), make_category()]
    for row in portal:
        write(row, categories, when)
    monkeypatch.setattr(queries, "NEWEST_FOUND", most)
    for question in questions:
        for category in (None, *categories):
            text = " ".join(question)
            assert list(search_articles(text, category)) == expected(text, category, most)


# What is found is read later


@pytest.mark.django_db
def test_parts_are_read_in_order_and_without_what_was_withdrawn_meanwhile(when: datetime) -> None:
    articles = [make_published(title="Tin", publish_at=later(when, days=-n)) for n in range(5)]
    result = search_articles("tin")
    assert (len(result), result.has_more) == (5, False)
    assert (result[1], result[-1], result[1:3]) == (articles[1], articles[4], articles[1:3])
    withdraw_article(articles[1], by=None)
    assert result[:3] == [articles[0], articles[2]]
    assert list(search_articles("  ")) == []
