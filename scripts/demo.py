"""Serve the portal with demo data: production server, SQLite, no debugging, this machine only."""

import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"


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
    os.environ["PORTAL_MODE"] = "demo"
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "--no-input", "--verbosity", "0"], check=True)
    subprocess.run([*manage, "collectstatic", "--no-input", "--verbosity", "0"], check=True)
    subprocess.run([*manage, "seed_demo"], check=True)
    wanted = int(os.environ.get("PORT", "8000"))
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
