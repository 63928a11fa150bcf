"""The references do what they are compared for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# In a process of its own, since the references have settings of their own.
LOOK = """
import json, django
django.setup()
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
client = Client()
with CaptureQueriesContext(connection) as page:
    body = client.get("/news/measured/").content
    queries = len(page)
for key in "aba":
    client.post("/unique/", {"key": key}, content_type="application/json")
client.post("/upsert/")
with connection.cursor() as cursor:
    cursor.execute("SELECT SUM(n) FROM reference_day")
    counted = cursor.fetchone()[0]
    cursor.execute("PRAGMA synchronous")
    synchronous = cursor.fetchone()[0]
print(json.dumps({"queries": queries, "counted": counted, "synchronous": synchronous,
    "figures": body.count(b"<figure>"), "cards": body.count(b'<article class="card">'),
    "pictures": body.count(b"<picture>"), "bare": client.get("/bare/x-gzip/").headers.get(
    "Content-Encoding"), "bytes": len(client.get("/bare/x-gzip/").content)}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder: Path = tmp_path_factory.mktemp("reference")
    (folder / "x-gzip").write_bytes(b"x" * 321)
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "bench.reference.settings",
        "REFERENCE": "page",
        "BODIES": str(folder),
    }
    options = ["--photos", "2", "--related", "3", "--pictured", "1", "--size", "3000"]
    for words in (["-m", "bench.reference.seed", *options], ["-c", LOOK]):
        done = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_ordinary_page_asks_five_times(seen: dict[str, object]) -> None:
    assert seen["queries"] == 5
    assert (seen["figures"], seen["cards"], seen["pictures"]) == (2, 3, 3)


def test_a_key_counts_once_and_durably(seen: dict[str, object]) -> None:
    assert seen["counted"] == 3, "two keys and one plain upsert"
    assert seen["synchronous"] == 2


def test_the_constant_page_sends_what_lies_there(seen: dict[str, object]) -> None:
    assert (seen["bare"], seen["bytes"]) == ("gzip", 321)
