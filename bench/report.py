"""What the figures are compared with, and how they are told."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

BUDGET_HEADS = ("What", "Measured", "Budget", "Met")


class NotMeasured(Exception):
    """Why something could not be measured, in one sentence."""


class Verdict(Protocol):
    """One figure beside its budget."""

    @property
    def is_met(self) -> bool:
        """Whether the figure was measured and is within the budget."""

    def row(self) -> str:
        """The figure as a line of a Markdown table."""


@dataclass(frozen=True)
class Budget:
    """A figure that must be at least, or at most, a limit; None was not measured."""

    name: str
    value: float | None
    limit: float
    unit: str = "×"
    at_least: bool = True
    digits: int = 2

    @property
    def is_met(self) -> bool:
        """Whether the figure was measured and is within the budget."""
        if self.value is None:
            return False
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def row(self) -> str:
        """The figure as a line of a Markdown table."""
        sign = "≥" if self.at_least else "≤"
        limit = f"{sign} {self.limit:.{self.digits}f} {self.unit}"
        if self.value is None:
            return f"| {self.name} | – | {limit} | **not measured** |"
        digits = self.digits
        # A miss must not be rounded to the limit.
        while not self.is_met and digits < 6 and round(self.value, digits) == self.limit:
            digits += 1
        value = f"{self.value:.{digits}f} {self.unit}"
        return f"| {self.name} | {value} | {limit} | {'yes' if self.is_met else '**no**'} |"


@dataclass(frozen=True)
class Table:
    """Figures under their heads."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    def lines(self) -> list[str]:
        """The table as Markdown: names on the left, figures on the right."""
        rule = ["---" if number == 0 else "---:" for number in range(len(self.heads))]
        return [f"| {' | '.join(row)} |" for row in (self.heads, rule, *self.rows)]


@dataclass
class Topic:
    """One part of the measurements; left out when the machine has no means for it."""

    title: str
    budgets: Sequence[Verdict] = ()
    tables: Sequence[tuple[str, Table]] = ()
    notes: list[str] = field(default_factory=list)
    left_out: bool = False

    @property
    def is_met(self) -> bool:
        """Whether every budget of it is met; of what was left out nothing is claimed."""
        return self.left_out or all(budget.is_met for budget in self.budgets)

    def lines(self) -> list[str]:
        """The topic as Markdown."""
        lines = [f"## {self.title}", ""]
        for note in self.notes:
            lines += [note, ""]
        for caption, table in self.tables:
            lines += [caption, "", *table.lines(), ""]
        return lines


def machine() -> str:
    """The machine in words, without its name."""
    system = f"{platform.machine()}, {platform.system()}"
    return f"{os.cpu_count()} cores, {system}, Python {platform.python_version()}"


def verdict(topics: Sequence[Topic]) -> str:
    """One sentence on all budgets."""
    budgets = [budget for topic in topics for budget in topic.budgets if not topic.left_out]
    missed = sum(not budget.is_met for budget in budgets)
    if not missed:
        return f"All {len(budgets)} budgets are met."
    return f"**{missed} of {len(budgets)} budgets are not met.**"


def render(topics: Sequence[Topic], introduction: Sequence[str]) -> str:
    """The results as Markdown: all budgets first, then the figures of each topic."""
    rows = [budget.row() for topic in topics for budget in topic.budgets]
    head = [f"| {' | '.join(row)} |" for row in (BUDGET_HEADS, ["---"] * len(BUDGET_HEADS))]
    lines = ["# Measurements", "", *introduction, "", verdict(topics), "", "## Budgets", ""]
    lines += [*head, *rows, ""]
    for topic in topics:
        lines += topic.lines()
    return "\n".join(lines)


def per_second(value: float) -> str:
    """Requests in a second."""
    return f"{value:,.0f}"


def in_ms(value: float) -> str:
    """Milliseconds."""
    return f"{value:.1f}"


def times(value: float) -> str:
    """A ratio."""
    return f"{value:.2f}"
