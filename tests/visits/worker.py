"""A further process of the server: its threads look at pages, and it tells what was answered.

It reads one JSON line with the zero hour and a list of tokens for each thread, writes "ready" and
waits for a line; then its threads go through their lists once, and it writes "begun" with the
first answer. With "after" in the plan they do so again and again, until another line comes: it
moves the clock to that, and lets each of them go through its list a last time.
"""

import json
import sys
import threading
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

import django


def look(tokens: list[str], after: threading.Event, begun: threading.Event) -> list[list[Any]]:
    """Go through the list until the clock has moved, and then once more."""
    from django.db import connection
    from django.test import Client

    from tests.visits.helpers import view

    client = Client(raise_request_exception=False)
    told: list[list[Any]] = []
    is_over = False
    while not is_over:
        is_over = after.is_set()
        for token in tokens:
            answer = view(token, client=client)
            told.append([token, is_over, answer.counted])
            begun.set()
            # Else each of two hundred threads keeps a connection, and there are a hundred.
            connection.close()
    return told


def main() -> None:
    """Run the plan that is read from the input."""
    from tests.visits.clock import standing_clock
    from tests.visits.helpers import load_office, together

    plan = json.loads(sys.stdin.readline())
    after, begun = threading.Event(), threading.Event()
    with standing_clock(datetime.fromisoformat(plan["at"]), makes_schema=False) as clock:
        load_office()

        def direct() -> None:
            begun.wait()
            say("begun")
            if "after" in plan:
                sys.stdin.readline()
                clock.move_to(datetime.fromisoformat(plan["after"]))
                after.set()

        if "after" not in plan:
            after.set()
        say("ready")
        sys.stdin.readline()
        calls = [partial(look, tokens, after, begun) for tokens in plan["threads"]]
        _directed, *told = together([direct, *calls])
    say(json.dumps(list(chain.from_iterable(told))))


def say(line: str) -> None:
    """Write a line to whoever started this process."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    django.setup()
    main()
