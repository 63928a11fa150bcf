"""Load by wrk on the same machine, and what it saw."""

import os
import re
import secrets
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.report import NotMeasured

BEACON = Path(__file__).with_name("beacon.lua")
ADDRESSES = Path(__file__).with_name("addresses.lua")
THREADS = 2
DISTINCT, APART = "distinct", "apart"
TIMEOUT_S = 30
UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
TOTAL = re.compile(r"^ *(\d+) requests in ([\d.]+)(us|ms|s|m),", re.M)
RATE = re.compile(r"^Requests/sec: +([\d.]+)$", re.M)
P99 = re.compile(r"^ +99% +([\d.]+)(us|ms|s|m) *$", re.M)
SOCKETS = re.compile(
    r"^ *Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)$", re.M
)
REFUSED = re.compile(r"^ *Non-2xx or 3xx responses: (\d+)$", re.M)


@dataclass(frozen=True)
class Figures:
    """What one run of wrk saw."""

    requests: int
    per_second: float
    p99_ms: float
    refused: int = 0
    socket_errors: int = 0

    @property
    def answered(self) -> int:
        """Requests whose answer came and was no error."""
        return self.requests - self.refused


@dataclass(frozen=True)
class Load:
    """What wrk shall ask for.

    With `keys`, it posts one key again and again or distinct ones; with APART, it asks each time
    for an address of its own, so that no answer has been kept.
    """

    url: str
    connections: int
    headers: Mapping[str, str]
    keys: str = ""

    def command(self, seconds: int) -> list[str]:
        """The command line."""
        threads = min(THREADS, self.connections)
        words = ["wrk", f"-t{threads}", f"-c{self.connections}", f"-d{seconds}s", "--latency"]
        words += ["--timeout", f"{TIMEOUT_S}s"]
        for name, value in self.headers.items():
            words += ["-H", f"{name}: {value}"]
        if not self.keys:
            return [*words, self.url]
        # A seed for each run, so that no run sends what another did.
        seed = str(secrets.randbelow(2**40))
        if self.keys == APART:
            return [*words, "-s", str(ADDRESSES), self.url, "--", seed]
        return [*words, "-s", str(BEACON), self.url, "--", seed, self.keys]

    def run(self, seconds: int) -> Figures:
        """Put the load on the server; raise NotMeasured if a request failed."""
        done = subprocess.run(
            self.command(seconds), capture_output=True, text=True, check=False, timeout=300
        )
        if done.returncode:
            raise NotMeasured(f"wrk failed: {(done.stderr or done.stdout).strip()[-200:]}")
        figures = parse(done.stdout)
        if figures.refused or figures.socket_errors:
            raise NotMeasured(
                f"of {figures.requests} requests at {self.connections} connections "
                f"{figures.refused} were refused and {figures.socket_errors} found no answer"
            )
        return figures


def parse(output: str) -> Figures:
    """Read what wrk prints with --latency; raise NotMeasured for anything else."""
    total, rate, p99 = TOTAL.search(output), RATE.search(output), P99.search(output)
    if total is None or rate is None or p99 is None:
        raise NotMeasured(f"wrk printed no figures: {output.strip()[-200:]}")
    refused, sockets = REFUSED.search(output), SOCKETS.search(output)
    return Figures(
        requests=int(total[1]),
        per_second=float(rate[1]),
        p99_ms=float(p99[1]) * UNITS_MS[p99[2]],
        refused=int(refused[1]) if refused else 0,
        socket_errors=sum(map(int, sockets.groups())) if sockets else 0,
    )


@dataclass(frozen=True)
class Pace:
    """How long and how often is measured."""

    seconds: int = 2
    rounds: int = 3


@dataclass(frozen=True)
class Measured:
    """Medians over the rounds."""

    per_second: float
    p99_ms: float


def interleaved(runs: Mapping[str, Callable[[int], Figures]], pace: Pace) -> dict[str, Measured]:
    """Run each for a second to warm up, then all in turn, round by round; return the medians.

    What is compared is measured alternately, so that a slow minute of the machine meets both.
    """
    for run in runs.values():
        run(min(1, pace.seconds))
    seen: dict[str, list[Figures]] = {name: [] for name in runs}
    for _round in range(pace.rounds):
        for name, run in runs.items():
            seen[name].append(run(pace.seconds))
    return {
        name: Measured(
            statistics.median(each.per_second for each in figures),
            statistics.median(each.p99_ms for each in figures),
        )
        for name, figures in seen.items()
    }


def ratio(figures: Mapping[str, Measured], ours: str, reference: str) -> float | None:
    """Our requests per second as a multiple of the reference's, if both were measured."""
    if ours not in figures or reference not in figures:
        return None
    return figures[ours].per_second / figures[reference].per_second


def p99_ratio(figures: Mapping[str, Measured], ours: str, reference: str) -> float | None:
    """Our 99th percentile as a multiple of the reference's, if both were measured."""
    if ours not in figures or reference not in figures:
        return None
    return figures[ours].p99_ms / figures[reference].p99_ms


def need_wrk() -> None:
    """Install wrk where that is allowed and usual; else say how, and end."""
    if shutil.which("wrk"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-q"], ["install", "-qy", "wrk"]):
            subprocess.run(["apt-get", *words], env=environment, check=False)
    if not shutil.which("wrk"):
        sys.exit("The load comes from wrk, which is missing here: sudo apt-get install wrk")
