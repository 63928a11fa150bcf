"""Several processes of several threads each: the database alone makes the counter right."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.visits.clock import Clock
from tests.visits.helpers import days, local, token
from visits.models import VisitSalt, VisitSession

ROOT = Path(__file__).resolve().parents[2]
TODAY, TOMORROW = date(2024, 5, 15), date(2024, 5, 16)
LATE, EARLY = local(2024, 5, 15, 23, 59, 59, 900_000), local(2024, 5, 16, 0, 0, 0, 100_000)
PROCESSES, THREADS = 4, 50
SHARED, WITHOUT = token(1), ""

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("office")]


class Told(NamedTuple):
    """What a view of a worker was answered."""

    token: str
    is_after: bool
    counted: bool


class Worker:
    """A process that does what worker.py says."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def tell(self, line: str = "") -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()


def database_url() -> str:
    """The address of the database of the tests, as an environment gives it."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


@contextmanager
def workers(plans: list[dict[str, Any]]) -> Iterator[list[Worker]]:
    """A process for each plan, all of them ready to begin."""
    environment = {**os.environ, "DATABASE_URL": database_url(), "PORTAL_MODE": "test"}
    environment |= {"DJANGO_SETTINGS_MODULE": "doanhuyen.settings", "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "tests.visits.worker"]
    with ExitStack() as stack:
        found = []
        for _plan in plans:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            found.append(Worker(process))
        for worker, plan in zip(found, plans, strict=True):
            worker.tell(json.dumps(plan))
        assert [worker.hear() for worker in found] == ["ready"] * len(plans)
        yield found


def run(
    threads: list[list[list[str]]], clock: Clock, at: datetime, after: datetime | None = None
) -> list[Told]:
    """Let each process look with its threads, `after` which hour if any; return all answers."""
    clock.move_to(at)
    moves = {"after": after.isoformat()} if after else {}
    plans = [{"at": at.isoformat(), "threads": lists, **moves} for lists in threads]
    with workers(plans) as found:
        for worker in found:
            worker.tell()
        assert [worker.hear() for worker in found] == ["begun"] * len(plans)
        if after:
            clock.move_to(after)
            for worker in found:
                worker.tell()
        return [Told(*told) for worker in found for told in json.loads(worker.hear())]


def distinct(process: int, thread: int) -> str:
    return token(1000 + process * THREADS + thread)


def crowd(chance: random.Random) -> list[list[list[str]]]:
    """For each thread its own token, one that all share, and three of twelve, in some order."""
    common = [token(100 + number) for number in range(12)]
    lists = [
        [
            [distinct(process, thread), SHARED, *chance.sample(common, 3)]
            for thread in range(THREADS)
        ]
        for process in range(PROCESSES)
    ]
    for tokens in (tokens for threads in lists for tokens in threads):
        chance.shuffle(tokens)
    return lists


def test_browsers_that_all_processes_see_are_counted_once_each(clock: Clock) -> None:
    plan = crowd(random.Random(1))
    for threads in plan:
        for tokens in threads[:4]:
            # All from one address and with one name of the browser.
            tokens.insert(0, WITHOUT)
    answers = run(plan, clock, local(2024, 5, 15, 9))
    seen = {name for threads in plan for tokens in threads for name in tokens}
    assert len(seen) == PROCESSES * THREADS + 1 + 12 + 1
    assert Counter(told.token for told in answers if told.counted) == dict.fromkeys(seen, 1)
    assert days() == {TODAY: len(seen)}
    assert VisitSession.objects.count() == len(seen)
    assert VisitSalt.objects.count() == 1


def test_across_midnight_each_browser_is_counted_once_on_each_day_it_was_seen(
    clock: Clock,
) -> None:
    plan = crowd(random.Random(2))
    answers = run(plan, clock, LATE, after=EARLY)
    seen = {name for threads in plan for tokens in threads for name in tokens}
    counted = Counter(told.token for told in answers if told.counted)
    # Everybody was seen after midnight; who was counted twice had been seen before it, too.
    assert set(counted) == {told.token for told in answers if told.is_after} == seen
    assert set(counted.values()) <= {1, 2}
    assert days() == {TODAY: counted.total() - len(seen), TOMORROW: len(seen)}
    assert set(VisitSession.objects.values_list("day", flat=True)) == {TOMORROW}
