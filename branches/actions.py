"""Writes to the organisation."""

from dataclasses import asdict

from django.db import transaction

from branches.models import Office
from branches.presets import Preset


@transaction.atomic
def apply_preset(preset: Preset, *, place: str, province: str) -> Office:
    """Name the office after a preset; address, telephone and emblem stay as they are."""
    office = Office.objects.select_for_update().first() or Office()
    for name, value in asdict(preset).items():
        text = value.format(place=place, province=province) if name != "level" else value
        setattr(office, name, text)
    office.full_clean(validate_unique=False)
    office.save()
    return office
