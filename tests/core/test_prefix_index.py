"""Beginnings of words found alike on both databases, through an index that follows every write."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from branches.models import Branch, Commune
from core.prefix_index import MOST_WORDS, HoldsPrefixes, PrefixIndex
from tests.factories import make_branch

NAMES = ["Đông", "Đoài Hạ", "số 1", "số 10", "Trung Tâm 2", "Ổ Cối"]


def holds(key: str, words: list[str]) -> bool:
    """What the index must say, in plain words."""
    own = key.split()
    return all(
        any(part == word if word.isdecimal() else part.startswith(word) for part in own)
        for word in words
    )


class SameAsPlainWords(TestCase):
    """The index finds what a look at each key finds."""

    def setUp(self) -> None:
        commune = Commune.objects.create(name="Hồng Lạc")
        for name in NAMES:
            make_branch(commune, name=name)

    @examples(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.sampled_from(["d", "do", "dong", "1", "10", "tam", "ha", "x", "lac", "h", "or"])
            | st.text("abdhot012", min_size=1, max_size=4),
            min_size=1,
            max_size=3,
        )
    )
    def test_words(self, words: list[str]) -> None:
        found = set(Branch.objects.filter(HoldsPrefixes(words)))
        wanted = {branch for branch in Branch.objects.all() if holds(branch.search_key, words)}
        assert found == wanted


@pytest.mark.django_db
def test_words_beyond_the_most_are_passed_over(commune_a: Commune) -> None:
    branch = make_branch(commune_a, name="Đông")
    many = ["dong"] * MOST_WORDS + ["khac"]
    assert Branch.objects.filter(HoldsPrefixes(many)).get() == branch
    assert not Branch.objects.filter(HoldsPrefixes(many[1:])).exists()


@pytest.mark.django_db
def test_index_is_asked_and_not_every_row(commune_a: Commune) -> None:
    make_branch(commune_a, name="Đông")
    found = Branch.objects.order_by().filter(HoldsPrefixes(["dong"]))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        assert "branches_branch_search_key" in found.explain()
    else:
        assert "SCAN branches_branch_search_key VIRTUAL TABLE" in found.explain()
        assert "SEARCH branches_branch USING INTEGER PRIMARY KEY" in found.explain()


@pytest.mark.django_db(transaction=True)
def test_index_is_built_over_what_is_there_already(commune_a: Commune) -> None:
    branch = make_branch(commune_a, name="Đông")
    build: Any = PrefixIndex("branches_branch").step().code
    with connection.schema_editor() as editor:
        build(apps, editor)
    assert Branch.objects.filter(HoldsPrefixes(["dong"])).get() == branch
    models.QuerySet(Branch).filter(pk=branch.pk).delete()
    assert not Branch.objects.filter(HoldsPrefixes(["dong"])).exists()
