"""The real server killed in the middle of load: every visit that was answered is stored."""

import http.client
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from tests.site.deployment import ROOT, free_port, wait_for
from tests.site.test_freshness import run_elsewhere, scratch_database
from tests.visits.helpers import BEACON, PHONE, token

ROUNDS = 4
CLIENTS = 12
ANSWERS_A_ROUND = 150
SERVER = "-m granian --interface wsgi doanhuyen.wsgi:application --host 127.0.0.1 --workers 2"
HEADERS = {"User-Agent": PHONE, "Sec-Fetch-Site": "same-origin"}
MIGRATE = """
from django.core.management import call_command
call_command("migrate", interactive=False, verbosity=0)
print("{}")
"""
STORED = """
from django.db import connection
from visits.models import VisitDay, VisitSession
fault = ""
if connection.vendor == "sqlite":
    cursor = connection.cursor()
    fault = cursor.execute("PRAGMA integrity_check").fetchone()[0].replace("ok", "")
keys = list(VisitSession.objects.values_list("key", flat=True))
print(json.dumps({"visits": VisitDay.objects.total(), "keys": keys, "fault": fault}))
"""


@contextmanager
def server(environment: dict[str, str]) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Run the server in a process group of its own, which is killed at the end."""
    port = free_port()
    command = [sys.executable, *SERVER.split(), "--port", str(port), "--blocking-threads", "16"]
    with subprocess.Popen(
        [*command, "--respawn-failed-workers"],
        cwd=ROOT,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_for(port)
            yield port, process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


class Load:
    """Clients that send one new browser after the other and note what they were told."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.sent: set[int] = set()
        self.counted: set[int] = set()

    def run(self, port: int) -> None:
        """Send until the server is gone."""
        with (
            suppress(OSError, http.client.HTTPException),
            closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection,
        ):
            while True:
                number = next(self._numbers)
                self.sent.add(number)
                connection.request("POST", BEACON, token(number), HEADERS)
                answer = json.loads(connection.getresponse().read())
                assert answer["counted"] is True
                self.counted.add(number)

    def until_killed(self, port: int, process: "subprocess.Popen[bytes]") -> None:
        """Run all clients; kill the server while they are at it."""
        enough = len(self.counted) + ANSWERS_A_ROUND
        clients = [threading.Thread(target=self.run, args=[port]) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        while len(self.counted) < enough and any(client.is_alive() for client in clients):
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        for client in clients:
            client.join(30)
        assert not any(client.is_alive() for client in clients)
        assert len(self.counted) >= enough


def key(number: int) -> str:
    return sha256(token(number).encode()).hexdigest()


def test_killed_server_loses_no_visit_that_it_said_was_counted(tmp_path: Path) -> None:
    load = Load()
    with scratch_database() as database:
        environment = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "doanhuyen.settings",
            # Not "test": as durable as the demo and an installation.
            "PORTAL_MODE": "demo",
            "VAR_DIR": str(tmp_path),
            **database,
        }
        run_elsewhere(MIGRATE, environment)
        for _round in range(ROUNDS):
            with server(environment) as (port, process):
                load.until_killed(port, process)
        stored = run_elsewhere(STORED, environment)
    assert stored["fault"] == ""
    assert len(load.counted) >= ROUNDS * ANSWERS_A_ROUND
    # Committed but not answered any more: only more, and only what was sent.
    keys = set(stored["keys"])
    assert {key(number) for number in load.counted} <= keys
    assert keys <= {key(number) for number in load.sent}
    assert stored["visits"] == len(keys)
