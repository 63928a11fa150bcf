"""The probes tell the truth about database, disk and backup."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from core import health


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def ready() -> tuple[int, list[str]]:
    """The status of /readyz and what it names."""
    response = Client().get("/readyz")
    told = response.json()
    assert told["ready"] == (response.status_code == 200)
    return response.status_code, [fault.partition(":")[0] for fault in told["faults"]]


def test_healthz_needs_no_database(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response["Content-Type"] == "text/plain"


@pytest.mark.django_db
def test_all_is_well_and_no_row_stays(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    before = list(Session.objects.values_list())
    assert ready() == (200, [])
    assert ready() == (200, [])
    assert list(Session.objects.values_list()) == before == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["10.0.0.7:8000", "evil.example", "", "[::1"])
def test_probe_is_answered_by_any_name_without_tls(
    host: str, path: str, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["portal.example"]
    settings.SECURE_SSL_REDIRECT = True
    response = Client().get(path, headers={"host": host})
    assert response.status_code == 200
    assert not response.cookies
    assert Client().get("/", headers={"host": "portal.example"}).status_code == 301


@pytest.mark.django_db
def test_database_that_refuses_a_row_is_named() -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = ON")
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
    try:
        assert ready() == (503, ["database"])
        assert Client().get("/healthz").status_code == 200
    finally:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA query_only = OFF")


ASK = """
import json, sys, logging, django
django.setup()
logging.disable()
from django.test import Client
client = Client(raise_request_exception=False, headers={"host": "localhost"})
client.cookies["sessionid"] = "x" * 32
paths = ["/healthz", "/readyz", "/", "/khong-co/", "/quan-tri/", "/robots.txt", "/static/none.css"]
answers = {path: client.get(path) for path in paths}
print(json.dumps({path: [a.status_code, a.content.decode()] for path, a in answers.items()}))
"""


@pytest.mark.parametrize(
    "address",
    ["sqlite:////no-such-folder-here/geheim.sqlite3", "postgres://u:geheim@127.0.0.1:1/portal"],
    ids=["sqlite", "postgresql"],
)
def test_portal_without_its_database_says_so_on_every_page(address: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=Path(__file__).parents[2],
        env={
            "PATH": os.environ["PATH"],
            "PORTAL_MODE": "test",
            "VAR_DIR": str(tmp_path),
            "DATABASE_URL": address,
            "DJANGO_SETTINGS_MODULE": "doanhuyen.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    answers = json.loads(ran.stdout)
    assert {path: status for path, (status, _body) in answers.items()} == {
        "/healthz": 200,
        "/readyz": 503,
        "/": 503,
        "/khong-co/": 503,
        "/quan-tri/": 503,
        "/robots.txt": 503,
        "/static/none.css": 503,
    }
    # The kind of fault, not its words: they may hold the path or the account.
    assert json.loads(answers["/readyz"][1])["faults"] == ["database: OperationalError"]
    assert [path for path, (_status, body) in answers.items() if "geheim" in body] == []
    assert "<h1>" in answers["/"][1]


@pytest.mark.django_db
def test_folder_that_cannot_be_written_is_named(tmp_path: Path, settings: Settings) -> None:
    blocked = tmp_path / "media"
    blocked.write_bytes(b"a file where the folder should be")
    settings.MEDIA_ROOT = blocked
    assert ready() == (503, ["disk"])
    blocked.unlink()
    assert ready() == (200, [])
    assert list(blocked.iterdir()) == []


@pytest.mark.django_db
@pytest.mark.parametrize(("free", "status"), [(0, 503), (-1, 503), (1, 200)])
def test_disk_that_is_nearly_full_is_named(
    free: int, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = health.MIN_FREE_BYTES + free if free else 0
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(10**12, 10**12 - left, left))
    assert ready() == (status, ["disk"] if status == 503 else [])
    assert health.MIN_FREE_BYTES == 200 * 1024 * 1024


@pytest.mark.django_db
@pytest.mark.parametrize(("hours", "status"), [(25.9, 200), (26.1, 503), (0, 200)])
def test_backup_must_be_younger_than_26_hours(
    hours: float, status: int, tmp_path: Path, settings: Settings
) -> None:
    settings.BACKUP_DIR = str(tmp_path)
    for name, age in (("new.dump", hours), ("old.dump", hours + 48)):
        (tmp_path / name).write_bytes(b"x")
        then = time.time() - age * 3600
        os.utime(tmp_path / name, (then, then))
    assert ready() == (status, ["backup"] if status == 503 else [])


@pytest.mark.django_db
def test_backup_that_is_absent_is_named(tmp_path: Path, settings: Settings) -> None:
    settings.BACKUP_DIR = str(tmp_path)
    (tmp_path / "a-folder-is-no-backup").mkdir()
    assert ready() == (503, ["backup"])
    settings.BACKUP_DIR = str(tmp_path / "none")
    assert ready() == (503, ["backup"])


@pytest.mark.django_db
def test_every_fault_is_named_at_once(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise OperationalError("/srv/portal geheim")

    monkeypatch.setattr(Session.objects, "create", refuse)
    settings.BACKUP_DIR = str(tmp_path / "none")
    settings.MEDIA_ROOT = tmp_path / "file"
    settings.MEDIA_ROOT.write_bytes(b"")
    assert ready() == (503, ["database", "disk", "backup"])
    told = Client().get("/readyz").content.decode()
    assert "geheim" not in told
    assert str(tmp_path) not in told


@pytest.mark.django_db
def test_missing_media_folder_is_made(settings: Settings) -> None:
    assert not settings.MEDIA_ROOT.exists()
    assert ready() == (200, [])
    assert stat.S_ISDIR(settings.MEDIA_ROOT.stat().st_mode)


@pytest.mark.django_db(transaction=True)
def test_probe_does_not_wait_for_another_writer() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("SQLite alone has one writer at a time")
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = Client().get("/readyz")
        other.execute("ROLLBACK")
    assert answer.status_code == 503
    assert answer.json()["faults"] == ["database: OperationalError"]
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == (20_000,)
