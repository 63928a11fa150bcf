"""The checks of the house notice a planted fault, and nothing in a clean tree."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import polib
import pytest
from django.utils import translation

from scripts import check_house, check_translations
from scripts.house import code, templates, text

Check = Callable[[Path], list[str]]
check_trust = partial(text.check_trusted_text, trusted={})
check_small_size = partial(text.check_repository_size, limit=10_000)

CLEAN = {
    "news/models.py": "class Article:\n    def title(self) -> str:\n        return ''\n",
    "news/queries.py": 'def newest() -> int:\n    """Return the newest."""\n    return 1\n',
    "news/views.py": 'PAGES = ["news/list.html"]\n',
    "templates/base.html": '<script src="/a.js"></script>\n<p class="on">\n',
    "templates/news/list.html": '{% extends "base.html" %}\n{% include "./_row.html" %}\n',
    "templates/news/_row.html": '{{ row }}{% include "admin/base.html" %}\n',
    "Makefile": "check:\n\truff check .\n",
    "scripts/go.sh": "set -e\n",
    "requirements.lock": "django==5.2.19 --hash=sha256:00\n",
    "tests/test_long.py": "\n" * 600,
}
DEEP = (
    "def f(x: int) -> None:\n"
    "    for a in 'a':\n"
    "        if a:\n"
    "            pass\n"
    "        elif x:\n"
    "            while x:\n"
    "                with x:\n"
    "                    {}\n"
)
LONG = "def f() -> None:\n" + "    x = 1\n" * 60

FAULTS: list[tuple[Check, str, str, str]] = [
    (code.check_lengths, "news/a.py", "\n" * 501, "news/a.py:501 the file has 501 lines"),
    (code.check_lengths, "templates/a.html", "\n" * 201, "templates/a.html:201 the file has 201"),
    (code.check_function_lengths, "scripts/a.py", LONG, "scripts/a.py:1 f has 61 lines (limit 60)"),
    (
        code.check_function_lengths,
        "news/a.py",
        "".join(f"def f{n}() -> None:\n" + "    x = 1\n" * 35 for n in range(9)),
        ".:1 functions have 36 lines at p95 (limit 35)",
    ),
    (code.check_nesting, "news/a.py", DEEP.format("if x: pass"), "news/a.py:1 f nests 5 blocks"),
    (code.check_annotations, "news/a.py", "def f(x) -> int: ...\n", "news/a.py:1 f is not fully"),
    (code.check_annotations, "news/a.py", "def f(*x: int): ...\n", "news/a.py:1 f is not fully"),
    (
        code.check_docstrings,
        "news/actions.py",
        "def f() -> int: ...\n",
        "news/actions.py:1 f has no",
    ),
    (
        code.check_docstrings,
        "news/access/a.py",
        "def f() -> int: ...\n",
        "news/access/a.py:1 f has",
    ),
    (
        code.check_swallowed_errors,
        "tests/a.py",
        "try:\n    x = 1\nexcept (ValueError, Exception):\n    pass\n",
        "tests/a.py:3 swallows every error",
    ),
    (
        code.check_swallowed_errors,
        "news/a.py",
        "with contextlib.suppress(Exception):\n    x = 1\n",
        "news/a.py:1 swallows every error",
    ),
    (code.check_swallowed_errors, "Makefile", "a:\n\t-b\n", "Makefile:2 a command that fails"),
    (code.check_swallowed_errors, ".ci/run", "b |" + "| echo no\n", ".ci/run:1 a command"),
    (check_trust, "templates/a.html", "\n{{ a|safe }}", "templates/a.html:2 declares text safe"),
    (check_trust, "templates/a.txt", "{% autoescape off %}", "templates/a.txt:1 declares text"),
    (check_trust, "news/a.py", "x = mark_safe(y)\n", "news/a.py:1 declares text safe"),
    (check_trust, "news/a.py", "x = map(safestring.mark_safe, y)\n", "news/a.py:1 declares"),
    (check_trust, "news/a.py", "from a import mark_safe as b\n", "news/a.py:1 declares"),
    (check_trust, "news/a.py", "x = SafeString('<b>')\n", "news/a.py:1 declares text safe"),
    (check_trust, "news/a.py", "x = y.objects.extra(where=z)\n", "news/a.py:1 declares text safe"),
    (check_trust, "news/a.py", "x = RawSQL('1', [])\n", "news/a.py:1 declares text safe"),
    (
        partial(text.check_trusted_text, trusted={("news/a.py", "x = 1"): "once"}),
        "news/a.py",
        "x = 1\n",
        "news/a.py:1 TRUSTED_LINES is stale: x = 1",
    ),
    (
        text.check_foreign_names,
        "README.md",
        "https://py" + "pi.org/\n",
        "README.md:1 names the host",
    ),
    (text.check_foreign_names, "a.toml", "x = '/ro" + "ot/x'\n", "a.toml:1 names a path of one"),
    (text.check_foreign_names, "a.md", "cd /ho" + "me/an/x\n", "a.md:1 names a path of one"),
    (
        text.check_locks,
        "requirements.lock",
        "-i https://x/\n",
        "requirements.lock:1 names an index",
    ),
    (check_small_size, "static/a.svg", " " * 10_001, "static/a.svg:1 the repository has"),
    (
        templates.check_inline,
        "templates/a.html",
        "\n<style>",
        "templates/a.html:2 has inline style",
    ),
    (templates.check_inline, "templates/a.html", '<p\nstyle="">', "templates/a.html:2 has inline"),
    (templates.check_inline, "templates/a.html", '<p onclick="">', "templates/a.html:1 has inline"),
    (templates.check_inline, "templates/a.html", "<script>", "templates/a.html:1 has inline style"),
    (
        templates.check_links,
        "templates/a.html",
        '\n{% include "./none.html" %}',
        "templates/a.html:2 the template ./none.html does not exist",
    ),
    (templates.check_unused, "templates/a.html", "", "templates/a.html:1 nothing uses this"),
    (templates.check_unused, "templates/b.html", '{# "b.html" #}', "templates/b.html:1 nothing"),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree without a fault."""
    for name, content in CLEAN.items():
        write(tmp_path / name, content)
    return tmp_path


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")


@pytest.mark.parametrize(("check", "path", "content", "expected"), FAULTS)
def test_fault_is_reported(
    tree: Path, check: Check, path: str, content: str, expected: str
) -> None:
    write(tree / path, content)

    found = check(tree)

    assert len(found) == 1
    assert found[0].startswith(expected)


@pytest.mark.parametrize("check", check_house.CHECKS)
def test_clean_tree_has_no_fault(tree: Path, check: Check) -> None:
    assert (check_trust if check is text.check_trusted_text else check)(tree) == []


def test_every_check_has_a_planted_fault() -> None:
    planted = {check.func if isinstance(check, partial) else check for check, *_ in FAULTS}

    assert planted == set(check_house.CHECKS)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("templates/a.html", '<script type="application/ld+json">{}</script>'),
        ("templates/a.html", "{% if a > b and once = c %}{% endif %}<a href='?on=1'>"),
    ],
)
def test_data_and_template_code_are_not_inline_script(tree: Path, path: str, content: str) -> None:
    write(tree / path, content)

    assert templates.check_inline(tree) == []


def test_docstring_does_not_count_as_length(tree: Path) -> None:
    lines = '    """One.\n' + "\n" * 60 + '    """\n'
    write(tree / "news/a.py", f"def f() -> None:\n{lines}    x = 1\n")

    assert code.check_function_lengths(tree) == []


# Translations


def entry(msgid: str = "Save", msgstr: str = "Lưu", **more: object) -> polib.POEntry:
    return polib.POEntry(msgid=msgid, msgstr=msgstr, **more)


def catalogue(path: Path, *entries: polib.POEntry) -> Path:
    """Write a catalogue with its compiled form."""
    made = polib.POFile()
    made.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    made.extend(entries)
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save(str(path))
    made.save_as_mofile(str(path.with_suffix(".mo")))
    return path


@pytest.mark.parametrize(
    ("faulty", "expected"),
    [
        (entry(msgstr=""), "is not translated"),
        (entry(flags=["fuzzy"]), "is fuzzy"),
        (entry(obsolete=True), "is obsolete"),
        (entry("%(name)s", "%(ten)s"), "has other placeholders in its translation"),
        (entry("%s of %s", "%s"), "has other placeholders in its translation"),
        (entry("{n} rows", "hàng"), "has other placeholders in its translation"),
        (entry(msgstr="Lu\u031bu"), "has a translation that is not in NFC"),
        (entry("day", "", msgid_plural="%d days", msgstr_plural={0: ""}), "is not translated"),
        (
            entry("day", "", msgid_plural="%d days", msgstr_plural={0: "%s ngày"}),
            "has other placeholders in its translation",
        ),
    ],
)
def test_faulty_entry_is_reported(tmp_path: Path, faulty: polib.POEntry, expected: str) -> None:
    path = catalogue(tmp_path / "django.po", entry("Open", "Mở"), faulty)

    found = check_translations.check_catalogue(path)

    assert len(found) == 1
    assert found[0].endswith(f"{faulty.msgid!r} {expected}")


def test_good_catalogue_has_no_fault(tmp_path: Path) -> None:
    days = entry("%d day", "", msgid_plural="%d days", msgstr_plural={0: "%d ngày"})
    path = catalogue(tmp_path / "django.po", entry(), entry("%(a)s 5%", "5% %(a)s"), days)

    assert check_translations.check_catalogue(path) == []
    assert check_translations.check_compiled(path) == []


def test_fuzzy_header_is_reported(tmp_path: Path) -> None:
    path = catalogue(tmp_path / "django.po", entry())
    path.write_text(path.read_text("utf-8").replace('msgid ""', '#, fuzzy\nmsgid ""', 1), "utf-8")

    assert check_translations.check_catalogue(path) == [f"{path}:1 the header is fuzzy"]


def test_stale_or_missing_mo_is_reported(tmp_path: Path) -> None:
    path = catalogue(tmp_path / "django.po", entry())
    compiled = path.with_suffix(".mo")
    path.write_text(path.read_text("utf-8").replace("Lưu", "Ghi"), "utf-8")

    assert check_translations.check_compiled(path) == [
        f"{compiled}:1 is not what django.po compiles to"
    ]
    compiled.unlink()
    assert check_translations.check_compiled(path) == [f"{compiled}:1 is missing"]


def test_catalogue_that_differs_from_the_source_is_reported(tmp_path: Path) -> None:
    path = catalogue(tmp_path / "locale/vi/LC_MESSAGES/django.po", entry("Old", "Cũ"), entry())
    wanted = {"django": {("", "New", ""), ("", "Save", "")}, "djangojs": set()}

    assert check_translations.check_current(tmp_path, "vi", wanted) == [
        f"{path}:1 lacks 'New'",
        f"{path}:1 'Old' is used nowhere",
    ]
    wanted["django"] = {("", "Old", ""), ("", "Save", "")}
    assert check_translations.check_current(tmp_path, "vi", wanted) == []


@pytest.mark.skipif(not shutil.which("xgettext"), reason="gettext is not installed")
def test_sentences_are_read_from_python_templates_and_scripts(tree: Path) -> None:
    write(tree / "news/a.py", "from x import gettext as _\n_('In Python')\n")
    write(tree / "templates/a.html", "{% load i18n %}{% translate 'In a page' context 'c' %}")
    write(tree / "static/js/a.js", "gettext('In a script');")
    write(tree / "static/vendor/a.js", "gettext('In a library');")
    write(tree / "tests/a.py", "_('In a test')\n")

    assert check_translations.sentences(tree) == {
        "django": {("", "In Python", ""), ("c", "In a page", "")},
        "djangojs": {("", "In a script", "")},
    }


def test_sentence_of_a_library_that_nobody_translates_is_reported(tmp_path: Path) -> None:
    library, vendor = tmp_path / "lib/locale", tmp_path / "locale/vendor/vi/LC_MESSAGES/django.po"
    never = entry("Zulu", "", occurrences=[("conf/global_settings.py", "")])
    english = [entry("Save", ""), entry("Open", ""), never]
    catalogue(library / "en/LC_MESSAGES/django.po", *english)
    catalogue(library / "vi/LC_MESSAGES/django.po", entry("Open", "Mở"))
    catalogue(vendor, entry("Close", "Đóng"))

    assert check_translations.check_libraries(tmp_path, [library]) == [
        f"{vendor}:1 lacks 'Save' of lib",
        f"{vendor}:1 no library says 'Close'",
    ]
    catalogue(vendor, entry())
    assert check_translations.check_libraries(tmp_path, [library]) == []


def test_library_without_english_tells_in_another_language(tmp_path: Path) -> None:
    library = tmp_path / "lib/locale"
    catalogue(library / "de/LC_MESSAGES/djangojs.po", entry("Save", "Sichern"))

    found = check_translations.check_libraries(tmp_path, [library])

    assert len(found) == 1
    assert found[0].endswith("djangojs.po:1 lacks 'Save' of lib")


@pytest.mark.parametrize(
    ("english", "vietnamese"),
    [
        ("Password reset unsuccessful", "Đặt lại mật khẩu không thành công"),
        ("Log out", "Đăng xuất"),
        ("Forbidden", "Không được phép"),
        ("Change History", "Sửa lịch sử"),
    ],
)
def test_pages_of_libraries_speak_vietnamese(english: str, vietnamese: str) -> None:
    with translation.override("vi"):
        assert translation.gettext(english) == vietnamese
