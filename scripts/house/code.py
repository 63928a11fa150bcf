"""Sizes and manners of Python."""

import ast
import re
from pathlib import Path

from scripts.house.source import (
    Function,
    app_files,
    files,
    functions,
    python_files,
    read,
    template_files,
    tree,
)

MAX_FILE_LINES = 500
MAX_TEMPLATE_LINES = 200
MAX_FUNCTION_LINES = 60
MAX_P95_FUNCTION_LINES = 35
MAX_NESTING = 4
MIN_ANNOTATED = 0.98

SWALLOWED = re.compile(r"\|\|\s*(?:true|echo|:)(?![\w-])")
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


def check_lengths(root: Path) -> list[str]:
    """Files of Python: 500 lines; templates: 200."""
    limits = [(name, MAX_FILE_LINES) for name in python_files(root)]
    limits += [(name, MAX_TEMPLATE_LINES) for name in template_files(root)]
    found = []
    for name, limit in limits:
        lines = len(read(root / name).splitlines())
        if lines > limit:
            found.append(f"{name}:{limit + 1} the file has {lines} lines (limit {limit})")
    return found


def function_lines(node: Function) -> int:
    """Count the lines from `def` to the end, without the docstring."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node) is not None:
        text = node.body[0]
        lines -= (text.end_lineno or text.lineno) - text.lineno + 1
    return lines


def check_function_lengths(root: Path) -> list[str]:
    """Functions: 60 lines at most; in the apps, 35 at the 95th percentile."""
    found, sizes = [], []
    apps = set(app_files(root))
    for name in python_files(root):
        for node, _ in functions(root, name):
            size = function_lines(node)
            if name in apps:
                sizes.append(size)
            if size > MAX_FUNCTION_LINES:
                where = f"{name}:{node.lineno} {node.name}"
                found.append(f"{where} has {size} lines (limit {MAX_FUNCTION_LINES})")
    p95 = sorted(sizes)[int(len(sizes) * 0.95)] if sizes else 0
    if p95 > MAX_P95_FUNCTION_LINES:
        found.append(f".:1 functions have {p95} lines at p95 (limit {MAX_P95_FUNCTION_LINES})")
    return found


def nesting(node: ast.AST, depth: int = 0) -> int:
    """Return how deep blocks stand in blocks below `node`; `elif` is no deeper than its `if`."""
    deepest = depth
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef):
            continue
        is_elif = (
            isinstance(node, ast.If)
            and node.orelse == [child]
            and isinstance(child, ast.If)
            and child.col_offset == node.col_offset
        )
        inner = depth + (isinstance(child, BLOCKS) and not is_elif)
        deepest = max(deepest, nesting(child, inner))
    return deepest


def check_nesting(root: Path) -> list[str]:
    """Blocks in blocks: 4 at most."""
    return [
        f"{name}:{node.lineno} {node.name} nests {depth} blocks (limit {MAX_NESTING})"
        for name in python_files(root)
        for node, _ in functions(root, name)
        if (depth := nesting(node)) > MAX_NESTING
    ]


def is_annotated(node: Function, is_method: bool) -> bool:
    """Tell whether every argument and the result have a type."""
    arguments = [*node.args.posonlyargs, *node.args.args]
    decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
    if is_method and "staticmethod" not in decorators:
        arguments = arguments[1:]
    arguments += node.args.kwonlyargs
    arguments += [each for each in (node.args.vararg, node.args.kwarg) if each]
    return node.returns is not None and all(each.annotation for each in arguments)


def check_annotations(root: Path) -> list[str]:
    """At least 98 % of the functions of the apps are fully annotated."""
    total, bare = 0, []
    for name in app_files(root):
        for node, is_method in functions(root, name):
            total += 1
            if not is_annotated(node, is_method):
                bare.append(f"{name}:{node.lineno} {node.name} is not fully annotated")
    return bare if total and len(bare) / total > 1 - MIN_ANNOTATED else []


def check_docstrings(root: Path) -> list[str]:
    """Every public function of actions, access and queries says what it does."""
    layers = {"actions", "access", "queries"}
    return [
        f"{name}:{node.lineno} {node.name} has no docstring"
        for name in app_files(root)
        if layers & {Path(name).stem, Path(name).parent.name}
        for node in tree(root, name).body
        if isinstance(node, Function)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]


def catches_everything(kind: ast.expr | None) -> bool:
    """Tell whether `except kind` catches every error."""
    if isinstance(kind, ast.Tuple):
        return any(catches_everything(each) for each in kind.elts)
    return kind is None or ast.unparse(kind) in {"Exception", "BaseException"}


def swallows(node: ast.AST) -> bool:
    """Tell whether a statement catches everything and does nothing."""
    if isinstance(node, ast.ExceptHandler):
        idle = (ast.Pass, ast.Continue)
        return catches_everything(node.type) and all(
            isinstance(line, idle)
            or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
            for line in node.body
        )
    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "suppress":
        return any(catches_everything(kind) for kind in node.args)
    return False


def check_swallowed_errors(root: Path) -> list[str]:
    """No error vanishes: neither in Python nor in a command of a check."""
    found = [
        f"{name}:{getattr(node, 'lineno', 1)} swallows every error"
        for name in files(root)
        if name.endswith(".py")
        for node in ast.walk(tree(root, name))
        if swallows(node)
    ]
    for name in files(root):
        if name != "Makefile" and name.split("/")[0] not in {"scripts", ".ci", ".github", "deploy"}:
            continue
        for number, line in enumerate(read(root / name).splitlines(), 1):
            ignored = name == "Makefile" and re.match(r"\t@?-", line)
            if ignored or (SWALLOWED.search(line) and not name.endswith((".py", ".md"))):
                found.append(f"{name}:{number} a command that fails is taken for one that worked")
    return found
