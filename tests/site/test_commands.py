"""The commands that a newcomer types: they stop with a sentence, not with a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def demo(**environment: str) -> subprocess.CompletedProcess[str]:
    """Run `scripts/demo.py` with these variables, to the end."""
    inherited = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "PORTAL_MODE")}
    command = [sys.executable, "scripts/demo.py"]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("port", ["abc", "80000", "0", "-1", "²"])
def test_demo_names_a_port_that_is_none(port: str, tmp_path: Path) -> None:
    done = demo(PORT=port, VAR_DIR=str(tmp_path))
    assert done.returncode == 1
    assert f"PORT must be a number from 1024 to 65000, not {port!r}." in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "variable", [{"DATABASE_URL": "sqlite:////nowhere/x"}, {"PORTAL_MODE": "production"}]
)
def test_demo_keeps_out_of_an_installation(variable: dict[str, str], tmp_path: Path) -> None:
    done = demo(**variable, VAR_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "looks like an installation" in done.stderr
    assert list(tmp_path.iterdir()) == []
