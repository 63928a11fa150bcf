"""The search in a large portal, by `python -m bench.search`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bench.report import Budget, NotMeasured, Table, Topic, in_ms
from bench.servers import Scratch

MOST_P50_MS = 50.0
SLOWEST = 5


@dataclass(frozen=True)
class Found:
    """What the measurement printed."""

    articles: int
    p50_ms: float
    p95_ms: float
    queries: Mapping[str, float]


def parse(output: str) -> Found:
    """Read the last line; raise NotMeasured if it is not what was agreed."""
    try:
        told = json.loads(output.strip().rpartition("\n")[2])
        queries = {str(text): float(ms) for text, ms in told["queries"].items()}
        return Found(int(told["articles"]), float(told["p50_ms"]), float(told["p95_ms"]), queries)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise NotMeasured(f"bench.search printed no figures: {output.strip()[-200:]}") from error


def measure(scratch: Scratch, name: str) -> Topic:
    """Fill an empty database and search it."""
    with scratch.database(name, "search") as database:
        return topic(name, parse(database.run("-m", "bench.search")))


def budgets(database: str, found: Found | None) -> list[Budget]:
    """What the figures are compared with; without figures, nothing is met."""
    value = found.p50_ms if found else None
    text = f"{database}: median of a search"
    if found:
        text = f"{database}: median of a search in {found.articles:,} articles"
    return [Budget(text, value, MOST_P50_MS, "ms", at_least=False, digits=1)]


def topic(database: str, found: Found | None) -> Topic:
    """The budget and the table of one database."""
    made = Topic(f"Search on {database}", budgets(database, found))
    if found:
        heads = ("Articles", "p50 ms", "p95 ms")
        row = [f"{found.articles:,}", in_ms(found.p50_ms), in_ms(found.p95_ms)]
        slowest = sorted(found.queries.items(), key=lambda each: -each[1])[:SLOWEST]
        rows = [[text, in_ms(ms)] for text, ms in slowest]
        made.tables = [
            ("The server's time for the whole page:", Table(heads, [row])),
            ("The slowest questions:", Table(("Words", "Median ms"), rows)),
        ]
    return made
