"""A budget that is missed is reported as missed; what was not measured is never met."""

import platform

from bench.report import Budget, Table, Topic, machine, render, verdict
from bench.weights import Weight

MET = Budget("fast", 1.2, 1.0)
MISSED = Budget("slow", 0.5, 1.0)
UNKNOWN = Budget("unknown", None, 1.0)


def test_a_budget_is_met_up_to_its_limit() -> None:
    assert MET.is_met
    assert Budget("just", 1.0, 1.0).is_met
    assert not MISSED.is_met
    assert Budget("just", 100.0, 100.0, "ms", at_least=False).is_met
    assert not Budget("late", 100.1, 100.0, "ms", at_least=False).is_met
    assert Budget("none wrong", 0, 0, at_least=False).is_met


def test_a_row_says_what_was_found() -> None:
    assert MET.row() == "| fast | 1.20 × | ≥ 1.00 × | yes |"
    assert MISSED.row() == "| slow | 0.50 × | ≥ 1.00 × | **no** |"
    late = Budget("late", 101.25, 100.0, "ms", at_least=False, digits=1)
    assert late.row() == "| late | 101.2 ms | ≤ 100.0 ms | **no** |"


def test_what_was_not_measured_is_never_met() -> None:
    assert not UNKNOWN.is_met
    assert not Budget("unknown", None, 100.0, at_least=False).is_met
    assert UNKNOWN.row() == "| unknown | – | ≥ 1.00 × | **not measured** |"


def test_a_miss_is_not_rounded_to_the_limit() -> None:
    assert Budget("near", 0.9996, 1.0).row() == "| near | 0.9996 × | ≥ 1.00 × | **no** |"
    assert Budget("near", 0.9996, 0.99).row() == "| near | 1.00 × | ≥ 0.99 × | yes |"


def test_a_topic_is_met_when_all_its_budgets_are() -> None:
    assert Topic("a", [MET, MET]).is_met
    assert not Topic("a", [MET, MISSED]).is_met
    assert not Topic("a", [MET, UNKNOWN]).is_met
    assert not Topic("a", [Weight("heavy", 11, 10)]).is_met
    assert Topic("a", [UNKNOWN], left_out=True).is_met


def test_the_verdict_counts_what_is_not_met() -> None:
    assert verdict([Topic("a", [MET]), Topic("b", [MET])]) == "All 2 budgets are met."
    told = verdict([Topic("a", [MET, MISSED]), Topic("b", [UNKNOWN])])
    assert told == "**2 of 3 budgets are not met.**"
    assert "All 1 budgets" in verdict([Topic("a", [MET]), Topic("b", [UNKNOWN], left_out=True)])


def test_the_report_shows_every_budget_and_table() -> None:
    table = Table(("Page", "Requests/s"), [["home", "1,234"]])
    topic = Topic("Pages", [MET, MISSED], [("As sent:", table)], ["**Slow today.**"])
    text = render([topic, Topic("Rest", [Weight("Home", 1000, 2000)])], ["Written by hand."])
    for line in (
        "Written by hand.",
        "**1 of 3 budgets are not met.**",
        "| What | Measured | Budget | Met |",
        MISSED.row(),
        "| Home | 1.0 kB | ≤ 2.0 kB | yes |",
        "## Pages",
        "**Slow today.**",
        "As sent:",
        "| Page | Requests/s |",
        "| --- | ---: |",
        "| home | 1,234 |",
    ):
        assert line in text.split("\n")
    assert text.endswith("\n")
    assert "\n\n\n" not in text


def test_the_machine_is_told_without_its_name() -> None:
    assert platform.machine() in machine()
    assert "cores" in machine()
    assert platform.node() not in machine()
