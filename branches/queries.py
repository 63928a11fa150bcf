"""What the pages read about the organisation."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from branches.models import Commune
from core.overview import Figure


def figures(*, user: Any, today: date) -> list[Figure]:
    """How many communes there are, for whoever sees the whole office's."""
    if user.commune_id is not None or not user.has_perm("branches.view_commune"):
        return []
    number = Commune.objects.visible_to(user).valid_on(today).count()
    return [Figure(_("Communes"), number, reverse("admin:branches_commune_changelist"))]
