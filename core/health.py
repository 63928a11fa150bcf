"""`/healthz` and `/readyz` for whoever watches the server.

They are answered before hosts, redirects and sessions are looked at, since a probe comes from
the machine itself, by address and without TLS.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import Error, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

MIN_FREE_BYTES = 200 * 1024 * 1024
PROBE_WAIT_MS = 100
MAX_BACKUP_AGE_S = 26 * 3600


class _Undo(Exception):
    """Ends the probe's transaction, which must leave nothing behind."""


@contextmanager
def _short_wait() -> Iterator[None]:
    """Let SQLite wait for another writer no longer than a probe may take."""
    if connection.vendor != "sqlite":
        yield
        return
    timeout_ms = round(connection.settings_dict["OPTIONS"]["timeout"] * 1000)
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {PROBE_WAIT_MS}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {timeout_ms}")


def database_fault() -> str:
    """Return why a row cannot be written, or ""; the row is rolled back."""
    try:
        with _short_wait(), transaction.atomic():
            Session.objects.create(
                session_key=f"readyz-{time.time_ns()}"[:40], expire_date=timezone.now()
            )
            raise _Undo
    except _Undo:
        return ""
    except Error as error:
        return f"database: {type(error).__name__}"


def disk_fault(folder: Path) -> str:
    """Return why a file cannot be written under `folder`, or ""."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"readyz")
            os.fsync(file.fileno())
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return f"disk: {type(error).__name__}"
    return "" if free >= MIN_FREE_BYTES else "disk: less than 200 MB free"


def backup_fault(folder: str) -> str:
    """Return why the newest file in `folder` is no recent backup, or ""; "" if none is kept."""
    if not folder:
        return ""
    try:
        newest = max((p.stat().st_mtime for p in Path(folder).iterdir() if p.is_file()), default=0)
    except OSError as error:
        return f"backup: {type(error).__name__}"
    return "" if time.time() - newest <= MAX_BACKUP_AGE_S else "backup: older than 26 hours"


class HealthMiddleware:
    """Answer the two probes; every other request goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path == "/readyz":
            faults = [
                database_fault(),
                disk_fault(Path(settings.MEDIA_ROOT)),
                backup_fault(settings.BACKUP_DIR),
            ]
            found = [fault for fault in faults if fault]
            return JsonResponse({"ready": not found, "faults": found}, status=503 if found else 200)
        return self.get_response(request)
