"""Start and stop the demo as `make demo` does, for whoever wants to look at it with a browser."""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 90
# What a developer's shell may hold and the demo must not see.
FOREIGN = ("DATABASE_URL", "CACHE_URL", "MEDIA_ROOT", "SECRET_KEY", "DEBUG", "BACKUP_DIR")
ADDRESS = re.compile(r"the portal:\s+(http://[0-9.:]+)/")


@dataclass(frozen=True)
class Demo:
    """A running demo: where it answers and where it keeps its files."""

    address: str
    var_dir: Path
    pid: int

    def replace_workers(self) -> None:
        """Kill the server's workers; it starts others, which know nothing of before."""
        command = ["ps", "-o", "pid=,args=", "--ppid", str(self.pid)]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        workers = [
            line.split()[0] for line in listed.splitlines() if "resource_tracker" not in line
        ]
        for worker in workers:
            os.kill(int(worker), signal.SIGKILL)
        host, _, port = self.address.removeprefix("http://").partition(":")
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            time.sleep(0.1)
            with socket.socket() as probe:
                if probe.connect_ex((host, int(port))) == 0:
                    return
        raise RuntimeError("no worker was started again")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_ready(address: str) -> bool:
    host, _, port = address.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _wait(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """Return the address that the demo printed, once it answers."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        printed = ADDRESS.search(log.read_text("utf-8", "replace"))
        if printed and _is_ready(printed[1]):
            return printed[1]
        time.sleep(0.1)
    raise RuntimeError(f"the demo did not start:\n{log.read_text('utf-8', 'replace')[-4000:]}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End the server politely, then whatever is left of its group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def running_demo(var_dir: Path) -> Iterator[Demo]:
    """Run `scripts/demo.py` on a free port with its files in `var_dir` until the block ends."""
    var_dir.mkdir(parents=True, exist_ok=True)
    log = var_dir / "demo.log"
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    environment |= {"PORT": str(_free_port()), "VAR_DIR": str(var_dir), "PYTHONUTF8": "1"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "scripts/demo.py"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield Demo(_wait(process, log), var_dir, process.pid)
        finally:
            _stop(process)
