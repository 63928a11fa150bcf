"""No write goes round the history: bulk writes on audited models are found in the source."""

import ast
from collections.abc import Iterator
from pathlib import Path

from core.history import audited_models

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "branches", "core", "news", "portal", "visits", "workspace")
SILENT = {"update", "bulk_create", "bulk_update", "delete"}
# What makes an expression a queryset or a manager.
MANAGERS = {"objects", "_default_manager", "_base_manager"}


def audited_names() -> set[str]:
    """Names of the models that keep their versions."""
    return {model.__name__ for model in audited_models()}


def faults(source: str, audited: set[str]) -> list[int]:
    """Lines that call a silent bulk write on the manager of an audited model."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SILENT
        and _managed_model(node.func.value) in audited
    ]


def _managed_model(node: ast.expr) -> str:
    """The model whose manager a chain of calls begins with, or nothing."""
    while True:
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute) and node.attr in MANAGERS:
            return ast.unparse(node.value).rpartition(".")[2]
        elif isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        else:
            return ""


def sources() -> Iterator[Path]:
    """The code of all apps, without migrations."""
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path


def test_sample_of_each_fault_is_found() -> None:
    sample = (
        "Commune.objects.filter(kind='xa').update(code='')\n"
        "models.User._default_manager.bulk_create([])\n"
        "Article.objects.bulk_update([], ['title'])\n"
        "Category.objects.all().order_by('pk')[:1].delete()\n"
        "Category.objects.exclude(pk=1).delete()\n"
        "VisitDay.objects.bulk_create([])\n"
        "article.delete()\n"
        "counts.update(a=1)\n"
    )
    assert {"Commune", "User", "Article", "Category"} <= audited_names()
    assert faults(sample, audited_names()) == [1, 2, 3, 4, 5]


def test_no_bulk_write_on_audited_models() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sources()
        for line in faults(path.read_text(encoding="utf-8"), audited_names())
    ]
    assert found == []
    assert len([*sources()]) > len(APPS)
