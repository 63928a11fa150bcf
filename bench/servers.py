"""The databases and servers that are measured, all of them in folders of their own."""

import http.client
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2  # type: ignore[import-untyped]

from bench.report import NotMeasured
from tests.browser.demo import FOREIGN
from tests.site.deployment import HOST, free_port, server_command, wait_for

ROOT = Path(__file__).resolve().parent.parent
PORTAL = "doanhuyen.wsgi:application"
REFERENCE = "bench.reference.wsgi:application"
# The port opens with the first worker; the others take a moment longer.
SECOND_WORKER_S = 2


@dataclass(frozen=True)
class Database:
    """A scratch database and the folder of the portal that uses it."""

    name: str
    url: str
    folder: Path

    def environment(self, **more: str) -> dict[str, str]:
        """What a process of the portal sees: nothing of an installation on this machine."""
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        return kept | {
            "PORTAL_MODE": "demo",
            "DATABASE_URL": self.url,
            "VAR_DIR": str(self.folder),
            "MEDIA_ROOT": str(self.folder / "media"),
            "CACHE_URL": "locmemcache://",
            "ALLOWED_HOSTS": f"127.0.0.1,localhost,testserver,{HOST}",
            "PYTHONUTF8": "1",
            **more,
        }

    def number(self, query: str) -> int:
        """Ask the database for one number; raise NotMeasured if it has none."""
        try:
            with closing(self._connection()) as connection, closing(connection.cursor()) as cursor:
                cursor.execute(query)
                return int(cursor.fetchone()[0])
        except (sqlite3.Error, psycopg2.Error) as error:
            raise NotMeasured(f"the database did not answer {query!r}: {error}") from error

    def _connection(self) -> sqlite3.Connection:
        if self.url.startswith("sqlite"):
            return sqlite3.connect(self.url.removeprefix("sqlite:///"))
        # Both follow the same interface of Python.
        return psycopg2.connect(self.url)  # type: ignore[no-any-return]

    def run(self, *words: str, **more: str) -> str:
        """Run Python in the portal's folder and return what it printed; raise NotMeasured."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            reason = (done.stderr.strip() or done.stdout.strip()).rpartition("\n")[2]
            raise NotMeasured(f"`{' '.join(words)}` failed: {reason}")
        return done.stdout

    def seed(self) -> None:
        """Make the tables, collect the static files and write the demo data."""
        self.run("manage.py", "migrate", "--no-input", "--verbosity", "0")
        self.run("manage.py", "collectstatic", "--no-input", "--verbosity", "0")
        self.run("manage.py", "seed_demo")


@dataclass(frozen=True)
class Scratch:
    """Where databases are made: a folder, and a PostgreSQL server or why there is none."""

    folder: Path
    server: str
    no_server: str

    @contextmanager
    def database(self, name: str, purpose: str) -> Iterator[Database]:
        """An empty database until the block ends; raise NotMeasured if there can be none."""
        folder = self.folder / f"{name}-{purpose}".lower()
        folder.mkdir()
        if name == "SQLite":
            yield Database(name, f"sqlite:///{folder / 'portal.sqlite3'}", folder)
            return
        if not self.server:
            raise NotMeasured(self.no_server)
        own = f"bench_{purpose}_{secrets.token_hex(6)}"
        _administer(self.server, f"CREATE DATABASE {own}")
        try:
            yield Database(name, urlsplit(self.server)._replace(path=f"/{own}").geturl(), folder)
        finally:
            _administer(self.server, f"DROP DATABASE {own} WITH (FORCE)")


def _administer(server: str, statement: str) -> None:
    with closing(psycopg2.connect(server)) as connection:
        connection.autocommit = True
        with closing(connection.cursor()) as cursor:
            cursor.execute(statement)


@contextmanager
def serving(
    application: str, environment: Mapping[str, str], log: Path, port: int = 0
) -> Iterator[str]:
    """Serve as the shipped unit does, until the block ends; yield the address."""
    port = port or free_port()
    command = server_command(port)
    command[command.index("stub:application")] = application
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            _wait(port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            _stop(process)


def _wait(port: int, log: Path) -> None:
    """Return once the server answers; raise NotMeasured with its last words if it does not."""
    try:
        wait_for(port)
    except AssertionError as error:
        said = log.read_text("utf-8", "replace").strip()[-300:]
        raise NotMeasured(f"the server did not start: {said}") from error
    time.sleep(SECOND_WORKER_S)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a server politely, then whatever is left of its group."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(15)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def reference(database: Database, which: str, bodies: Path) -> AbstractContextManager[str]:
    """Serve the references without middleware (`bare`) or with it (`page`)."""
    environment = database.environment(
        DJANGO_SETTINGS_MODULE="bench.reference.settings", REFERENCE=which, BODIES=str(bodies)
    )
    return serving(REFERENCE, environment, database.folder / f"{which}.log")


def portal(database: Database, port: int = 0) -> AbstractContextManager[str]:
    """Serve the portal."""
    return serving(PORTAL, database.environment(), database.folder / "portal.log", port)


def threads() -> str:
    """The servers in words, from the shipped unit."""
    words = server_command(0)
    workers, each = (words[words.index(name) + 1] for name in ("--workers", "--blocking-threads"))
    return f"{workers} workers with {each} threads each"


@dataclass(frozen=True)
class Answer:
    """What came over the line."""

    status: int
    body: bytes
    head_bytes: int

    @property
    def bytes(self) -> int:
        """Head and body."""
        return self.head_bytes + len(self.body)


def ask(
    url: str, headers: Mapping[str, str], method: str = "GET", body: bytes | None = None
) -> Answer:
    """Ask once, and count what comes back as it comes."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    with closing(connection):
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, body, {"Accept-Encoding": "identity", **headers})
        response = connection.getresponse()
        lines = [f"HTTP/1.1 {response.status} {response.reason}"]
        lines += [f"{name}: {value}" for name, value in response.getheaders()]
        head = sum(len(line.encode()) + 2 for line in [*lines, ""])
        return Answer(response.status, response.read(), head)
