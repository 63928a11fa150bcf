"""Settings: the demo needs no variable, production refuses whatever is unsafe."""

import json
import os
import secrets
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as test_settings

from core.production import unsafe_settings

ROOT = Path(__file__).resolve().parents[2]
KEY = secrets.token_urlsafe(64)
PRODUCTION = {"PORTAL_MODE": "production", "SECRET_KEY": KEY, "ALLOWED_HOSTS": "portal.example"}
READ = "import json, doanhuyen.settings as s; print(json.dumps({n: getattr(s, n) for n in %r}))"


def start(code: str, folder: Path = ROOT, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run Python code in a fresh process that has no other variables of ours."""
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "doanhuyen.settings"}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def setting(*names: str, **variables: str) -> dict[str, Any]:
    ran = start(READ % (names,), ROOT, **variables)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)  # type: ignore[no-any-return]


@pytest.fixture
def var(tmp_path: Path) -> str:
    return str(tmp_path / "var")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The settings in a folder of their own, where files may be put beside them."""
    folder = tmp_path / "copy"
    for package in ("doanhuyen", "core"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    return folder


# Production


def test_production_passes_djangos_check_for_deployment(var: str) -> None:
    environment = {"PATH": os.environ["PATH"], **PRODUCTION, "VAR_DIR": var}
    ran = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "no issues" in ran.stdout
    # One check is silenced, with its reason beside it.
    assert test_settings.SILENCED_SYSTEM_CHECKS == ["security.W021"]


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short-but-Random-9f8e7d6c"}, "SECRET_KEY"),
        ({"SECRET_KEY": "django-insecure-" + KEY}, "SECRET_KEY"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "."}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "*.portal.example"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "portal.example,*"}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "portal.example, ."}, "ALLOWED_HOSTS"),
    ],
)
def test_production_refuses_to_start(variables: dict[str, str], named: str, var: str) -> None:
    ran = start("import doanhuyen.settings", ROOT, **{**PRODUCTION, "VAR_DIR": var, **variables})
    assert ran.returncode != 0
    last = ran.stderr.strip().splitlines()[-1]
    assert "Refusing to start in production" in last
    names = {name for name in ("SECRET_KEY", "DEBUG", "ALLOWED_HOSTS") if name in last}
    assert names == {named}
    assert not (Path(var) / "secret_key").exists()


def test_production_without_any_variable_names_every_fault(var: str) -> None:
    ran = start("import doanhuyen.settings", PORTAL_MODE="production", VAR_DIR=var)
    assert ran.returncode != 0
    assert "SECRET_KEY" in ran.stderr
    assert "ALLOWED_HOSTS" in ran.stderr


@pytest.mark.parametrize(
    "hosts", [[], ["*"], ["."], [".."], [" "], [""], ["a.example", ""], [".a.example"]]
)
def test_host_that_lets_in_others_is_unsafe(hosts: list[str]) -> None:
    assert len(unsafe_settings(KEY, False, hosts)) == 1
    assert unsafe_settings(KEY, False, ["portal.example", "10.0.0.7", "[::1]"]) == []
    assert len(unsafe_settings("x", True, hosts)) == 3


def test_production_refuses_a_cache_of_one_process() -> None:
    """A code of the authenticator app could be used once in each."""
    backends = "django.core.cache.backends"
    hosts = ["portal.example"]
    for name in ("locmem.LocMemCache", "dummy.DummyCache"):
        assert len(unsafe_settings(KEY, False, hosts, cache_backend=f"{backends}.{name}")) == 1
    assert unsafe_settings(KEY, False, hosts, cache_backend=f"{backends}.db.DatabaseCache") == []


@pytest.mark.parametrize("mode", ["prod", "Production", "production ", ""])
def test_unknown_mode_is_refused(mode: str, var: str) -> None:
    ran = start("import doanhuyen.settings", PORTAL_MODE=mode, VAR_DIR=var)
    assert ran.returncode != 0
    assert "PORTAL_MODE" in ran.stderr
    assert "demo, development, test, production" in ran.stderr


def test_production_is_strict_where_the_demo_cannot_be(var: str) -> None:
    names = [
        "SECURE_SSL_REDIRECT",
        "SECURE_HSTS_SECONDS",
        "SECURE_HSTS_INCLUDE_SUBDOMAINS",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "SECURE_PROXY_SSL_HEADER",
        "DEBUG",
    ]
    strict = setting(*names, **PRODUCTION, VAR_DIR=var)
    assert list(strict.values()) == [
        True,
        31_536_000,
        True,
        True,
        True,
        True,
        "__Host-sessionid",
        "__Host-csrftoken",
        ["HTTP_X_FORWARDED_PROTO", "https"],
        False,
    ]
    demo = setting(*names, VAR_DIR=var)
    assert list(demo.values()) == [
        False, 0, False, False, False, True, "sessionid", "csrftoken", None, False,
    ]  # fmt: skip


# Demo


def test_demo_needs_no_variable_and_keeps_its_key(copy: Path) -> None:
    runs = [start(READ % (["SECRET_KEY", "MODE", "DEBUG"],), copy) for _ in range(2)]
    assert [ran.returncode for ran in runs] == [0, 0], runs[0].stderr
    first, second = (json.loads(ran.stdout) for ran in runs)
    assert first == second
    assert (first["MODE"], first["DEBUG"]) == ("demo", False)
    path = copy / "var" / "secret_key"
    assert path.read_text("ascii") == first["SECRET_KEY"]
    assert unsafe_settings(first["SECRET_KEY"], False, ["portal.example"]) == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {entry.name for entry in (copy / "var").iterdir()} == {"secret_key"}


def test_demo_answers_to_this_machine_only(var: str) -> None:
    hosts = setting("ALLOWED_HOSTS", VAR_DIR=var)["ALLOWED_HOSTS"]
    assert set(hosts) == {"localhost", "127.0.0.1", "[::1]", "testserver"}
    assert setting("DEBUG", PORTAL_MODE="development", VAR_DIR=var) == {"DEBUG": True}


# Each round begins at the same moment in both processes, in a folder of its own.
RACER = """
import sys, time
from pathlib import Path
import doanhuyen.settings as s
print("ready", flush=True)
start = float(sys.stdin.readline())
for number in range(150):
    s.VAR_DIR = Path(sys.argv[1]) / str(number)
    while time.time() < start + number * 0.003: pass
    try: print(s.secret_key())
    except OSError as error: print(error)
"""


def test_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    for number in range(150):
        (tmp_path / str(number)).mkdir()
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(tmp_path)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path / "var")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    begin = str(time.time() + 0.1)
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write(f"{begin}\n")
        racer.stdin.flush()
    first, second = (racer.communicate(timeout=60)[0].split() for racer in racers)
    assert first == second
    assert [len(key) for key in first] == [86] * 150
    assert len(set(first)) == 150
    assert first == [(tmp_path / str(n) / "secret_key").read_text("ascii") for n in range(150)]


def test_file_of_variables_is_read_and_the_environment_wins(copy: Path) -> None:
    (copy / ".env").write_text(
        f"PORTAL_MODE=production\nSECRET_KEY={KEY}\nALLOWED_HOSTS=a.example,b.example\n", "utf-8"
    )
    names = ["MODE", "SECRET_KEY", "ALLOWED_HOSTS"]
    ran = start(READ % (names,), copy)
    assert ran.returncode == 0, ran.stderr
    assert list(json.loads(ran.stdout).values()) == ["production", KEY, ["a.example", "b.example"]]
    ran = start(READ % (names,), copy, ALLOWED_HOSTS="c.example")
    assert json.loads(ran.stdout)["ALLOWED_HOSTS"] == ["c.example"]


# Databases

PRAGMAS = """
import django, json, sqlite3
django.setup()
from django.db import connection, transaction
with connection.cursor() as cursor:
    found = {n: cursor.execute(f"PRAGMA {n}").fetchone()[0]
             for n in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}
other = sqlite3.connect(connection.settings_dict["NAME"], timeout=0)
with transaction.atomic():
    connection.cursor().execute("SELECT 1")
    try:
        other.execute("BEGIN IMMEDIATE")
        found["immediate"] = False
    except sqlite3.OperationalError as error:
        found["immediate"] = str(error) == "database is locked"
other.close()
connection.close()
print(json.dumps(found))
"""


def test_sqlite_keeps_what_was_answered_and_waits_for_its_turn(var: str) -> None:
    ran = start(PRAGMAS, VAR_DIR=var)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 20_000,
        "immediate": True,
    }
    assert (Path(var) / "portal.sqlite3").is_file()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_postgresql_keeps_its_connections_and_looks_whether_they_live(
    scheme: str, var: str
) -> None:
    address = f"{scheme}://portal:geheim@db.example:5433/portal"
    database = setting("DATABASES", VAR_DIR=var, DATABASE_URL=address)["DATABASES"]["default"]
    assert database["ENGINE"] == "core.postgresql"
    assert (database["NAME"], database["HOST"], database["PORT"]) == ("portal", "db.example", 5433)
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (600, True)
    assert "transaction_mode" not in database.get("OPTIONS", {})


def test_no_request_is_one_long_transaction(var: str) -> None:
    for address in ("", "postgres://db.example/portal"):
        variables = {"DATABASE_URL": address} if address else {}
        database = setting("DATABASES", VAR_DIR=var, **variables)["DATABASES"]["default"]
        assert database.get("ATOMIC_REQUESTS", False) is False
    assert not test_settings.DATABASES["default"]["ATOMIC_REQUESTS"]
