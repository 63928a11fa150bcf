"""Proof that every check of `make check` can fail: `python -m scripts.planted_faults`.

Copies the tree, plants one fault at a time, and expects the check to end with an error that names
it, which the same check did not name before. Ends with 1 if a check noticed nothing.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from scripts.house.source import files

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent

RUFF = (str(BIN / "ruff"), "check", ".")
FORMAT = (str(BIN / "ruff"), "format", "--check", ".")
MYPY = (PYTHON, "-m", "mypy", ".")
IMPORTS = (str(BIN / "lint-imports"),)
DJLINT = (str(BIN / "djlint"), "templates", "--lint", "--quiet")
MIGRATIONS = (PYTHON, "manage.py", "makemigrations", "--check", "--dry-run")
TRANSLATIONS = (PYTHON, "-m", "scripts.check_translations")
HOUSE = (PYTHON, "-m", "scripts.check_house")

NEW = "core/planted.py"
PAGE = "templates/planted.html"
VI = "locale/vi/LC_MESSAGES/django.po"
DEEP = "def planted(x: int) -> None:\n" + "".join(
    "    " * depth + "if x:\n" for depth in range(1, 6)
)


@dataclass(frozen=True)
class Fault:
    """Text added to the end of a file, and what the check must say of it."""

    check: tuple[str, ...]
    what: str
    path: str
    text: str
    expected: str
    size: int = 0


def long_function(lines: int, name: str = "planted") -> str:
    """Return a function of so many lines."""
    return f"def {name}() -> None:\n" + "    print()\n" * (lines - 1)


house = partial(Fault, HOUSE)
page = partial(house, path=PAGE)
FAULTS = [
    Fault(RUFF, "unused import", NEW, "import os\n", "F401"),
    Fault(FORMAT, "unformatted line", NEW, "x = {  'a':1 }\n", NEW),
    Fault(MYPY, "wrong type", NEW, 'planted: int = "one"\n', f"{NEW}:1: error"),
    Fault(IMPORTS, "arrow that points back", NEW, "import news.models\n", "core.planted"),
    Fault(DJLINT, "image without alt", PAGE, '<img src="/x.png">\n', "H013"),
    Fault(
        MIGRATIONS,
        "model without migration",
        "news/models.py",
        "\n\nclass Planted(models.Model):\n    pass\n",
        "Planted",
    ),
    Fault(TRANSLATIONS, "untranslated", VI, '\nmsgid "Planted"\nmsgstr ""\n', "not translated"),
    Fault(TRANSLATIONS, "fuzzy", VI, '\n#, fuzzy\nmsgid "Planted"\nmsgstr "Cây"\n', "fuzzy"),
    Fault(TRANSLATIONS, "obsolete", VI, '\n#~ msgid "Planted"\n#~ msgstr "Cây"\n', "obsolete"),
    Fault(TRANSLATIONS, "not compiled", VI, '\nmsgid "Planted"\nmsgstr "Cây"\n', "compiles to"),
    Fault(
        TRANSLATIONS,
        "placeholder lost",
        VI,
        '\nmsgid "%(planted)s"\nmsgstr "Cây"\n',
        "other placeholders",
    ),
    Fault(
        TRANSLATIONS,
        "sentence not in the catalogue",
        NEW,
        'from django.utils.translation import gettext as _\n\n_("Planted sentence")\n',
        "lacks 'Planted sentence'",
    ),
    Fault(
        TRANSLATIONS,
        "word of no library",
        "locale/vendor/vi/LC_MESSAGES/django.po",
        '\nmsgid "Planted"\nmsgstr "Cây"\n',
        "no library says 'Planted'",
    ),
    house("long file", NEW, "\n" * 501, f"{NEW}:501 the file"),
    page("long template", text="\n" * 201, expected=f"{PAGE}:201 the file"),
    house("long function", NEW, long_function(61), f"{NEW}:1 planted has 61 lines"),
    house(
        "many long functions",
        NEW,
        "".join(long_function(36, f"planted_{n}") for n in range(100)),
        "36 lines at p95",
    ),
    house("deep nesting", NEW, f"{DEEP}{'    ' * 6}pass\n", f"{NEW}:1 planted nests 5"),
    house("no annotations", NEW, "def planted(x): ...\n" * 100, f"{NEW}:1 planted is not fully"),
    house(
        "no docstring", "news/queries.py", "\n\ndef planted() -> None: ...\n", "planted has no doc"
    ),
    house(
        "swallowed error", NEW, "try:\n    x = 1\nexcept Exception:\n    pass\n", f"{NEW}:3 swall"
    ),
    house(
        "ignored command", "scripts/planted.sh", "false |" + "| true\n", "scripts/planted.sh:1 a"
    ),
    page("inline style", text='<p style="color: red"></p>\n', expected=f"{PAGE}:1 has inline"),
    page("inline handler", text='<p onclick="x()"></p>\n', expected=f"{PAGE}:1 has inline"),
    page("inline script", text="<script>x()</script>\n", expected=f"{PAGE}:1 has inline"),
    page("unescaped text", text="{{ planted|safe }}\n", expected=f"{PAGE}:1 declares text safe"),
    house("raw SQL", NEW, 'planted.objects.raw("SELECT 1")\n', f"{NEW}:1 declares text safe"),
    house("trust in nothing", "core/templatetags/text.py", "", "TRUSTED_LINES is stale"),
    house("registry host", NEW, "# py" + "pi.org\n", f"{NEW}:1 names the host"),
    house("path of a machine", NEW, "# /wo" + "rk/main\n", f"{NEW}:1 names a path"),
    house("index in a lock", "requirements.lock", "--index-url x\n", "names an index"),
    page("missing include", text='{% include "none.html" %}\n', expected="none.html does not"),
    page("unused template", text="<p></p>\n", expected=f"{PAGE}:1 nothing uses"),
    house("large file", "static/planted.bin", "", "static/planted.bin:1 the repo", size=21 << 20),
]


def run(check: tuple[str, ...], tree: Path) -> tuple[int, str]:
    """Run a check in a tree; return its exit code and what it said."""
    environment = {**os.environ, "PORTAL_MODE": "test", "CI": "true"}
    done = subprocess.run(
        check, cwd=tree, env=environment, check=False, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


def plant(fault: Fault, tree: Path) -> None:
    """Put the fault into the tree."""
    path = tree / fault.path
    if fault.size:
        path.write_bytes(b"\0" * fault.size)
    elif not fault.text:
        path.write_text("")
    else:
        with path.open("a", encoding="utf-8") as file:
            file.write(fault.text)


def is_noticed(fault: Fault, tree: Path, before: str) -> bool:
    """Plant the fault, run the check, put the tree back; tell whether the check named the fault."""
    path = tree / fault.path
    content = path.read_bytes() if path.is_file() else None
    plant(fault, tree)
    code, said = run(fault.check, tree)
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    return code != 0 and said.count(fault.expected) > before.count(fault.expected)


def copy_tree(tree: Path) -> None:
    """Copy the files of the project, and what mypy knows already."""
    for name in files(ROOT):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name)
    if (ROOT / ".mypy_cache").is_dir():
        shutil.copytree(ROOT / ".mypy_cache", tree / ".mypy_cache")


def main() -> int:
    """Plant every fault and print a table."""
    missed = 0
    before: dict[tuple[str, ...], str] = {}
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        copy_tree(tree)
        for fault in FAULTS:
            start = time.monotonic()
            if fault.check not in before:
                before[fault.check] = run(fault.check, tree)[1]
            noticed = is_noticed(fault, tree, before[fault.check])
            missed += not noticed
            name = " ".join(Path(part).name for part in fault.check[:3])
            seconds = time.monotonic() - start
            print(f"{'noticed' if noticed else 'MISSED':8} {seconds:5.1f} s  {name}: {fault.what}")
    print(f"{len(FAULTS)} faults planted, {missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
