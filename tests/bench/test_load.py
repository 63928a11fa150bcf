"""What wrk prints is read rightly, and nothing else is taken for figures."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.load import (
    ADDRESSES,
    APART,
    DISTINCT,
    Figures,
    Load,
    Measured,
    Pace,
    interleaved,
    need_wrk,
    p99_ratio,
    parse,
    ratio,
)
from bench.report import NotMeasured

HEALTHY = """\
Running 2s test @ http://127.0.0.1:9911/
  2 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   612.18us  199.81us  99.00ms   91.33%
    Req/Sec     6.55k   301.12     7.20k    66.67%
  Latency Distribution
     50%  580.00us
     75%  655.00us
     90%  755.00us
     99%    1.25ms
  26141 requests in 2.01s, 391.59MB read
Requests/sec:  13008.17
Transfer/sec:    194.87MB
"""
# With seconds, wrk pads the line.
SLOW = HEALTHY.replace("   1.25ms", "   1.10s ").replace("26141", "72").replace("13008.17", "35.80")
TROUBLED = HEALTHY.replace(
    "Requests/sec",
    "  Socket errors: connect 1, read 2, write 3, timeout 4\n"
    "  Non-2xx or 3xx responses: 141\nRequests/sec",
)


def test_figures_are_read() -> None:
    assert parse(HEALTHY) == Figures(requests=26141, per_second=13008.17, p99_ms=1.25)
    assert parse(SLOW) == Figures(requests=72, per_second=35.8, p99_ms=1100)
    assert parse(HEALTHY.replace("1.25ms", "812.00us")).p99_ms == pytest.approx(0.812)


def test_answers_that_failed_are_not_counted() -> None:
    figures = parse(TROUBLED)
    assert (figures.refused, figures.socket_errors) == (141, 10)
    assert figures.answered == 26_000


@pytest.mark.parametrize(
    "output",
    [
        "",
        "unable to connect to 127.0.0.1:1 Connection refused",
        HEALTHY.partition("Requests/sec")[0],
        HEALTHY.replace("     99%    1.25ms\n", ""),
    ],
)
def test_anything_else_is_no_measurement(output: str) -> None:
    with pytest.raises(NotMeasured, match="no figures"):
        parse(output)


def test_the_command_sends_headers_and_keys() -> None:
    plain = Load("http://127.0.0.1:1/", 8, {"Accept-Encoding": "gzip"}).command(2)
    assert plain[1:4] == ["-t2", "-c8", "-d2s"]
    assert "Accept-Encoding: gzip" in plain
    assert plain[-1] == "http://127.0.0.1:1/"
    apart = [Load("http://127.0.0.1:1/", 8, {}, APART).command(2) for _ in range(2)]
    assert apart[0][-4:-1] == [str(ADDRESSES), "http://127.0.0.1:1/", "--"]
    assert apart[0][-1] != apart[1][-1], "each run must ask for its own addresses"
    # wrk refuses more threads than connections.
    single = Load("http://127.0.0.1:1/", 1, {}, DISTINCT)
    first, second = single.command(2), single.command(2)
    assert first[1] == "-t1"
    assert first[-1] == DISTINCT
    assert first[-2] != second[-2], "each run must send keys of its own"


@pytest.fixture
def false_wrk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], None]:
    """Put a program in the place of wrk that prints a text and ends with a code."""

    def place(text: str, code: int) -> None:
        program = tmp_path / "wrk"
        (tmp_path / "text").write_text(text)
        program.write_text(f"#!/bin/sh\ncat {tmp_path / 'text'}\nexit {code}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    return place


def test_a_load_with_failed_requests_is_no_measurement(
    false_wrk: Callable[[str, int], None],
) -> None:
    load = Load("http://127.0.0.1:1/", 8, {})
    false_wrk(HEALTHY, 0)
    assert load.run(1).requests == 26141
    false_wrk(TROUBLED, 0)
    with pytest.raises(NotMeasured, match="141 were refused and 10 found no answer"):
        load.run(1)
    false_wrk("no such option", 1)
    with pytest.raises(NotMeasured, match="wrk failed: no such option"):
        load.run(1)


def test_without_wrk_one_sentence_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="wrk, which is missing here: sudo apt-get install wrk"):
        need_wrk()
    (tmp_path / "wrk").write_text("#!/bin/sh\n")
    (tmp_path / "wrk").chmod(0o755)
    assert need_wrk() is None  # type: ignore[func-returns-value]


def test_runs_alternate_and_medians_are_taken() -> None:
    calls: list[tuple[str, int]] = []
    rates = {"a": iter([1.0, 30.0, 10.0, 20.0]), "b": iter([1.0, 4.0, 400.0, 5.0])}

    def target(name: str) -> Callable[[int], Figures]:
        def run(seconds: int) -> Figures:
            calls.append((name, seconds))
            rate = next(rates[name])
            return Figures(requests=1, per_second=rate, p99_ms=rate / 10)

        return run

    found = interleaved({"a": target("a"), "b": target("b")}, Pace(seconds=2, rounds=3))
    assert calls == [("a", 1), ("b", 1)] + [("a", 2), ("b", 2)] * 3
    assert found == {"a": Measured(20.0, 2.0), "b": Measured(5.0, 0.5)}
    assert ratio(found, "a", "b") == 4.0
    assert p99_ratio(found, "a", "b") == 4.0


def test_there_is_no_ratio_without_both_figures() -> None:
    figures = {"a": Measured(1.0, 1.0)}
    assert ratio(figures, "a", "b") is None
    assert ratio(figures, "b", "a") is None
    assert p99_ratio({}, "a", "b") is None
