"""What the pages read about the organisation."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from branches.models import Commune
from core.overview import Figure

# The filter of the list that shows the communes of the figure.
OF_TODAY = "hien-co=co"


def figures(*, user: Any, today: date) -> list[Figure]:
    """How many communes there are, for whoever sees the whole office's."""
    if user.commune_id is not None or not user.has_perm("branches.view_commune"):
        return []
    number = Commune.objects.visible_to(user).valid_on(today).count()
    address = reverse("admin:branches_commune_changelist")
    return [Figure(_("Communes"), number, f"{address}?{OF_TODAY}")]
