"""The files of a tree, and what they hold."""

import ast
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SKIPPED_FOLDERS = {".git", ".venv", "var", "build", "__pycache__", "node_modules"}
NOT_APPS = {"tests", "scripts", "bench", "docs", "deploy"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def files(root: Path) -> list[str]:
    """Return the paths git tracks or would track; without git, of every file that is no rubbish."""
    if (root / ".git").exists():
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(
            command, cwd=root, check=True, capture_output=True, text=True
        ).stdout
        return sorted({name for name in listed.split("\0") if name and (root / name).is_file()})
    names = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(
        name.as_posix()
        for name in names
        if not SKIPPED_FOLDERS & set(name.parts)
        and not any(part.endswith("_cache") for part in name.parts)
    )


def read(path: Path) -> str:
    """Return the text of a file, or nothing if it is not text."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return ""


def python_files(root: Path) -> list[str]:
    """Return the Python files that keep the limits: all but tests and migrations."""
    names = (name for name in files(root) if name.endswith(".py"))
    return [name for name in names if not name.startswith("tests/") and "/migrations/" not in name]


def app_files(root: Path) -> list[str]:
    """Return the Python files of the apps."""
    return [name for name in python_files(root) if name.split("/")[0] not in NOT_APPS]


def template_files(root: Path) -> list[str]:
    """Return the files in templates/ of the project and of its apps."""
    names = files(root)
    return [name for name in names if "templates" in name.split("/")[:2] and "tests/" not in name]


@cache
def parse(path: Path, _version: int) -> ast.Module:
    """Return the syntax tree of a file in one version."""
    with tokenize.open(path) as file:
        return ast.parse(file.read())


def tree(root: Path, name: str) -> ast.Module:
    """Return the syntax tree of a file."""
    return parse(root / name, (root / name).stat().st_mtime_ns)


def functions(root: Path, name: str) -> Iterator[tuple[Function, bool]]:
    """Yield every function of a file, and whether it is a method."""
    for parent in ast.walk(tree(root, name)):
        for child in ast.iter_child_nodes(parent):
            if isinstance(child, Function):
                yield child, isinstance(parent, ast.ClassDef)
