"""What the signed-in entry pages show: plain figures and what needs doing, declared by the apps.

An app names its functions in its AppConfig, `figures = ["news.queries.figures"]` and
`tasks = [...]`; each is called with `user=` and `today=` and returns rows for what that user may
see, or none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.apps import apps
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Figure:
    """A number with its name, and the list behind it if the user may open one."""

    label: str
    number: int
    address: str = ""


@dataclass(frozen=True)
class Task:
    """Something to do, in one sentence, and the page where it is done."""

    text: str
    address: str


def figures(user: Any, today: date) -> list[Figure]:
    """Gather the figures of all apps that `user` may see on the local date `today`."""
    return [*_gather("figures", user, today)]


def tasks(user: Any, today: date) -> list[Task]:
    """Gather what all apps would have `user` do on the local date `today`."""
    return [*_gather("tasks", user, today)]


def _gather(attribute: str, user: Any, today: date) -> Iterator[Any]:
    for config in apps.get_app_configs():
        for name in getattr(config, attribute, []):
            yield from import_string(name)(user=user, today=today)
