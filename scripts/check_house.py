"""The rules of the house that no linter knows: `python -m scripts.check_house`.

Prints one line `path:line message` a fault and ends with 1 if there is any. Every check takes the
root of a tree, so that tests can plant a fault in a small one.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from scripts.house import code, templates, text

ROOT = Path(__file__).resolve().parent.parent
CHECKS: list[Callable[[Path], list[str]]] = [
    code.check_lengths,
    code.check_function_lengths,
    code.check_nesting,
    code.check_annotations,
    code.check_docstrings,
    code.check_swallowed_errors,
    text.check_trusted_text,
    text.check_foreign_names,
    text.check_locks,
    text.check_repository_size,
    templates.check_inline,
    templates.check_links,
    templates.check_unused,
]


def main() -> int:
    """Run every check on the project."""
    found = [fault for check in CHECKS for fault in check(ROOT)]
    print("\n".join(found) or f"check_house: {len(CHECKS)} checks, no fault")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
