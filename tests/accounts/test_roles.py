"""Roles: one for each account; group and permissions follow, the database holds the scope."""

from fnmatch import fnmatchcase
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.roles import DUTIES, GROUPS, PERMISSIONS, Role
from branches.models import Commune

pytestmark = pytest.mark.django_db


def permissions(user: User) -> set[str]:
    return set(User.objects.get(pk=user.pk).get_all_permissions())


def test_every_role_has_a_group_permissions_and_words() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == set(GROUPS.values())
    assert set(Role) == set(GROUPS) == set(PERMISSIONS) == set(DUTIES)
    assert all(DUTIES[role] for role in Role)


def test_every_pattern_of_the_table_means_something() -> None:
    known = {
        f"{found.content_type.app_label}.{found.codename}" for found in Permission.objects.all()
    }
    empty = [
        (role, pattern)
        for role, patterns in PERMISSIONS.items()
        for pattern in patterns
        if not any(fnmatchcase(name, pattern) for name in known)
    ]
    assert empty == []


OF_AN_OFFICER = {
    "branches.view_commune",
    "branches.view_branch",
    "branches.view_headcount",
    "branches.view_lineage",
    "branches.view_mistakereport",
    "branches.change_mistakereport",
    "branches.count_branch",
}


def test_permissions_follow_the_role(commune_a: Commune) -> None:
    user = User.objects.create_user("tam", role=Role.NEWS_EDITOR)
    assert user.is_staff
    assert "news.add_article" in permissions(user)
    assert "news.publish_article" not in permissions(user)
    user.role = Role.COMMUNE_OFFICER
    user.commune = commune_a
    user.save()
    assert (user.is_staff, permissions(user)) == (False, OF_AN_OFFICER)
    user.role, user.commune = "", None
    user.save(update_fields=["role", "commune"])
    assert (permissions(user), [*user.groups.all()]) == (set(), [])


def test_only_the_administrator_touches_accounts() -> None:
    for role in set(Role) - {Role.COMMUNE_OFFICER}:
        user = User.objects.create_user(role, role=role)
        own = {name for name in permissions(user) if name.startswith("accounts.")}
        assert bool(own) == (role == Role.DISTRICT_ADMIN), role


def test_viewer_may_see_and_change_nothing() -> None:
    user = User.objects.create_user("xem", role=Role.VIEWER)
    assert all(name.partition(".")[2].startswith("view_") for name in permissions(user))
    assert permissions(user) >= {"news.view_article", "branches.view_commune"}


@pytest.mark.parametrize(
    ("role", "has_commune", "more"),
    [
        (Role.COMMUNE_OFFICER, False, {}),
        (Role.DISTRICT_STAFF, True, {}),
        (Role.DISTRICT_ADMIN, True, {}),
        ("", True, {}),
        (Role.COMMUNE_OFFICER, True, {"is_superuser": True}),
    ],
)
def test_an_account_of_no_clear_scope_is_refused_by_the_database(
    role: str, has_commune: bool, more: dict[str, Any], commune_a: Commune
) -> None:
    commune = commune_a if has_commune else None
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("tam", role=role, commune=commune, **more)
    assert not User.objects.exists()


def test_migrate_takes_back_what_was_given_to_a_group_by_hand() -> None:
    group = Group.objects.get(name=GROUPS[Role.VIEWER])
    before = {*group.permissions.all()}
    group.permissions.add(Permission.objects.get(codename="delete_article"))
    call_command("migrate", verbosity=0)
    assert {*group.permissions.all()} == before
