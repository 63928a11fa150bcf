"""The steps of an article: which are legal, who took them, and what holds if one fails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from simple_history.signals import pre_create_historical_record

from accounts.models import User
from news import actions, queries
from news.models import Address, Article, Photo
from tests.conftest import later, stored
from tests.factories import make_article, make_category, make_photo, make_published
from tests.news import hostile_markup
from tests.news.helpers import at_once

D, R, P, W = Article.Status
STEPS: dict[str, Callable[..., Article]] = {
    "submit": actions.submit_article,
    "return": actions.return_article,
    "publish": actions.publish_article,
    "withdraw": actions.withdraw_article,
}
LEGAL = {
    (D, "submit"): R,
    (D, "publish"): P,
    (R, "return"): D,
    (R, "publish"): P,
    (P, "withdraw"): W,
    (W, "return"): D,
    (W, "publish"): P,
}


def in_state(status: str, when: datetime) -> Article:
    return make_published(status=status, publish_at=when)


def row(article: Article) -> dict[str, Any]:
    return dict(Article.objects.filter(pk=article.pk).values().get())


@contextmanager
def broken_history() -> Iterator[None]:
    """Every write of a history row fails, as a full disk would make it."""

    def fail(**_kwargs: Any) -> None:
        raise OSError("no history today")

    pre_create_historical_record.connect(fail)
    try:
        yield
    finally:
        pre_create_historical_record.disconnect(fail)


# The table of steps


@pytest.mark.django_db
@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("status", Article.Status.values)
def test_every_step_from_every_state_is_taken_or_refused_as_the_table_says(
    status: str, name: str, when: datetime, admin_lan: User
) -> None:
    article = in_state(status, when)
    before = row(article)
    target = LEGAL.get((Article.Status(status), name))
    if target is None:
        with pytest.raises(ValidationError) as refused:
            STEPS[name](article, by=admin_lan)
        assert refused.value.code == "illegal_transition"
        assert article.title in refused.value.messages[0]
        assert row(article) == before
        return
    moved = STEPS[name](article, by=admin_lan)
    assert (moved.status, stored(article).status) == (target, target)
    changed = {key for key, value in row(article).items() if value != before[key]}
    assert changed == {"status", "status_at", "status_by_id", "updated_at", "version"}


def test_table_of_the_actions_is_the_table_of_these_tests() -> None:
    ends = {"submit": R, "return": D, "publish": P, "withdraw": W}
    assert {(a, ends[name]) for a, name in LEGAL} == {
        (a, b) for a, followers in actions.TRANSITIONS.items() for b in followers
    }
    assert set(actions.TRANSITIONS) == set(Article.Status.values)


@pytest.mark.django_db
def test_a_step_keeps_who_and_when_in_the_article_and_in_its_history(
    admin_lan: User, chief_hoa: User, when: datetime
) -> None:
    article = make_article()
    with time_machine.travel(when, tick=False):
        actions.submit_article(article, by=admin_lan)
    with time_machine.travel(later(when, hours=3), tick=False):
        actions.return_article(article, by=chief_hoa, reason="Thiếu ảnh")
    kept = stored(article)
    assert (kept.status_by, kept.status_at) == (chief_hoa, later(when, hours=3))
    rows = Article.history.filter(id=article.pk).order_by("history_id")
    told = rows.values_list("status", "history_user", "history_change_reason", "history_date")
    assert list(told)[1:] == [
        ("in_review", admin_lan.pk, None, when),
        ("draft", chief_hoa.pk, "Thiếu ảnh", later(when, hours=3)),
    ]


@pytest.mark.django_db
def test_a_command_takes_a_step_without_a_person(when: datetime) -> None:
    with time_machine.travel(when, tick=False):
        article = actions.publish_article(make_article(), by=None)
    assert (article.status_by, article.status_at, article.publish_at) == (None, when, when)
    assert Article.history.filter(id=article.pk, history_user=None).count() == 2


@pytest.mark.django_db
def test_the_object_that_was_handed_in_need_not_be_fresh(admin_lan: User) -> None:
    old = make_article(title="Tên cũ")
    fresh = stored(old)
    fresh.title = "Tên mới"
    fresh.save()
    actions.submit_article(old, by=admin_lan)
    assert (stored(old).title, stored(old).status) == ("Tên mới", "in_review")
    assert stored(old).version == 3


# The time of publishing


@pytest.mark.django_db
def test_publishing_time_is_the_one_asked_for_else_the_one_entered_else_now(when: datetime) -> None:
    asked, entered = later(when, days=1), later(when, days=2)
    with time_machine.travel(when, tick=False):
        first = actions.publish_article(make_article(publish_at=entered), by=None, at=asked)
        second = actions.publish_article(make_article(publish_at=entered), by=None)
        third = actions.publish_article(make_article(), by=None)
    assert [a.publish_at for a in (first, second, third)] == [asked, entered, when]
    assert {a.status_at for a in (first, second, third)} == {when}


@pytest.mark.django_db
def test_an_article_published_again_keeps_its_first_time(when: datetime) -> None:
    article = make_published(publish_at=when)
    actions.withdraw_article(article, by=None)
    again = actions.publish_article(article, by=None)
    assert again.publish_at == when
    assert again.is_published


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [0, -1, -1000])
def test_what_would_be_over_already_is_not_published(when: datetime, hours: int) -> None:
    drafts = [
        make_article(title="Hạn đã qua", expire_at=later(when, hours=hours)),
        make_article(
            title="Hạn đã qua",
            publish_at=later(when, hours=-2000),
            expire_at=later(when, hours=hours),
        ),
    ]
    for article in drafts:
        before = row(article)
        with time_machine.travel(when, tick=False), pytest.raises(ValidationError) as refused:
            actions.publish_article(article, by=None)
        assert "Hạn đã qua" in " ".join(refused.value.messages)
        assert row(article) == before


@pytest.mark.django_db
def test_what_would_end_before_it_begins_is_not_published(when: datetime) -> None:
    article = make_article(expire_at=later(when, days=1))
    with time_machine.travel(when, tick=False), pytest.raises(ValidationError):
        actions.publish_article(article, by=None, at=later(when, days=2))
    assert stored(article).status == "draft"
    assert Article.history.filter(id=article.pk).count() == 1


# What the database refuses by itself


@pytest.mark.django_db
@pytest.mark.parametrize(
    "bad",
    [
        {"status": "deleted"},
        {"status": ""},
        {"status": "published", "publish_at": None, "status_at": timezone.now()},
        {"status": "published", "publish_at": timezone.now(), "status_at": None},
        {"status": "in_review", "status_at": None},
        {"status": "withdrawn", "status_at": None},
        {"status_by": True, "status_at": None},
        {"publish_at": timezone.now(), "expire_at": timezone.now() - timedelta(days=1)},
        {"slug": ""},
        {"title": None},
        {"category_id": None},
    ],
)
def test_database_refuses_a_row_that_cannot_be(bad: dict[str, Any], admin_lan: User) -> None:
    article = make_article()
    before = row(article)
    values = {**bad, "status_by": admin_lan} if bad.get("status_by") else bad
    with pytest.raises(IntegrityError), transaction.atomic():
        Article.objects.filter(pk=article.pk).update(**values)
    assert row(article) == before


@pytest.mark.django_db
def test_database_takes_rows_that_can_be(admin_lan: User, when: datetime) -> None:
    article = make_article()
    good: list[dict[str, Any]] = [
        {"status": "published", "publish_at": when, "status_at": when, "status_by": admin_lan},
        {"expire_at": later(when, days=1)},
        {"status": "withdrawn"},
        {"status": "draft", "publish_at": None, "status_by": None, "status_at": None},
    ]
    done = [Article.objects.filter(pk=article.pk).update(**values) for values in good]
    assert done == [1, 1, 1, 1]
    assert stored(article).status == "draft"


# All or nothing


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["submit", "publish"])
def test_a_step_whose_history_cannot_be_written_is_not_taken(name: str) -> None:
    article = make_article()
    before = row(article)
    with broken_history(), pytest.raises(OSError, match="no history today"):
        STEPS[name](article, by=None)
    assert row(article) == before
    assert Article.history.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_article_whose_history_cannot_be_written_is_not_made_nor_renamed() -> None:
    article, category = make_article(title="Tên"), make_category()
    article.title = "Tên khác"
    with broken_history():
        with pytest.raises(OSError, match="no history today"):
            make_article(title="Mới", category=category)
        with pytest.raises(OSError, match="no history today"):
            article.save()
    assert list(Article.objects.values_list("slug", flat=True)) == ["ten"]
    assert list(Address.objects.values_list("slug", flat=True)) == ["ten"]


@pytest.mark.django_db(transaction=True)
def test_a_restore_whose_history_cannot_be_written_changes_nothing() -> None:
    article = make_article(title="Một")
    first = Article.history.get(id=article.pk)
    article.title = "Hai"
    article.save()
    before = row(article)
    with broken_history(), pytest.raises(OSError, match="no history today"):
        actions.restore_article(article, first.history_id, by=None, seen=article.version)
    assert row(article) == before
    assert Address.objects.count() == 2


# Two at once


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("status", "step", "end"),
    [("draft", "publish", P), ("published", "withdraw", W), ("in_review", "return", D)],
)
def test_of_people_who_take_the_same_step_at_once_exactly_one_does(
    status: str, step: str, end: str, when: datetime
) -> None:
    article = in_state(status, when)
    people = [User.objects.create_user(f"nguoi{n}", full_name=f"Người {n}") for n in range(4)]

    answers = at_once(*[partial(STEPS[step], article, by=person) for person in people])
    winners = [answer for answer in answers if isinstance(answer, Article)]
    losers = [answer for answer in answers if isinstance(answer, ValidationError)]
    assert (len(winners), len(losers)) == (1, 3)
    assert stored(article).status == end
    assert stored(article).status_by == winners[0].status_by
    assert Article.history.filter(id=article.pk).count() == 2


@pytest.mark.django_db(transaction=True)
def test_publishing_and_submitting_at_once_leave_one_whole_story() -> None:
    for _round in range(5):
        article = make_article()
        at_once(
            partial(actions.publish_article, article, by=None),
            partial(actions.submit_article, article, by=None),
        )
        states = Article.history.filter(id=article.pk).order_by("history_id")
        story = list(states.values_list("status", flat=True))
        assert story in (["draft", "published"], ["draft", "in_review", "published"])
        assert (stored(article).version, stored(article).status) == (len(story), "published")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs real PostgreSQL")
def test_a_step_waits_for_the_one_before_it_to_end() -> None:
    article = make_article()
    with transaction.atomic():
        Article.objects.select_for_update().get(pk=article.pk)
        answers = at_once(lambda: _impatient(article))
    assert "lock timeout" in str(answers[0])
    assert stored(article).status == "draft"


def _impatient(article: Article) -> Article:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '300ms'")
    return actions.publish_article(article, by=None)


# Restoring


@pytest.mark.django_db
def test_restore_brings_back_the_words_and_nothing_else(admin_lan: User, when: datetime) -> None:
    old, new = make_category(name="Cũ"), make_category(name="Mới")
    words = {
        "title": "Một",
        "lead": "Mở một",
        "body": "<p>Thân một</p>",
        "author": "A",
        "source": "B",
    }
    article = make_article(category=old, featured=True, **words)
    first = Article.history.get(id=article.pk)
    for field, value in {**dict.fromkeys(words, "Hai"), "category": new, "featured": False}.items():
        setattr(article, field, value)
    article.save()
    actions.publish_article(article, by=None, at=when)
    seen = stored(article).version
    restored = actions.restore_article(article, first.history_id, by=admin_lan, seen=seen)
    assert {name: getattr(restored, name) for name in words} == words
    assert (restored.category, restored.featured) == (old, True)
    assert (restored.status, restored.publish_at, restored.slug) == ("published", when, "mot")
    assert set(restored.addresses.values_list("slug", flat=True)) == {"mot", "hai"}
    last = Article.history.filter(id=article.pk).first()
    assert last is not None
    assert (last.history_user, bool(last.history_change_reason)) == (admin_lan, True)


@pytest.mark.django_db
def test_restore_sanitises_what_the_history_holds() -> None:
    article = make_article()
    version = Article.history.get(id=article.pk)
    for markup in hostile_markup.storable():
        Article.history.filter(pk=version.pk).update(body=f"<p>Chữ</p>{markup}")
        seen = stored(article).version
        actions.restore_article(article, version.history_id, by=None, seen=seen)
        body = stored(article).body
        assert hostile_markup.faults(body) == [], markup
        assert body.startswith("<p>Chữ</p>")


@pytest.mark.django_db
def test_restore_of_another_articles_version_is_refused() -> None:
    article, other = make_article(title="Một"), make_article(title="Hai")
    foreign = Article.history.get(id=other.pk)
    with pytest.raises(Article.history.model.DoesNotExist):
        actions.restore_article(article, foreign.history_id, by=None, seen=article.version)
    assert stored(article).title == "Một"


@pytest.mark.django_db
def test_differences_name_each_field_line_by_line() -> None:
    old, new = make_category(name="Cũ"), make_category(name="Mới")
    article = make_article(category=old, title="Một", body="<p>a</p><p>b</p>", featured=False)
    version = Article.history.get(id=article.pk)
    assert queries.differences(version, article) == []
    article.category, article.title, article.featured = new, "Hai", True
    article.body = "<p>a</p><p>c</p>"
    article.save()
    found = queries.differences(version, article)
    assert [difference.lines for difference in found if len(difference.lines) == 3] == [
        [(" ", "a"), ("-", "b"), ("+", "c")]
    ]
    pairs = [difference.lines for difference in found if len(difference.lines) == 2]
    assert pairs[:2] == [[("-", "Cũ"), ("+", "Mới")], [("-", "Một"), ("+", "Hai")]]
    assert len(pairs) == 3


@pytest.mark.django_db
def test_a_version_whose_category_is_gone_can_be_compared_but_not_restored() -> None:
    gone = make_category(name="Đã bỏ")
    article = make_article(category=gone)
    version = Article.history.get(id=article.pk)
    article.category = make_category()
    article.save()
    gone.delete()
    assert len(queries.differences(version, stored(article))) == 1
    restored = actions.restore_article(article, version.history_id, by=None, seen=article.version)
    assert restored.category == article.category
    assert stored(article).title == version.title


@pytest.mark.django_db
def test_restore_over_a_newer_version_is_refused_with_the_name(editor_minh: User) -> None:
    article = make_article(title="Một")
    first = Article.history.get(id=article.pk)
    article.title = "Hai"
    article.save()
    seen = article.version
    newer: Any = stored(article)
    newer.title, newer._history_user = "Ba", editor_minh
    newer.save()
    with pytest.raises(ValidationError, match="Lê Văn Minh"):
        actions.restore_article(article, first.history_id, by=None, seen=seen)
    assert stored(article).title == "Ba"


@pytest.mark.django_db
def test_removed_photo_is_put_back_once_after_the_others(admin_lan: User) -> None:
    article = make_article()
    removed = make_photo(article, is_lead=True, caption="Ảnh cũ", position=0)
    name, key = removed.file.name, removed.pk
    removed.delete()
    kept = make_photo(article, is_lead=True, position=4)
    [version] = queries.removed_photos(article)
    again = [actions.restore_photo(article, version.history_id, by=admin_lan) for _tap in "ab"]
    assert [photo.pk for photo in again] == [key, key]
    photo = Photo.objects.get(pk=key)
    assert (photo.file.name, photo.caption, photo.is_lead) == (name, "Ảnh cũ", False)
    assert list(article.photos.all()) == [kept, photo]
    assert queries.removed_photos(article) == []
    newest = Photo.history.filter(id=key).first()
    assert newest is not None
    assert newest.history_user == admin_lan


@pytest.mark.django_db
def test_removed_photo_of_another_article_is_not_put_back() -> None:
    article, other = make_article(), make_article()
    make_photo(other).delete()
    [version] = queries.removed_photos(other)
    with pytest.raises(Photo.history.model.DoesNotExist):
        actions.restore_photo(article, version.history_id, by=None)
    assert not Photo.objects.exists()
