"""Directory, search and lists of a large organisation, by `python -m bench.organisation`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bench.report import Budget, NotMeasured, Table, Topic, in_ms
from bench.servers import Scratch

MOST_MS = 150.0
PAGES = (
    "home",
    "directory",
    "directory, later page",
    "search, rare word",
    "search, frequent word",
    "search, frequent words",
    "search, words with commune",
    "search, in vain",
    "commune",
    "branch",
    "office list",
    "office list, page 500",
    "office search, rare word",
    "office search, frequent word",
    "office search, frequent words",
    "office search, words with commune",
    "office search, in vain",
)


@dataclass(frozen=True)
class Taken:
    """Milliseconds of the server for one page."""

    p50_ms: float
    p95_ms: float


@dataclass(frozen=True)
class Found:
    """What the measurement printed."""

    communes: int
    branches: int
    pages: Mapping[str, Taken]


def parse(output: str) -> Found:
    """Read the last line; raise NotMeasured if it is not what was agreed."""
    try:
        told = json.loads(output.strip().rpartition("\n")[2])
        pages = {
            name: Taken(float(told["pages"][name]["p50_ms"]), float(told["pages"][name]["p95_ms"]))
            for name in PAGES
        }
        return Found(int(told["communes"]), int(told["branches"]), pages)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise NotMeasured(
            f"bench.organisation printed no figures: {output.strip()[-200:]}"
        ) from error


def measure(scratch: Scratch, name: str) -> Topic:
    """Fill an empty database and ask for its pages."""
    with scratch.database(name, "organisation") as database:
        return topic(name, parse(database.run("-m", "bench.organisation")))


def budgets(database: str, found: Found | None) -> list[Budget]:
    """The median of each page beside the limit; without figures, nothing is met."""
    return [
        Budget(
            f"{database}: {page}, of {found.branches:,} branches"
            if found
            else f"{database}: {page}",
            found.pages[page].p50_ms if found else None,
            MOST_MS,
            "ms",
            at_least=False,
            digits=1,
        )
        for page in PAGES
    ]


def topic(database: str, found: Found | None) -> Topic:
    """The budgets and the table of one database."""
    made = Topic(f"Organisation on {database}", budgets(database, found))
    if found:
        rows = [
            [page, in_ms(taken.p50_ms), in_ms(taken.p95_ms)] for page, taken in found.pages.items()
        ]
        caption = (
            f"The server's time for whole pages, of {found.communes:,} communes "
            f"and {found.branches:,} branches:"
        )
        made.tables = [(caption, Table(("Page", "p50 ms", "p95 ms"), rows))]
    return made
