"""What `manage.py check --deploy` says of the data."""

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.db import DatabaseError

from branches.models import Office


@register(deploy=True)
def no_demo_data(**kwargs: Any) -> list[CheckMessage]:
    """Refuse demonstration data: its administrator's password is published."""
    try:
        is_demo = Office.objects.filter(is_demo=True).exists()
    except DatabaseError:  # No tables yet, or no database: other checks tell.
        is_demo = False
    if not is_demo:
        return []
    return [
        Error(
            "This database holds the demonstration data.",
            hint="Begin with an empty database; the demo's administrator has a known password.",
            id="branches.E001",
        )
    ]
