"""Serve the portal with demo data: production server, SQLite, no debugging, this machine only."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"


def refuse_installation() -> None:
    """Stop where real data may lie: the demo has a published password."""
    env_file = ROOT / ".env"
    settings = env_file.read_text("utf-8") if env_file.is_file() else ""
    named = re.search(r"^(export )?(DATABASE_URL|PORTAL_MODE)=\S", settings, re.MULTILINE)
    if named or os.environ.get("DATABASE_URL") or os.environ.get("PORTAL_MODE") == "production":
        sys.exit(
            "DATABASE_URL or PORTAL_MODE is set here: this looks like an installation, and the "
            "demo would put invented data and a published password into its database."
        )


def wanted_port() -> int:
    """Return the port that PORT asks for, or 8000."""
    text = os.environ.get("PORT", "8000")
    if not text.isascii() or not text.isdecimal() or not 1024 <= int(text) <= 65_000:
        sys.exit(f"PORT must be a number from 1024 to 65000, not {text!r}.")
    return int(text)


def free_port(wanted: int) -> int:
    """Return `wanted`, or the next port nobody listens on."""
    for port in range(wanted, wanted + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    sys.exit(f"Ports {wanted} to {wanted + 49} are all taken; choose another with PORT=…")


def main() -> None:
    """Prepare the database and the files, say where to look, then become the server."""
    os.chdir(ROOT)
    refuse_installation()
    wanted = wanted_port()
    os.environ["PORTAL_MODE"] = "demo"
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "--no-input", "--verbosity", "0"], check=True)
    subprocess.run([*manage, "collectstatic", "--no-input", "--verbosity", "0"], check=True)
    subprocess.run([*manage, "seed_demo"], check=True)
    port = free_port(wanted)
    if port != wanted:
        print(f"Port {wanted} is taken; using {port}.")
    print(f"\n  Cổng thông tin · the portal:   http://{HOST}:{port}/")
    print(f"  Quản trị · the back office:   http://{HOST}:{port}/quan-tri/")
    print("  Ctrl+C dừng máy chủ · stops the server\n", flush=True)
    server = [sys.executable, "-m", "granian", "--interface", "wsgi", "doanhuyen.wsgi:application"]
    options = f"--host {HOST} --port {port} --workers 2 --blocking-threads 4 --log-level warning"
    os.execv(sys.executable, [*server, *options.split(), "--respawn-failed-workers"])  # noqa: S606


if __name__ == "__main__":
    main()
