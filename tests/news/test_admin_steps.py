"""Steps by button, and two editors at once: nothing half done, nothing overwritten."""

from datetime import datetime
from functools import partial

import pytest
from django.test import Client

from accounts.models import User
from core.dates import exact_time
from news import actions
from news.models import Article
from tests.conftest import signed_in, stored
from tests.factories import make_article, make_photo, make_published
from tests.news.back_office import ADD, all_rows, change, notes, opened, words
from tests.news.helpers import buttons, by_class, form_values, page, parse, words_of

pytestmark = pytest.mark.django_db


BUTTONS = {
    "draft": {"_submit", "_publish"},
    "in_review": {"_return", "_publish"},
    "published": {"_withdraw"},
    "withdrawn": {"_return", "_publish"},
}


@pytest.mark.parametrize("status", BUTTONS)
def test_form_offers_the_steps_that_the_person_may_take(
    status: str, editor_minh: User, chief_hoa: User
) -> None:
    article = make_published(status=status)
    steps = {"_submit", "_return", "_publish", "_withdraw"}
    offered = [
        buttons(page(signed_in(who), change(article))) & steps for who in (chief_hoa, editor_minh)
    ]
    assert offered[0] == BUTTONS[status]
    assert offered[1] == BUTTONS[status] - {"_publish", "_withdraw"}


@pytest.mark.parametrize(
    ("status", "button", "end"),
    [
        ("draft", "_submit", "in_review"),
        ("in_review", "_return", "draft"),
        ("in_review", "_publish", "published"),
        ("published", "_withdraw", "withdrawn"),
        ("withdrawn", "_publish", "published"),
    ],
)
def test_button_saves_the_words_and_takes_the_step(
    status: str, button: str, end: str, chief_hoa: User
) -> None:
    article = make_published(status=status)
    hoa = signed_in(chief_hoa)
    answer = hoa.post(change(article), {**opened(hoa, article), "title": "Đã sửa", button: "x"})
    assert (answer.status_code, answer["Location"]) == (302, change(article))
    kept = stored(article)
    assert (kept.title, kept.status, kept.status_by) == ("Đã sửa", end, chief_hoa)
    assert "Đã sửa" in notes(hoa, change(article))
    rows = Article.history.filter(id=article.pk, history_user=chief_hoa)
    assert sorted(rows.values_list("status", flat=True)) == sorted([status, end])


def test_new_article_can_be_published_in_one_go(chief_hoa: User) -> None:
    answer = signed_in(chief_hoa).post(ADD, words(title="Tin nóng", _publish="x"))
    article = Article.objects.get()
    assert answer["Location"] == change(article)
    assert article.is_published
    assert Client().get("/tin-tuc/tin-nong/").status_code == 200


@pytest.mark.parametrize("button", ["_publish", "_withdraw"])
def test_person_who_may_not_publish_takes_no_such_step(button: str, editor_minh: User) -> None:
    article = make_article()
    minh = signed_in(editor_minh)
    form = opened(minh, article)
    before = all_rows()
    assert minh.post(change(article), {**form, "title": "Lén", button: "x"}).status_code == 403
    assert minh.post(ADD, words(title="Lén", **{button: "x"})).status_code == 403
    assert all_rows() == before


@pytest.mark.parametrize("button", ["_return", "_withdraw"])
def test_step_that_cannot_follow_leaves_everything_as_before(button: str, chief_hoa: User) -> None:
    article = make_article()
    hoa = signed_in(chief_hoa)
    before = all_rows()
    answer = hoa.post(change(article), {**opened(hoa, article), "title": "Khác", button: "x"})
    assert answer["Location"] == change(article)
    assert "Khác" in notes(hoa, change(article))
    assert all_rows() == before
    answer = hoa.post(ADD, words(title="Mới", **{button: "x"}))
    assert answer["Location"] == ADD
    assert all_rows() == before


def test_publishing_what_is_over_is_refused_beside_its_field(chief_hoa: User) -> None:
    article = make_article()
    hoa = signed_in(chief_hoa)
    before = all_rows()
    typed = {"lead": "Đã gõ", "expire_at_0": "01/01/2020", "expire_at_1": "10:00:00"}
    answer = hoa.post(change(article), {**opened(hoa, article), **typed, "_publish": "x"})
    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == {"expire_at"}
    assert form_values(parse(answer.content))["lead"] == "Đã gõ"
    assert all_rows() == before


def test_times_are_entered_as_people_write_them_in_the_local_zone(chief_hoa: User) -> None:
    typed = {"publish_at_0": "08/11/2020", "publish_at_1": "10:01:36"}
    signed_in(chief_hoa).post(ADD, words(**typed, _publish="x"))
    article = Article.objects.get()
    assert article.publish_at == datetime.fromisoformat("2020-11-08T03:01:36+00:00")
    form = opened(signed_in(chief_hoa), article)
    assert {name: form[name] for name in typed} == typed


def test_end_before_the_beginning_is_refused_with_a_sentence(chief_hoa: User) -> None:
    times = {"publish_at_0": "08/11/2020", "publish_at_1": "10:00", "expire_at_0": "07/11/2020"}
    answer = signed_in(chief_hoa).post(ADD, words(**times, expire_at_1="10:00"))
    assert answer.status_code == 200
    assert len(answer.context["adminform"].form.errors) == 1
    assert not Article.objects.exists()


def test_published_article_keeps_a_publishing_time(chief_hoa: User) -> None:
    article = make_published()
    hoa = signed_in(chief_hoa)
    emptied = {"publish_at_0": "", "publish_at_1": ""}
    answer = hoa.post(change(article), {**opened(hoa, article), **emptied})
    assert answer.status_code == 200
    assert set(answer.context["adminform"].form.errors) == {"publish_at"}
    assert stored(article).publish_at == article.publish_at


# Two editors at once


@pytest.mark.parametrize("first_name", ["minh", "hoa"])
def test_the_later_of_two_editors_is_told_by_name_and_overwrites_nothing(
    first_name: str, editor_minh: User, chief_hoa: User
) -> None:
    people = [editor_minh, chief_hoa] if first_name == "minh" else [chief_hoa, editor_minh]
    article = make_article(title="Ban đầu", lead="Ban đầu")
    make_photo(article, caption="Ban đầu")
    first, second = (signed_in(person) for person in people)
    forms = opened(first, article), opened(second, article)
    assert first.post(change(article), {**forms[0], "title": "Của người trước"}).status_code == 302
    before = all_rows()
    typed = {"lead": "Lời của người sau", "body": "<p>Bài của người sau</p>"}
    answer = second.post(
        change(article), {**forms[1], **typed, "photos-0-caption": "Chú thích sau"}
    )
    assert answer.status_code == 200
    assert all_rows() == before
    tree = parse(answer.content)
    told = " ".join(words_of(e) for e in by_class(tree, "errorlist"))
    assert people[0].full_name in told
    assert exact_time(stored(article).updated_at)[:-11] in told
    kept = form_values(tree)
    assert {name: kept[name] for name in typed} == typed
    assert kept["photos-0-caption"] == "Chú thích sau"


def test_sending_the_refused_form_again_is_refused_again(
    editor_minh: User, chief_hoa: User
) -> None:
    article = make_article()
    minh, hoa = signed_in(editor_minh), signed_in(chief_hoa)
    form = opened(minh, article)
    hoa.post(change(article), {**opened(hoa, article), "title": "Của Hòa"})
    refused = minh.post(change(article), {**form, "title": "Của Minh"})
    again = minh.post(change(article), form_values(parse(refused.content)))
    assert (refused.status_code, again.status_code) == (200, 200)
    assert stored(article).title == "Của Hòa"
    assert (
        minh.post(change(article), {**opened(minh, article), "title": "Của Minh"}).status_code
        == 302
    )
    assert stored(article).title == "Của Minh"


@pytest.mark.parametrize("seen", ["", "0", "-1", "abc", "999", "1.5", None])
def test_form_without_the_right_version_saves_nothing(seen: str | None, editor_minh: User) -> None:
    article = make_article()
    minh = signed_in(editor_minh)
    form = {**opened(minh, article), "title": "Ghi đè"}
    form.pop("seen_version")
    answer = minh.post(change(article), form if seen is None else {**form, "seen_version": seen})
    assert answer.status_code == 200
    assert stored(article).title == article.title


def test_save_over_a_restored_or_moved_article_is_refused_too(
    editor_minh: User, admin_lan: User
) -> None:
    article = make_article()
    version = Article.history.get(id=article.pk)
    minh = signed_in(editor_minh)
    for step in (
        partial(actions.submit_article, article, by=admin_lan),
        partial(actions.restore_article, article, version.history_id, by=admin_lan, seen=2),
    ):
        form = opened(minh, article)
        step()
        answer = minh.post(change(article), {**form, "title": "Ghi đè"})
        assert answer.status_code == 200
        assert admin_lan.full_name in answer.content.decode()
    assert stored(article).title == article.title


def test_editor_whose_article_was_published_meanwhile_keeps_what_was_typed(
    editor_minh: User, chief_hoa: User
) -> None:
    article = make_article()
    minh = signed_in(editor_minh)
    form = opened(minh, article)
    actions.publish_article(article, by=chief_hoa)
    before = all_rows()
    answer = minh.post(change(article), {**form, "lead": "Một đoạn dài đã gõ"})
    assert answer.status_code == 200
    tree = parse(answer.content)
    assert form_values(tree)["lead"] == "Một đoạn dài đã gõ"
    assert chief_hoa.full_name in " ".join(words_of(e) for e in by_class(tree, "errorlist"))
    assert all_rows() == before
