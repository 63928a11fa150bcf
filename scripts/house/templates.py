"""Templates: nothing inline, nothing missing, nothing unused."""

import re
from functools import cache
from pathlib import Path

import django

from scripts.house.source import app_files, read, template_files

INLINE = re.compile(
    r"<style[\s>]|\sstyle\s*=|\son[a-z]+\s*=|<script\b(?![^>]*\ssrc\s*=)"
    r"(?![^>]*\stype\s*=\s*[\"']?application/(?:ld\+)?json)",
    re.IGNORECASE,
)
TEMPLATE_CODE = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
TEMPLATE_LINK = re.compile(r"{%\s*(?:extends|include)\s+([\"'])(.+?)\1")
QUOTED = re.compile(r"[\"']([^\"'\s]+\.[a-z]+)[\"']")
# Templates that Django finds by their name alone.
BY_CONVENTION = re.compile(r"(?:400|403|404|500|403_csrf)\.html|admin/(?:\w+/){1,2}\w+\.html")


def check_inline(root: Path) -> list[str]:
    """No style and no script inside a page: the content security policy refuses them."""
    found = []
    for name in template_files(root):
        if not name.endswith((".html", ".svg")):
            continue
        text = TEMPLATE_CODE.sub(lambda code: re.sub(r"[^\n]", "_", code[0]), read(root / name))
        for match in INLINE.finditer(text):
            number = text.count("\n", 0, match.start() + 1) + 1
            found.append(f"{name}:{number} has inline style or script: {match[0].strip()}")
    return found


@cache
def library_templates() -> frozenset[str]:
    """Return the names of all templates the installed libraries bring."""
    site = Path(django.__file__).parent.parent
    folders = [*site.glob("*/templates"), *site.glob("django/*/templates")]
    folders += site.glob("django/contrib/*/templates")
    return frozenset(
        path.relative_to(folder).as_posix() for folder in folders for path in folder.rglob("*.*")
    )


def template_name(name: str) -> str:
    """Return the name Django knows a template file by."""
    return name.split("templates/", 1)[1]


def resolve(name: str, target: str) -> str:
    """Return the full name of a template that may be named relative to another."""
    if not target.startswith("."):
        return target
    folder = Path("/") / Path(template_name(name)).parent
    return (folder / target).resolve().as_posix().lstrip("/")


def check_links(root: Path) -> list[str]:
    """What a template extends or includes exists."""
    names = template_files(root)
    known = {template_name(name) for name in names} | library_templates()
    found = []
    for name in names:
        text = read(root / name)
        for match in TEMPLATE_LINK.finditer(text):
            if resolve(name, match[2]) not in known:
                number = text.count("\n", 0, match.start()) + 1
                found.append(f"{name}:{number} the template {match[2]} does not exist")
    return found


def check_unused(root: Path) -> list[str]:
    """Every template is named by another file or takes the place of a library's."""
    names = template_files(root)
    named_in: dict[str, set[str]] = {}
    for name in [*names, *app_files(root)]:
        for target in QUOTED.findall(read(root / name)):
            full = resolve(name, target) if name in names else target
            named_in.setdefault(full, set()).add(name)
    return [
        f"{name}:1 nothing uses this template"
        for name in names
        if not named_in.get(template_name(name), set()) - {name}
        and template_name(name) not in library_templates()
        and not BY_CONVENTION.fullmatch(template_name(name))
    ]
