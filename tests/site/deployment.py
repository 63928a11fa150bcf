"""The shipped nginx file and the server of the shipped unit, run in a folder of a test's own."""

import http.client
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "deploy/nginx/doanhuyen.conf"
UNITS = ROOT / "deploy/systemd"
HOST = "doanhuyen.example.vn"
HASHED = "css/portal.0123456789ab.css"
MIME_TYPES = "/etc/nginx/mime.types"

STUB = '''
import json, time

def application(environ, start_response):
    """Do what the path says; the headers are those of the portal's own answers."""
    path, headers = environ["PATH_INFO"], [("X-Request-ID", "STUB2345")]
    if path == "/slow":
        time.sleep(2)
    if path.startswith("/anh/"):
        headers += [("X-Accel-Redirect", "/_anh/" + path[5:]), ("Content-Type", "image/webp"),
            ("Content-Disposition", "inline"), ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "default-src 'none'; sandbox"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cache-Control", "private, no-store")]
        start_response("200 OK", headers)
        return [b""]
    told = {k: v for k, v in environ.items() if k.startswith("HTTP_")}
    told["length"] = len(environ["wsgi.input"].read())
    body = json.dumps(told).encode()
    headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body))),
        ("Content-Security-Policy", "default-src 'none'; img-src 'self'")]
    start_response("503 Busy" if path == "/app-503" else "200 OK", headers)
    return [body]
'''


def need(tool: str) -> str:
    """Return the path of a program; without it the test is skipped, but fails in CI."""
    found = shutil.which(tool, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"{tool} is not installed, and CI must not leave this out.")
    if found is None:
        pytest.skip(f"{tool} is not installed on this machine.")
    return found


def free_port() -> int:
    """Return a port of the loopback address on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Return once somebody listens on `port`."""
    for _attempt in range(150):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"nobody listens on {port}")


@contextmanager
def running(command: list[str], folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in `folder` until the block ends; its output goes to a file there."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder)}
    with (
        (folder / f"{port}.log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log) as process,
    ):
        try:
            wait_for(port)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def server_command(port: int) -> list[str]:
    """Return the unit's command, with the stub in place of the portal and another port."""
    line = re.search(r"^ExecStart=(.+)$", (UNITS / "doanhuyen.service").read_text("utf-8"), re.M)
    assert line
    words = shlex.split(line[1])
    words[0] = str(Path(sys.executable).with_name("granian"))
    words[words.index("doanhuyen.wsgi:application")] = "stub:application"
    words[words.index("--port") + 1] = str(port)
    return words


@dataclass
class Site:
    """The shipped nginx file at work, in `folder`; the app may or may not run behind it."""

    folder: Path
    plain: int
    secure: int
    app: int

    @property
    def config(self) -> Path:
        return self.folder / "nginx.conf"

    @property
    def cache(self) -> Path:
        """Where the pages are that nginx keeps."""
        return self.folder / "pages"

    def write(self) -> None:
        """Adapt ports and paths of the shipped file, and wrap it as Debian's nginx.conf does."""
        text = CONFIG.read_text("utf-8")
        for old, new in {
            "listen 80;": f"listen 127.0.0.1:{self.plain};",
            "listen 443 ": f"listen 127.0.0.1:{self.secure} ",
            "127.0.0.1:8000": f"127.0.0.1:{self.app}",
            "/etc/doanhuyen": str(self.folder),
            "/var/lib/doanhuyen": str(self.folder),
            "/run/doanhuyen-pages": str(self.cache),
            "/srv/doanhuyen": str(ROOT),
        }.items():
            assert old in text, f"{CONFIG.name} has no {old!r}"
            text = text.replace(old, new)
        text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.M)
        (self.folder / "site.conf").write_text(text, "utf-8")
        temp = "".join(
            f"{kind}_temp_path {self.folder}/temp-{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        # Workers of a root's nginx would be nobody, who cannot read the folders of a test.
        self.config.write_text(
            f"{'user root;' if os.geteuid() == 0 else ''}\ndaemon off;\nworker_processes 1;\n"
            f"pid {self.folder}/nginx.pid;\nevents {{ worker_connections 2048; }}\n"
            f"http {{\ninclude {MIME_TYPES};\ngzip on;\naccess_log off;\n{temp}"
            f"include {self.folder}/site.conf;\n}}\n"
        )

    def command(self, *options: str) -> list[str]:
        """Return how nginx is started on the adapted file."""
        log = str(self.folder / "error.log")
        command = [need("nginx"), "-p", str(self.folder), "-e", log, "-c", str(self.config)]
        return [*command, *options]

    def connect(self, source: str = "127.0.0.1", protocol: str = "http/1.1") -> ssl.SSLSocket:
        """Open a TLS connection that trusts the throw-away certificate only."""
        context = ssl.create_default_context(cafile=self.folder / "tls/fullchain.pem")
        context.set_alpn_protocols([protocol])
        address = ("127.0.0.1", self.secure)
        raw = socket.create_connection(address, timeout=20, source_address=(source, 0))
        return context.wrap_socket(raw, server_hostname=HOST)

    def ask(
        self,
        path: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        source: str = "127.0.0.1",
    ) -> tuple[HTTPResponse, bytes]:
        """Send one request and return its answer, read to the end."""
        with closing(http.client.HTTPConnection(HOST)) as connection:
            connection.sock = self.connect(source)
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response, response.read()

    def ask_http2(self, path: str, headers: list[tuple[str, str]]) -> bytes:
        """Get one page by HTTP/2, as browsers do, and return its body."""
        fields = [(":method", "GET"), (":scheme", "https"), (":authority", HOST), (":path", path)]
        block = b"".join(
            # Neither indexed nor compressed: an octet 0, then name and value with their lengths.
            bytes([0, len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
            for name, value in [*fields, *headers]
        )
        with self.connect(protocol="h2") as connection, connection.makefile("rb") as answer:
            settings, ends = http2_frame(4, 0, 0, b""), 0x1 | 0x4
            head = http2_frame(1, ends, 1, block)
            connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + head)
            body, flags, kind = b"", 0, -1
            while not (kind == 0 and flags & 1):
                start = answer.read(9)
                kind, flags = start[3], start[4]
                payload = answer.read(int.from_bytes(start[:3], "big"))
                body += payload if kind == 0 else b""
            return body


def http2_frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """Return one frame of HTTP/2."""
    return (
        len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload
    )


def make_certificate(folder: Path) -> None:
    """Make a certificate for HOST where the nginx file looks for it."""
    folder.mkdir()
    command = [need("openssl"), "req", "-x509", "-nodes", "-days", "2", "-subj", f"/CN={HOST}"]
    command += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-addext", f"subjectAltName=DNS:{HOST}"]
    command += ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run(command, check=True, capture_output=True)


def put(path: Path, content: bytes) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def make_site(folder: Path) -> Site:
    """Write the adapted nginx file and a few files for it to send."""
    site = Site(folder, free_port(), free_port(), free_port())
    make_certificate(folder / "tls")
    site.write()
    put(folder / "stub.py", STUB.encode())
    put(folder / "static" / HASHED, b"main { color: black }")
    put(folder / "static" / f"{HASHED}.gz", b"compressed before")
    put(folder / "static/css/portal.css", b"main { color: black }")
    put(folder / "media/tin/photo.webp", b"RIFF-photo")
    put(folder / "acme/.well-known/acme-challenge/token", b"proof")
    return site


@contextmanager
def nginx_running(folder: Path) -> Iterator[Site]:
    """Run the shipped nginx file on a few files, in front of an app that is not there."""
    site = make_site(folder)
    with running(site.command(), folder, site.secure):
        yield site
