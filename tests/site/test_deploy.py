"""The shipped deployment files do what they say: nginx, server and systemd run them for real."""

import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPResponse
from pathlib import Path

import html5lib
import pytest
from django.conf import settings
from django.core.management import get_commands

from core.middleware import HEADERS
from tests.site.deployment import (
    CONFIG,
    HASHED,
    HOST,
    ROOT,
    STUB,
    UNITS,
    Site,
    free_port,
    make_certificate,
    need,
    nginx_running,
    put,
    running,
    server_command,
)

OUTSIDE = "127.0.0.2"  # Loopback too, but not the address that nginx exempts from its limits.
SANDBOX = "default-src 'none'; sandbox"


@pytest.fixture(scope="module")
def down(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The shipped nginx file while the app is down."""
    with nginx_running(tmp_path_factory.mktemp("down")) as site:
        yield site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The shipped nginx file with the stub behind it, run by the command of the systemd unit."""
    with (
        nginx_running(tmp_path_factory.mktemp("site")) as site,
        running(server_command(site.app), site.folder, site.app),
    ):
        yield site


def expected_headers() -> dict[str, str]:
    """Return the security headers that the app sets in production, without the CSP."""
    return HEADERS | {
        "Cross-Origin-Opener-Policy": str(settings.SECURE_CROSS_ORIGIN_OPENER_POLICY),
        "Referrer-Policy": str(settings.SECURE_REFERRER_POLICY),
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
    }


def assert_own_headers(response: HTTPResponse) -> None:
    """Each security header is there once, as the app would send it; the CSP is no looser."""
    (policy,) = response.headers.get_all("Content-Security-Policy") or []
    assert policy.startswith("default-src 'none'; ")
    for directive in policy.split("; "):
        name, *sources = directive.split()
        assert set(sources) <= {*settings.SECURE_CSP[name], "'none'"}, directive
    for name, value in expected_headers().items():
        assert response.headers.get_all(name) == [value], name


# The nginx file


def test_nginx_accepts_the_shipped_file(tmp_path: Path) -> None:
    site = Site(tmp_path, free_port(), free_port(), free_port())
    make_certificate(tmp_path / "tls")
    site.write()
    done = subprocess.run(site.command("-t"), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr
    assert "test is successful" in done.stderr


def test_body_limit_is_that_of_the_settings() -> None:
    found = re.findall(r"client_max_body_size (\d+)m;", CONFIG.read_text("utf-8"))
    assert [int(megabytes) * 1024 * 1024 for megabytes in found] == [settings.REQUEST_MAX_BYTES]


def test_plain_http_only_redirects_and_proves_the_host(down: Site) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", down.plain, timeout=10)) as connection:
        connection.request("GET", "/tin-tuc/?trang=2", headers={"Host": "other.example"})
        response = connection.getresponse()
        response.read()
        assert response.status == 301
        assert response.headers["Location"] == f"https://{HOST}/tin-tuc/?trang=2"
        connection.request("GET", "/.well-known/acme-challenge/token")
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"proof")


def test_tls_is_modern_and_offers_http2(down: Site) -> None:
    context = ssl.create_default_context(cafile=down.folder / "tls/fullchain.pem")
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", down.secure), timeout=10) as raw,
        context.wrap_socket(raw, server_hostname=HOST) as connection,
    ):
        assert connection.selected_alpn_protocol() == "h2"
        assert connection.version() == "TLSv1.3"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_app_that_is_down_is_a_polite_page(down: Site, method: str) -> None:
    response, body = down.ask("/tin-tuc/", method, b"a=1" if method == "POST" else None)
    assert response.status == 503
    assert response.headers["Retry-After"] == "60"
    assert response.headers["Content-Type"] == "text/html"
    assert "Cổng thông tin đang được bảo trì" in body.decode()
    assert "Cache-Control" not in response.headers
    assert_own_headers(response)


def test_style_of_the_polite_page_comes_without_the_app(down: Site) -> None:
    response, body = down.ask("/static/css/portal.css")
    assert (response.status, body) == (200, b"main { color: black }")
    assert response.headers["Content-Type"] == "text/css"
    assert response.headers["Cache-Control"] == "max-age=60, public"
    assert_own_headers(response)


def test_hashed_static_file_is_compressed_and_kept(site: Site) -> None:
    response, body = site.ask(f"/static/{HASHED}", headers={"Accept-Encoding": "gzip"})
    assert (response.status, body) == (200, b"compressed before")
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Vary"] == "Accept-Encoding"
    assert response.headers["Cache-Control"] == "max-age=31536000, public, immutable"
    assert_own_headers(response)
    assert site.ask(f"/static/{HASHED}")[1] == b"main { color: black }"


def test_missing_static_file_is_the_apps_answer(site: Site) -> None:
    response, _body = site.ask("/static/css/missing.0123456789ab.css")
    assert response.headers["X-Request-ID"] == "STUB2345"
    assert "Cache-Control" not in response.headers


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "chunked"])
def test_upload_of_50_mb_is_413(site: Site, declared: bool) -> None:
    body = b"x" * (50 * 1024 * 1024)
    with closing(http.client.HTTPConnection(HOST)) as connection:
        connection.sock = site.connect()
        sent = body if declared else (body[i : i + 2**20] for i in range(0, len(body), 2**20))
        connection.request("POST", "/quan-tri/", sent)
        response = connection.getresponse()
        text = response.read().decode()
    assert response.status == 413
    assert "quá lớn" in text
    assert_own_headers(response)


def test_upload_within_the_limit_arrives_whole(site: Site) -> None:
    size = settings.REQUEST_MAX_BYTES
    response, body = site.ask("/quan-tri/", "POST", b"x" * size)
    assert response.status == 200
    assert json.loads(body)["length"] == size


def test_photo_keeps_the_headers_of_the_app(site: Site) -> None:
    response, body = site.ask("/anh/tin/photo.webp")
    assert (response.status, body) == (200, b"RIFF-photo")
    expected = {
        "Content-Type": "image/webp",
        "Content-Disposition": "inline",
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
        "X-Request-ID": "STUB2345",
    }
    for name, value in expected.items():
        assert response.headers.get_all(name) == [value], name
    assert "X-Accel-Redirect" not in response.headers


@pytest.mark.parametrize("path", ["/_anh/tin/photo.webp", "/_loi/503.html", "/anh/tin/gone.webp"])
def test_what_is_internal_or_gone_is_the_apps_answer(site: Site, path: str) -> None:
    response, body = site.ask(path)
    assert response.headers["Content-Type"] == "application/json"
    assert b"photo" not in body
    assert response.headers.get_all("X-Request-ID") == ["STUB2345"]


def test_app_hears_only_what_nginx_says_of_the_sender(site: Site) -> None:
    lies = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Forwarded"]
    lies += ["X-Request-ID", "Proxy", "X_Forwarded_Proto"]
    _response, body = site.ask("/", headers=dict.fromkeys(lies, "lie"), source=OUTSIDE)
    told = json.loads(body)
    assert "lie" not in told.values()
    assert told["HTTP_X_FORWARDED_FOR"] == OUTSIDE
    assert told["HTTP_X_FORWARDED_PROTO"] == "https"
    assert told["HTTP_HOST"] == HOST


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/app-503", 503)])
def test_answers_of_the_app_pass_unchanged(site: Site, path: str, status: int) -> None:
    response, body = site.ask(path, headers={"Accept-Encoding": "gzip"})
    assert (response.status, json.loads(body)["HTTP_HOST"]) == (status, HOST)
    assert response.headers.get_all("Content-Security-Policy") == [
        "default-src 'none'; img-src 'self'"
    ]
    assert not {"X-Frame-Options", "Retry-After", "Content-Encoding"} & set(response.headers)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "//readyz", "/%72eadyz", "/x/../readyz"])
def test_probes_are_for_the_machine_itself(site: Site, path: str) -> None:
    assert site.ask(path)[0].status == 200
    response, body = site.ask(path, source=OUTSIDE)
    assert response.status == 403
    assert b"HTTP_HOST" not in body
    assert_own_headers(response)


def test_flood_from_one_address_is_slowed_and_others_are_not(site: Site) -> None:
    statuses = []
    with closing(http.client.HTTPConnection(HOST)) as connection:
        connection.sock = site.connect("127.0.0.3")
        for _request in range(600):
            connection.request("GET", "/")
            response = connection.getresponse()
            text = response.read().decode()
            statuses.append(response.status)
            if response.status == 429:
                break
    assert statuses.count(200) >= 300
    assert statuses[-1] == 429
    assert "quá nhiều yêu cầu" in text
    assert response.headers["Retry-After"] == "10"
    assert_own_headers(response)
    assert site.ask("/", source="127.0.0.4")[0].status == 200


def test_200_stalled_uploads_do_not_stop_others(site: Site) -> None:
    head = f"POST /quan-tri/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000000\r\n\r\nabc"
    with ExitStack() as stack:
        for _upload in range(200):
            stack.enter_context(site.connect("127.0.0.5")).sendall(head.encode())
        statuses = [site.ask("/", source="127.0.0.5")[0].status for _page in range(40)]
    # A server held up by them would answer none before the client's time is over.
    assert statuses == [200] * 40


# The server, by the command of the unit


def workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    """Return the ids of the worker processes, without Python's own helper."""
    done = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(process.pid)],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
    return [int(pid) for pid, args in lines if "resource_tracker" not in args]


def get(port: int, path: str) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        return response.status


def test_stop_finishes_running_requests(tmp_path: Path) -> None:
    port, statuses = free_port(), list[int]()
    put(tmp_path / "stub.py", STUB.encode())
    with running(server_command(port), tmp_path, port) as server:
        get(port, "/")
        slow = threading.Thread(target=lambda: statuses.append(get(port, "/slow")))
        slow.start()
        time.sleep(0.7)
        server.terminate()
        slow.join(10)
        assert statuses == [200]
        assert server.wait(10) == 0


def test_killed_worker_is_replaced_within_10_seconds(tmp_path: Path) -> None:
    need("ps")
    port = free_port()
    put(tmp_path / "stub.py", STUB.encode())
    with running(server_command(port), tmp_path, port) as server:
        get(port, "/")
        before = workers_of(server)
        assert len(before) == 2
        os.kill(before[0], signal.SIGKILL)
        end = time.monotonic() + 10
        while len(set(workers_of(server)) - {before[0]}) < 2 and time.monotonic() < end:
            time.sleep(0.2)
        assert time.monotonic() < end
        assert [get(port, "/") for _request in range(10)] == [200] * 10


# The units


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    verify = need("systemd-analyze")
    for unit in UNITS.iterdir():
        text = unit.read_text("utf-8")
        text = text.replace("/srv/doanhuyen/.venv/bin", str(Path(sys.executable).parent))
        (tmp_path / unit.name).write_text(text.replace("/srv/doanhuyen", str(ROOT)), "utf-8")
    paths = sorted(str(path) for path in tmp_path.iterdir())
    assert len(paths) == 7
    done = subprocess.run([verify, "verify", *paths], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_services_are_confined_alike() -> None:
    texts = [path.read_text("utf-8") for path in sorted(UNITS.glob("*.service"))]
    start = "# What the process may touch"
    confined = [text.partition(start)[2].partition("[Install]")[0].strip() for text in texts]
    assert len(confined) == 4
    assert len(set(confined)) == 1
    for line in ("ProtectSystem=strict", "NoNewPrivileges=yes", "PrivateTmp=yes"):
        assert line in confined[0]
    assert all("\nUser=doanhuyen\n" in text for text in texts)


def test_nightly_jobs_run_commands_that_exist() -> None:
    found = [
        name
        for path in UNITS.glob("*.service")
        for name in re.findall(r"manage\.py (\w+)", path.read_text("utf-8"))
    ]
    assert sorted(found) == ["clean_visits", "clearsessions", "sweep_photos"]
    assert set(found) <= set(get_commands())


# The environment and the document


def variables() -> set[str]:
    """Return the names that settings.py reads."""
    source = (ROOT / "doanhuyen/settings.py").read_text("utf-8")
    return set(re.findall(r"""\benv(?:\.\w+)?\(\s*["'](\w+)["']""", source))


def test_env_example_names_exactly_the_variables() -> None:
    text = (ROOT / "deploy/env.example").read_text("utf-8")
    assert len(variables()) >= 12
    assert set(re.findall(r"^([A-Z_]+)=", text, re.M)) == variables()
    assert set(re.findall(r"^#([A-Z_]+)=", text, re.M)) <= variables()
    assert re.search(r"^SECRET_KEY=$", text, re.M), "The example must hold no secret."


def test_operations_document_names_exactly_the_variables() -> None:
    text = (ROOT / "docs/operations.md").read_text("utf-8")
    table = text.partition("## Environment variables")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.M)) == variables()


def test_env_example_starts_production_once_it_has_a_key(tmp_path: Path) -> None:
    text = (ROOT / "deploy/env.example").read_text("utf-8")
    text = text.replace("/var/lib/doanhuyen", str(tmp_path))
    start = (
        f"import environ; environ.Env.read_env({str(tmp_path / 'env')!r});"
        "import doanhuyen.settings as s; print(s.MODE, s.ALLOWED_HOSTS, s.MEDIA_ACCEL_URL)"
    )
    command, env = [sys.executable, "-c", start], {"PATH": os.environ["PATH"]}
    results = []
    for key in ("", "0123456789abcdefghijklmnopqrstuvwxyz" * 2):
        content = text.replace("SECRET_KEY=", f"SECRET_KEY={key}")
        (tmp_path / "env").write_text(content, "utf-8")
        results.append(
            subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        )
    assert "Refusing to start" in results[0].stderr
    assert results[1].stdout.strip() == f"production ['{HOST}'] /_anh/", results[1].stderr


# The pages nginx shows by itself


@pytest.mark.parametrize("status", [413, 429, 503])
def test_static_page_is_valid_and_needs_nothing_but_static_files(status: int) -> None:
    text = (CONFIG.parent / f"{status}.html").read_text("utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    assert '<html lang="vi">' in text
    assert text.count("<h1>") == 1
    assert not re.search(r"style=|<style|<script|\bon\w+=|https?:", text)
    links = re.findall(r'(?:src|href)="(/[^"]+)"', text)
    assert len(links) == 3
    assert all((ROOT / link[1:]).is_file() for link in links), links
    assert f"error_page {status} /_loi/" in CONFIG.read_text("utf-8") or status == 503
