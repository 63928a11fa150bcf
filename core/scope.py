"""Which rows a person may see: those of the whole office or of exactly one commune."""

from typing import Any, TypeVar

from django.db import models

Rows = TypeVar("Rows", bound="models.QuerySet[Any]")


def in_scope(rows: Rows, user: Any, commune: str) -> Rows:
    """Return the rows whose `commune` (a lookup such as "branch__commune") is the user's own.

    All of them for whoever works for the whole office; none for strangers and for accounts
    without a role. What the person may do with them is a matter of permissions.
    """
    if not user.is_active or not (user.is_superuser or getattr(user, "role", "")):
        return rows.none()
    if user.commune_id is None:
        return rows
    return rows.filter(**{commune: user.commune_id})
