"""Measure the portal beside its limits: `python -m bench` writes bench/RESULTS.md.

Ends with 1 if a budget is missed or could not be measured. `--only` measures one topic and prints
it, but writes no file.
"""

import argparse
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

from bench.load import Pace, need_wrk
from bench.report import NotMeasured, Topic, machine, render
from bench.servers import Scratch, threads
from bench.topics import accounts, beacon, nginx, organisation, pages, search, weights
from scripts.run_tests import postgresql

RESULTS = Path(__file__).with_name("RESULTS.md")
TOPICS = ("pages", "beacon", "nginx", "search", "organisation", "accounts", "weights")
BY_WRK = ("pages", "beacon", "nginx")
DATABASES = ("SQLite", "PostgreSQL")


@dataclass(frozen=True)
class Part:
    """One topic on one database: how it is measured, and what it is without figures."""

    topic: str
    measure: Callable[[], Topic]
    without: Topic

    def run(self) -> Topic:
        """Measure; if that is not possible, say why and meet nothing."""
        print(f"{self.without.title} …", flush=True)
        start = time.monotonic()
        try:
            topic = self.measure()
        except NotMeasured as error:
            topic = self.without
            topic.notes.append(f"**Not measured:** {error}.")
        for line in [*topic.notes, f"{time.monotonic() - start:.0f} s"]:
            print(f"  {line}", flush=True)
        return topic


def parts(scratch: Scratch, pace: Pace) -> list[Part]:
    """Everything there is to measure."""
    found = []
    for name in DATABASES:
        measure = partial(pages.measure, scratch, name, pace)
        found.append(Part("pages", measure, pages.topic(name, None, {})))
    absent = nginx.missing()
    measure = partial(nginx.left_out, absent) if absent else partial(nginx.measure, scratch, pace)
    found.append(Part("nginx", measure, nginx.topic({})))
    for name in DATABASES:
        measure = partial(beacon.measure, scratch, name, pace)
        found.append(Part("beacon", measure, beacon.topic(name, {}, None)))
    for name in DATABASES:
        measure = partial(search.measure, scratch, name)
        found.append(Part("search", measure, search.topic(name, None)))
    for name in DATABASES:
        measure = partial(organisation.measure, scratch, name)
        found.append(Part("organisation", measure, organisation.topic(name, None)))
    for name in DATABASES:
        measure = partial(accounts.measure, scratch, name)
        found.append(Part("accounts", measure, accounts.topic(name, {})))
    found.append(Part("weights", partial(weights.weigh, scratch), weights.unknown()))
    return found


def introduction(pace: Pace, busy: float) -> list[str]:
    """How it was measured, and on what."""
    versions = [f"{name} {version(name)}" for name in ("Django", "granian")]
    versions.append(f"SQLite {sqlite3.sqlite_version}")
    return [
        "Written by `make bench`. Ours and what it is compared with ran on the same machine in the",
        f"same run: {machine()}, {', '.join(versions)}.",
        f"Servers: granian as in the shipped unit, {threads()}, for ours and for the references.",
        f"Load: wrk on the same machine; medians of {pace.rounds} alternating runs of",
        f"{pace.seconds} s. The load of the machine before it began was {busy:.1f}.",
        "Figures differ between machines; only the ratios and the budgets count.",
    ]


def measure(wanted: Sequence[str], pace: Pace) -> list[Topic]:
    """Measure the wanted topics in a scratch folder."""
    with (
        tempfile.TemporaryDirectory(prefix="bench") as folder,
        postgresql() as (server, reason),
    ):
        scratch = Scratch(Path(folder), server, reason)
        return [part.run() for part in parts(scratch, pace) if part.topic in wanted]


def main() -> int:
    """Measure, write, print; 1 if a budget is not met."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "--only", choices=TOPICS, action="append", help="measure this, write no file"
    )
    parser.add_argument("--seconds", type=int, default=Pace.seconds, help="length of each run")
    parser.add_argument("--rounds", type=int, default=Pace.rounds, help="runs of each load")
    options = parser.parse_args()
    pace = Pace(options.seconds, options.rounds)
    wanted = options.only or TOPICS
    if set(wanted) & set(BY_WRK):
        need_wrk()
    busy = os.getloadavg()[0]
    topics = measure(wanted, pace)
    text = render(topics, introduction(pace, busy))
    if not options.only:
        RESULTS.write_text(text, "utf-8")
    print(text)
    return 0 if all(topic.is_met for topic in topics) else 1


if __name__ == "__main__":
    sys.exit(main())
