"""The organisation that is measured is filled as the models would have filled it."""

from collections import Counter

import pytest

from bench.organisation import addresses, branch_names, commune_names, fill
from bench.topics.organisation import PAGES
from branches.models import Branch, Commune, HeadCount
from core.text import fold


def test_names_of_communes_do_not_fold_to_one() -> None:
    names = commune_names(3321)
    assert len({fold(name) for name in names}) == 3321
    assert names == commune_names(3321)


@pytest.mark.parametrize("number", [1, 3, 19, 20])
def test_names_of_branches_are_as_many_as_asked(number: int) -> None:
    names = [*branch_names("Hồng Lạc", number)]
    assert len({(kind, fold(name)) for _kind, kind, name in names}) == len(names) == number
    assert names[0][2].endswith("1")


@pytest.mark.django_db
def test_rows_are_as_the_models_keep_them() -> None:
    fill(communes=12, branches=230)
    assert Commune.objects.count() == 12
    branches = list(Branch.objects.select_related("commune", "last_count"))
    assert len(branches) == 230
    for record in [*Commune.objects.all(), *branches]:
        record.full_clean()
    kept = [(branch.folded_name, branch.sort_key, branch.search_key) for branch in branches]
    for branch in branches:
        branch.set_keys()
        assert branch.last_count == branch.counts.order_by("counted_on").last()
    assert [(each.folded_name, each.sort_key, each.search_key) for each in branches] == kept
    assert HeadCount.objects.count() == 460
    frequent = Counter(branch.folded_name for branch in branches)
    assert frequent.most_common(1)[0][1] > 4
    assert Branch.objects.matching("khuou").count() == 5


@pytest.mark.django_db
def test_every_page_of_the_topic_has_an_address() -> None:
    fill(communes=3, branches=60)
    found = addresses()
    assert tuple(found) == PAGES
    assert len({*found.values()}) == len(PAGES)
