"""The roles of the office: Django groups whose permissions are those of this table.

An account has one role. Groups are made by a migration; after each `migrate` they get exactly
these permissions, so that an update of the portal is also one of the roles.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What an account is for; stored on the account, the group follows."""

    DISTRICT_ADMIN = "district_admin", _("District administrator")
    DISTRICT_STAFF = "district_staff", _("District staff")
    NEWS_EDITOR = "news_editor", _("News editor")
    COMMUNE_OFFICER = "commune_officer", _("Commune officer")
    VIEWER = "viewer", _("Viewer")


# As the groups are called in the database.
GROUPS = {
    Role.DISTRICT_ADMIN: "Quản trị huyện",
    Role.DISTRICT_STAFF: "Cán bộ huyện",
    Role.NEWS_EDITOR: "Biên tập tin",
    Role.COMMUNE_OFFICER: "Cán bộ xã",
    Role.VIEWER: "Chỉ xem",
}
# These work in the admin; a commune's officers have a workspace of their own.
BACK_OFFICE = {Role.DISTRICT_ADMIN, Role.DISTRICT_STAFF, Role.NEWS_EDITOR, Role.VIEWER}
# These belong to one commune; all others to the whole office.
OF_A_COMMUNE = [Role.COMMUNE_OFFICER]

# Patterns of `app_label.codename`.
PERMISSIONS: dict[Role, list[str]] = {
    Role.DISTRICT_ADMIN: [
        "accounts.*_user",
        "accounts.view_historicaluser",
        "accounts.view_event",
        "branches.*",
        "news.*",
        "visits.*",
    ],
    Role.DISTRICT_STAFF: [
        "branches.view_*",
        "branches.*_branch",
        "branches.*_commune",
        "branches.*_headcount",
        "branches.change_mistakereport",
        "news.*_article",
        "news.*_photo",
        "news.view_category",
        "visits.view_*",
    ],
    Role.NEWS_EDITOR: [
        "news.add_article",
        "news.change_article",
        "news.delete_article",
        "news.view_article",
        "news.*_photo",
        "news.view_category",
    ],
    Role.COMMUNE_OFFICER: [
        "branches.view_commune",
        "branches.view_branch",
        "branches.view_headcount",
        "branches.view_lineage",
        "branches.view_mistakereport",
        "branches.change_mistakereport",
        "branches.count_branch",
    ],
    Role.VIEWER: ["branches.view_*", "news.view_*", "visits.view_*"],
}

# What the page of roles says each may do, in the order of importance.
DUTIES: dict[Role, list[Any]] = {
    Role.DISTRICT_ADMIN: [
        _("everything that district staff may do"),
        _("invite people, give and change their roles, end their access"),
        _("change the office's particulars and the categories of the news"),
        _("add corrections to the visitor counter"),
        _("see who changed what"),
    ],
    Role.DISTRICT_STAFF: [
        _("enter, change and close communes and branches"),
        _("write, publish and withdraw articles"),
        _("see the visitor counter"),
    ],
    Role.NEWS_EDITOR: [
        _("write articles with photos and submit them"),
        _("not publish them: that is for district staff"),
    ],
    Role.COMMUNE_OFFICER: [
        _("see the records of their own commune, and of no other"),
        _("record head counts and meeting days of its branches"),
        _("settle what readers report about them"),
        _("keep the public contact of the commune's Union"),
    ],
    Role.VIEWER: [
        _("see the records of the whole office and change none"),
    ],
}


def sync_roles(**_options: Any) -> None:
    """Give each role's group exactly the permissions of the table (after `migrate`)."""
    from django.contrib.auth.models import Group, Permission  # noqa: PLC0415 — apps are ready now.

    known = Permission.objects.select_related("content_type")
    names = {f"{found.content_type.app_label}.{found.codename}": found for found in known}
    for role, name in GROUPS.items():
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.set(found for full, found in names.items() if _matches(full, role))


def _matches(name: str, role: Role) -> bool:
    patterns: Iterable[str] = PERMISSIONS[role]
    return any(fnmatchcase(name, pattern) for pattern in patterns)
