"""Each topic claims nothing without figures, and notices what is not as it should be."""

import json
import smtplib
from pathlib import Path

import pytest

from bench.__main__ import TOPICS, parts
from bench.load import Measured, Pace
from bench.report import NotMeasured
from bench.servers import Scratch
from bench.topics import accounts, beacon, nginx, organisation, pages, search
from bench.topics.beacon import Exactness

SAME = Measured(100.0, 10.0)


@pytest.fixture
def nowhere(tmp_path: Path) -> Scratch:
    return Scratch(tmp_path, "", "there is no server")


def test_without_figures_no_budget_is_met(nowhere: Scratch) -> None:
    found = parts(nowhere, Pace())
    assert {part.topic for part in found} == set(TOPICS)
    for part in found:
        assert part.without.budgets
        assert not any(budget.is_met for budget in part.without.budgets)
        assert all("not measured" in budget.row() for budget in part.without.budgets)
        assert not part.without.is_met


def test_without_a_server_the_reason_is_told(nowhere: Scratch) -> None:
    names = [f"{what} on PostgreSQL" for what in ("Pages", "Search", "Organisation")]
    names.append("Visitor counter on PostgreSQL")
    found = [part for part in parts(nowhere, Pace()) if part.without.title in names]
    assert len(found) == 4
    for part in found:
        topic = part.run()
        assert topic.notes == ["**Not measured:** there is no server."]
        assert not topic.is_met


def test_nginx_may_be_missing() -> None:
    topic = nginx.left_out(["nginx", "openssl"])
    assert topic.is_met
    assert not any(budget.is_met for budget in topic.budgets)
    assert topic.notes == ["Not measured: this machine has no nginx and no openssl."]


def test_a_page_that_nginx_does_not_keep_is_named() -> None:
    figures = {f"{what} {form}": SAME for what in ("page", "file") for form in ("raw", "gzip")}
    assert nginx.topic(figures).is_met
    assert nginx.topic(figures).notes == []
    figures["page raw"] = Measured(9.0, 10.0)
    assert "nginx keeps no pages" in nginx.topic(figures).notes[0]
    assert not nginx.topic(figures).is_met


def test_pages_are_compared_with_their_own_reference() -> None:
    names = [f"{page}-{form}" for page in ("home", "article") for form in ("raw", "gzip")]
    figures = {f"{name} {kind}": SAME for name in names for kind in ("from memory", "bare")}
    figures |= {"article at 32": Measured(1.0, 29.0), "bare at 32": Measured(1.0, 10.0)}
    figures |= {"article anew": Measured(49.0, 1.0), "ordinary": Measured(100.0, 1.0)}
    found = pages.budgets("SQLite", figures)
    assert [budget.value for budget in found] == [1, 1, 1, 1, 2.9, 0.49]
    assert [budget.is_met for budget in found] == [True, True, True, True, True, False]


def test_pages_that_are_not_kept_are_named() -> None:
    names = ("home-raw", "home-gzip", "article-raw", "article-gzip", "search-raw")
    figures = {f"{name} from memory": SAME for name in names}
    figures |= {f"{page} anew": SAME for page in ("home", "article", "search")}
    figures |= {"article at 32": SAME, "bare at 32": SAME, "ordinary": SAME}
    sizes = dict.fromkeys([*names, "ordinary"], 1)
    paths = {"home": "/", "article": "/a/", "search": "/s/"}
    running = pages.Pages("", "", "", paths, sizes)
    assert "keeps no pages in memory" in pages.topic("SQLite", running, figures).notes[0]
    figures["article-raw from memory"] = Measured(200.0, 10.0)
    assert pages.topic("SQLite", running, figures).notes == []


@pytest.mark.parametrize(("rise", "wrong"), [(99, 1), (100, 0), (108, 0), (109, 1)])
def test_the_table_gains_what_was_answered_and_what_was_under_way(rise: int, wrong: int) -> None:
    exactness = Exactness()
    exactness.check("ours at 8", rise, 100, 108)
    assert exactness.loads == 1
    assert len(exactness.wrong) == wrong


def test_the_counter_is_held_to_the_limits_of_its_database() -> None:
    figures = {f"ours at {n}": Measured(75.0, 100.0) for n in beacon.CONNECTIONS}
    figures |= {f"{name} at {n}": SAME for name in ("upsert", "unique") for n in (1, 8, 32)}
    right = Exactness(loads=2)
    on_sqlite = beacon.budgets("SQLite", figures, right)
    assert [budget.is_met for budget in on_sqlite] == [False, False, True, True]
    assert all(budget.is_met for budget in beacon.budgets("PostgreSQL", figures, right))
    wrong = Exactness(loads=2, wrong=["ours at 8: the table gained 1, not 2 to 10"])
    topic = beacon.topic("PostgreSQL", figures, wrong)
    assert not topic.budgets[-1].is_met
    assert topic.notes == ["**Counted wrongly:** ours at 8: the table gained 1, not 2 to 10."]
    # Nothing was looked at: that is no proof of exactness.
    assert not beacon.budgets("PostgreSQL", figures, Exactness())[-1].is_met


def test_the_search_prints_one_line() -> None:
    line = '{"articles": 100000, "p50_ms": 50.1, "p95_ms": 80.0, "queries": {"đoàn": 79.5}}'
    found = search.parse(f"filled\n{line}\n")
    assert (found.articles, found.queries) == (100_000, {"đoàn": 79.5})
    topic = search.topic("SQLite", found)
    assert topic.budgets[0].row() == (
        "| SQLite: median of a search in 100,000 articles | 50.1 ms | ≤ 50.0 ms | **no** |"
    )
    for other in ("", "[]", "{}", line.replace("100000", '"many"'), line + "\ndone"):
        with pytest.raises(NotMeasured, match="no figures"):
            search.parse(other)


def test_the_organisation_prints_every_page() -> None:
    pages = {page: {"p50_ms": 20.0, "p95_ms": 170.0} for page in organisation.PAGES}
    pages["office list"] = {"p50_ms": 150.1, "p95_ms": 180.0}
    told = {"communes": 3321, "branches": 64_000, "pages": pages}
    found = organisation.parse(f"noise\n{json.dumps(told)}\n")
    topic = organisation.topic("SQLite", found)
    [missed] = [budget.row() for budget in topic.budgets if not budget.is_met]
    assert missed == (
        "| SQLite: office list, of 64,000 branches | 150.1 ms | ≤ 150.0 ms | **no** |"
    )
    assert topic.tables[0][1].rows[0] == ["home", "20.0", "170.0"]
    del pages["branch"]
    for other in ("", "[]", json.dumps(told), json.dumps({**told, "pages": 3})):
        with pytest.raises(NotMeasured, match="no figures"):
            organisation.parse(other)


def test_known_and_unknown_accounts_may_differ_by_a_fifth_either_way() -> None:
    found = {"sign-in": (100.0, 121.0), "sign-in by e-mail": (120.0, 100.0), "reset": (9.0, 9.0)}
    topic = accounts.topic("SQLite", found)
    assert [budget.is_met for budget in topic.budgets] == [False, True, True]
    assert topic.tables[0][1].rows[0] == ["sign-in", "100.0", "121.0", "0.83"]


def test_the_slow_mail_server_takes_a_mail() -> None:
    with accounts.slow_mail() as server:
        with smtplib.SMTP("127.0.0.1", server.server_address[1]) as client:
            assert client.sendmail("a@xa.example", ["b@xa.example"], "Xin") == {}
        assert server.taken == 1
