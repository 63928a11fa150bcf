"""What is declared safe, and what belongs to one machine."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from scripts.house.source import files, python_files, read, template_files, tree

MAX_BYTES = 20 * 1024 * 1024

# Where text is declared safe, and why it is. A line that is no longer there is a fault, too.
TRUSTED_LINES = {
    ("templates/news/article.html", '<div class="prose">{{ article.body|safe }}</div>'): (
        "Article.save keeps only what core.rich_text.sanitize allows."
    ),
    (
        "templates/account/email/email_confirmation_message.txt",
        "{% load i18n %}{% autoescape off %}",
    ): "A mail is plain text, in which an escaped sign would show.",
    (
        "core/templatetags/text.py",
        "return mark_safe(f'<script type=\"application/ld+json\">{text}</script>')  # noqa: S308",
    ): "json_ld writes <, > and & as escapes.",
}

# In pieces, so that this file does not report itself.
REGISTRY = re.compile(
    "|".join(
        [
            r"py" + r"pi\.org",
            r"python" + r"hosted\.org",
            r"registry\.np" + r"mjs\.org",
            r"deb\.deb" + r"ian\.org",
            r"archive\.ubu" + r"ntu\.com",
        ]
    )
)
MACHINE_PATH = re.compile(
    r"(?:(?<![\w./-])|(?<=file://))/(?:" + "work|" + "farm|" + "root|" + r"home/[a-z][\w-]*)/"
)
LOCK_INDEX = re.compile(
    r"^\s*(--(extra-)?index-url|--find-links|--trusted-host|-i\s|-f\s)|https?://"
)
TEMPLATE_TRUST = re.compile(r"\|\s*safe(?:seq)?\b|{%\s*autoescape\s+off|{%\s*filter\s+safe")


def declares_trust(node: ast.AST) -> bool:
    """Tell whether a piece of Python declares text safe or hands raw SQL to the ORM."""
    match node:
        case ast.Name(id="mark_safe" | "RawSQL") | ast.Attribute(attr="mark_safe" | "RawSQL"):
            return True
        case ast.alias(name="mark_safe" | "RawSQL" | "SafeString", asname=str()):
            return True
        case ast.Call(args=[ast.Constant(value="")]):
            return False
        case ast.Call(func=ast.Name(id="SafeString") | ast.Attribute(attr="SafeString")):
            return True
        case ast.Call(func=ast.Attribute(attr="extra" | "raw")):
            return True
    return False


def trusted_places(root: Path) -> Iterator[tuple[str, int, str]]:
    """Yield path, line number and line of all that is declared safe."""
    for name in [*python_files(root), *template_files(root)]:
        lines = read(root / name).splitlines()
        if name.endswith(".py"):
            nodes = (node for node in ast.walk(tree(root, name)) if declares_trust(node))
            numbers = {getattr(node, "lineno", 1) for node in nodes}
        else:
            numbers = {n for n, line in enumerate(lines, 1) if TEMPLATE_TRUST.search(line)}
        for number in sorted(numbers):
            yield name, number, lines[number - 1].strip()


def check_trusted_text(
    root: Path, trusted: dict[tuple[str, str], str] = TRUSTED_LINES
) -> list[str]:
    """Text is declared safe, and raw SQL is written, only where TRUSTED_LINES says why."""
    places = list(trusted_places(root))
    found = [
        f"{name}:{number} declares text safe or writes raw SQL: {line}"
        for name, number, line in places
        if (name, line) not in trusted
    ]
    stale = set(trusted) - {(name, line) for name, _, line in places}
    return found + [f"{name}:1 TRUSTED_LINES is stale: {line}" for name, line in sorted(stale)]


def check_foreign_names(root: Path) -> list[str]:
    """No host of a package registry, no path of one machine."""
    found = []
    for name in files(root):
        if name.startswith("static/vendor/"):
            continue
        for number, line in enumerate(read(root / name).splitlines(), 1):
            if REGISTRY.search(line):
                found.append(f"{name}:{number} names the host of a package registry")
            if MACHINE_PATH.search(line):
                found.append(f"{name}:{number} names a path of one machine")
    return found


def check_locks(root: Path) -> list[str]:
    """The lock files leave the choice of an index to the machine."""
    return [
        f"{name}:{number} names an index"
        for name in files(root)
        if name.endswith(".lock")
        for number, line in enumerate(read(root / name).splitlines(), 1)
        if LOCK_INDEX.search(line)
    ]


def check_repository_size(root: Path, limit: int = MAX_BYTES) -> list[str]:
    """All files together: 20 MB."""
    sizes = {name: (root / name).stat().st_size for name in files(root)}
    total = sum(sizes.values())
    if total <= limit:
        return []
    largest = max(sizes, key=lambda name: sizes[name])
    return [
        f"{largest}:1 the repository has {total} bytes (limit {limit}); this file is the largest"
    ]
