"""The visitor counter under load: as fast as one durable write, and exact."""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench import servers
from bench.load import DISTINCT, Figures, Load, Measured, Pace, interleaved, ratio
from bench.report import Budget, NotMeasured, Table, Topic, in_ms, per_second, times
from bench.servers import Database, Scratch, ask

BEACON = "/luot-truy-cap/"
HEADERS = {
    "Sec-Fetch-Site": "same-origin",
    "User-Agent": "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Mobile Safari/537.36",
}
TOTAL = "SELECT COALESCE(SUM(visits), 0) FROM visits_visitday"
REFERENCE_TOTAL = "SELECT COALESCE(SUM(n), 0) FROM reference_day"
SYNCHRONOUS = (
    "from django.db import connection; "
    "print(connection.cursor().execute('PRAGMA synchronous').fetchone()[0])"
)
FULL = 2
NOT_DURABLE = (
    "SELECT COUNT(*) FROM pg_settings "
    "WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') AND setting <> 'on'"
)
CONNECTIONS = (1, 8, 32)
LEAST = {"SQLite": 0.8, "PostgreSQL": 0.7}
MOST_P99_MS = 100.0
SETTLE_S, SETTLE_TRIES = 0.2, 150


@dataclass
class Exactness:
    """Which loads were counted wrongly, and of how many."""

    loads: int = 0
    wrong: list[str] = field(default_factory=list)

    def check(self, name: str, rise: int, least: int, most: int) -> None:
        """Compare what the table gained with what must and what may have been counted."""
        self.loads += 1
        if not least <= rise <= most:
            self.wrong.append(f"{name}: the table gained {rise}, not {least} to {most}")


def need_durable(database: Database) -> None:
    """Raise NotMeasured if the database answers before a write is on the disk."""
    if database.name == "SQLite":
        weak = (
            int(database.run("manage.py", "shell", "--verbosity", "0", "-c", SYNCHRONOUS)) != FULL
        )
    else:
        weak = database.number(NOT_DURABLE) > 0
    if weak:
        raise NotMeasured("the database is set to lose what it said was written")


def need_beacon(portal: str) -> None:
    """Raise NotMeasured unless the counter counts a new key."""
    body = secrets.token_hex(16).encode()
    headers = {**HEADERS, "Content-Type": "text/plain"}
    answer = ask(portal + BEACON, headers, "POST", body)
    if answer.status != 200:
        raise NotMeasured(f"the visitor counter is not there: POST was answered {answer.status}")
    try:
        told = json.loads(answer.body)["counted"]
    except (ValueError, LookupError, TypeError) as error:
        raise NotMeasured(f"the visitor counter answers something else: {error}") from error
    if told is not True:
        raise NotMeasured(f'the visitor counter did not count a new key: "counted" is {told!r}')


def settled(database: Database, query: str) -> int:
    """Return the sum once what was still under way has been committed."""
    before = database.number(query)
    for _try in range(SETTLE_TRIES):
        time.sleep(SETTLE_S)
        now = database.number(query)
        if now == before:
            return now
        before = now
    raise NotMeasured("the counter goes on counting although nobody asks")


def counted(
    database: Database, load: Load, query: str, exactness: Exactness, name: str
) -> Callable[[int], Figures]:
    """A run of `load` after which the table is compared with the answers."""

    def run(seconds: int) -> Figures:
        before = settled(database, query)
        figures = load.run(seconds)
        rise = settled(database, query) - before
        # The answers on their way when the load ends were not seen.
        exactness.check(name, rise, figures.answered, figures.answered + load.connections)
        return figures

    return run


def measure(scratch: Scratch, name: str, pace: Pace) -> Topic:
    """Load the counter and both references with new keys, then the counter with one key."""
    with scratch.database(name, "beacon") as database:
        need_durable(database)
        database.seed()
        database.run("-m", "bench.reference.seed")
        with (
            servers.portal(database) as portal,
            servers.reference(database, "bare", database.folder) as bare,
        ):
            need_beacon(portal)
            return topic(name, *compare(database, portal, bare, pace))


def compare(
    database: Database, portal: str, bare: str, pace: Pace
) -> tuple[dict[str, Measured], Exactness]:
    """Load each with 1, 8 and 32 connections; look at the tables after each load."""
    exactness, references = Exactness(), Exactness()
    figures: dict[str, Measured] = {}
    for number in CONNECTIONS:
        targets = {
            f"ours at {number}": (portal + BEACON, TOTAL, exactness),
            f"upsert at {number}": (f"{bare}/upsert/", REFERENCE_TOTAL, references),
            f"unique at {number}": (f"{bare}/unique/", REFERENCE_TOTAL, references),
        }
        runs = {
            name: counted(database, Load(url, number, HEADERS, DISTINCT), query, checks, name)
            for name, (url, query, checks) in targets.items()
        }
        figures |= interleaved(runs, pace)
    if references.wrong:
        raise NotMeasured(f"the reference itself counts wrongly: {references.wrong[0]}")
    one_key(database, portal, exactness, pace)
    return figures, exactness


def one_key(database: Database, portal: str, exactness: Exactness, pace: Pace) -> None:
    """All requests carry one key: the first counts one, a second run with it nothing."""
    load = Load(portal + BEACON, CONNECTIONS[1], HEADERS, secrets.token_hex(16))
    for name, gain in (("one new key", 1), ("the same key again", 0)):
        before = settled(database, TOTAL)
        load.run(pace.seconds)
        exactness.check(name, settled(database, TOTAL) - before, gain, gain)


def budgets(
    database: str, figures: Mapping[str, Measured], exactness: Exactness | None
) -> list[Budget]:
    """What the figures are compared with; without figures, nothing is met."""
    found = []
    for number in CONNECTIONS[1:]:
        text = f"{database}: beacon at {number} connections, × a bare durable upsert"
        value = ratio(figures, f"ours at {number}", f"upsert at {number}")
        found.append(Budget(text, value, LEAST[database]))
    last = figures.get(f"ours at {CONNECTIONS[-1]}")
    p99 = last.p99_ms if last else None
    text = f"{database}: p99 of the beacon at {CONNECTIONS[-1]} connections"
    found.append(Budget(text, p99, MOST_P99_MS, "ms", at_least=False, digits=1))
    # Without a load, nothing was proved.
    wrong = len(exactness.wrong) if exactness and exactness.loads else None
    unit = f"of {exactness.loads} loads" if exactness else "loads"
    text = f"{database}: loads of the beacon that were counted wrongly"
    found.append(Budget(text, wrong, 0, unit, at_least=False, digits=0))
    return found


def topic(database: str, figures: Mapping[str, Measured], exactness: Exactness | None) -> Topic:
    """The budgets and the table of one database."""
    made = Topic(f"Visitor counter on {database}", budgets(database, figures, exactness))
    if exactness is not None:
        made.notes += [f"**Counted wrongly:** {fault}." for fault in exactness.wrong]
    if figures:
        made.tables = [("Each request carries a new key and is committed:", _table(figures))]
    return made


def _table(figures: Mapping[str, Measured]) -> Table:
    heads = ["Connections", "Beacon/s", "p99 ms", "Upsert/s", "p99 ms", "Ratio"]
    heads += ["Unique-visit upsert/s", "p99 ms"]
    rows = []
    for number in CONNECTIONS:
        ours, one, two = (figures[f"{name} at {number}"] for name in ("ours", "upsert", "unique"))
        row = [str(number), per_second(ours.per_second), in_ms(ours.p99_ms)]
        row += [per_second(one.per_second), in_ms(one.p99_ms)]
        row += [times(ours.per_second / one.per_second)]
        row += [per_second(two.per_second), in_ms(two.p99_ms)]
        rows.append(row)
    return Table(heads, rows)
