"""The only way from a request to a record of the organisation: what may not be seen is not there.

A public address is made of the stored keys (`Commune.slug`), so that it is read back into them.
"""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import F, Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from branches.models import Branch, Commune, MistakeReport

# Whoever counts the branches of a commune also keeps the contact of its Union: no other right is
# needed for what the same officer knows first.
COUNT = "branches.count_branch"
SETTLE = "branches.change_mistakereport"
VIEW = "branches.view_branch"


def commune_for_counting(user: Any, slug: str) -> Commune | None:
    """Return the commune whose branches `user` counts; None if it has yet to be chosen.

    An officer's is the own one; whoever works for the whole office names it by `slug`. Any other
    raises Http404.
    """
    own = Commune.objects.visible_to(user)
    if not slug:
        return own.get() if user.commune_id is not None else None
    kind, folded_name = _read_slug(slug)
    found = own.filter(kind=kind, folded_name=folded_name)
    # Of two communes of one name, it is the one that exists.
    newest = found.order_by(F("valid_to").desc(nulls_first=True), "-pk").first()
    if newest is None:
        raise Http404
    return newest


def branch_for_counting(user: Any, public_id: UUID | str) -> Branch:
    """Return a branch of the user's scope with its last count; else Http404."""
    branches = Branch.objects.visible_to(user).select_related("commune", "last_count")
    return get_object_or_404(branches, public_id=public_id)


def report_for_settling(user: Any, public_id: UUID) -> MistakeReport:
    """Return a reader's report about a branch of the user's scope; else Http404."""
    reports = MistakeReport.objects.visible_to(user)
    found = reports.select_related("branch__commune", "settled_by")
    return get_object_or_404(found, public_id=public_id)


def commune_for_reading(slug: str, today: date) -> Commune:
    """Return the commune that has this address, or the last that had it; else Http404."""
    kind, folded_name = _read_slug(slug)
    begun = Q(valid_from=None) | Q(valid_from__lte=today)
    found = Commune.objects.filter(begun, kind=kind, folded_name=folded_name)
    newest = found.order_by(F("valid_to").desc(nulls_first=True), "-pk").first()
    if newest is None:
        raise Http404
    return newest


def branch_for_reading(commune: str, branch: str, today: date) -> Branch:
    """Return the open branch that has this address, or the last that had it; else Http404.

    With its commune, its last count and the time of its last change, in one query.
    """
    kind, folded_name = _read_slug(commune)
    found = Branch.objects.founded_by(today).filter(
        Q(commune__valid_from=None) | Q(commune__valid_from__lte=today),
        commune__kind=kind,
        commune__folded_name=folded_name,
        folded_name=branch.replace("-", " "),
    )
    newest = found.order_by(
        F("closed_on").desc(nulls_first=True),
        F("commune__valid_to").desc(nulls_first=True),
        "-pk",
    )
    return get_object_or_404(newest.select_related("commune", "last_count").with_changed_at()[:1])


def _read_slug(slug: str) -> tuple[str, str]:
    """Return kind and folded name: ("thi-tran", "hong son") of "thi-tran-hong-son"."""
    for kind in Commune.Kind.values:
        if slug.startswith(f"{kind}-"):
            return kind, slug.removeprefix(f"{kind}-").replace("-", " ")
    raise Http404
