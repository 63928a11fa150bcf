"""The office itself."""

import zoneinfo
from typing import Any

from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.fields import CleanCharField, CleanTextField
from core.photos import PhotoField
from core.shared import SHARED_SECONDS, begin_anew


def validate_time_zone(name: str) -> None:
    """Refuse a name that is no IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("There is no time zone of this name. Please write one such as Asia/Ho_Chi_Minh.")
        )


class OfficeManager(models.Manager["Office"]):
    def load(self) -> "Office":
        """Return the office, or a nameless one while none has been entered."""
        return self.first() or Office()


class Office(models.Model):
    """The office whose portal this is: one row, which feeds header, footer and documents.

    A district office of 2020, a commune office of today and a province office differ only here
    (presets: `manage.py office_preset`).
    """

    class Level(models.TextChoices):
        DISTRICT = "district", _("District")
        COMMUNE = "commune", _("Commune")
        PROVINCE = "province", _("Province")

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    full_name = CleanCharField(_("name of the office"), max_length=200)
    short_name = CleanCharField(_("short name"), max_length=60, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=Level, default=Level.DISTRICT)
    organisation = CleanCharField(
        _("organisation"), max_length=120, blank=True, help_text=_("The line above the name.")
    )
    province = CleanCharField(_("province"), max_length=120, blank=True)
    parent_body = CleanCharField(_("parent body"), max_length=200, blank=True)
    signature_lines = CleanTextField(
        _("signature lines"),
        blank=True,
        help_text=_("As they stand above a signature, line by line."),
    )
    emblem = PhotoField(
        _("emblem"),
        folder="don-vi",
        widths=(96, 192),
        fallback="PNG",
        width_field="emblem_width",
        height_field="emblem_height",
        blank=True,
        help_text=_("A square picture; the drawn star is shown while there is none."),
    )
    emblem_width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    emblem_height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    address = CleanCharField(_("address"), max_length=250, blank=True)
    phone = CleanCharField(_("phone"), max_length=60, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    responsible_person = CleanCharField(
        _("responsible for the content"), max_length=160, blank=True
    )
    licence = CleanCharField(
        _("licence"),
        max_length=200,
        blank=True,
        help_text=_("Number and date of the site's licence."),
    )
    time_zone = models.CharField(
        _("time zone"), max_length=60, default="Asia/Ho_Chi_Minh", validators=[validate_time_zone]
    )
    is_demo = models.BooleanField(default=False, editable=False)

    objects = OfficeManager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("office")
        verbose_name_plural = _("office")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="office_is_one_row"),
        ]

    def __str__(self) -> str:
        return self.full_name or gettext("Youth Union portal")

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        # Not before it is stored: another thread would share the old one for a second more.
        transaction.on_commit(begin_anew)

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The office's time zone, by which "today" is decided."""
        return zoneinfo.ZoneInfo(self.time_zone)


def office_zone() -> zoneinfo.ZoneInfo:
    """Return the office's time zone, at most a second old (`settings.OFFICE_ZONE`)."""
    name = caches["process"].get_or_set(
        "zone", lambda: Office.objects.load().time_zone, SHARED_SECONDS
    )
    return zoneinfo.ZoneInfo(str(name))
