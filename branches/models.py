"""The organisation: the office itself and its communes; branches follow."""

import uuid
import zoneinfo
from datetime import date
from typing import Any

from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.fields import CleanCharField, CleanTextField
from core.photos import PhotoField
from core.scope import in_scope
from core.shared import SHARED_SECONDS, begin_anew
from core.text import search_key


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


class CommuneQuerySet(models.QuerySet["Commune"]):
    """Reads of communes; `visible_to` is where a user's scope is applied."""

    def valid_on(self, day: date) -> "CommuneQuerySet":
        """Those that exist on a local date."""
        begun = Q(valid_from=None) | Q(valid_from__lte=day)
        return self.filter(begun, Q(valid_to=None) | Q(valid_to__gt=day))

    def visible_to(self, user: Any) -> "CommuneQuerySet":
        """All for whoever works for the whole office, their own for a commune's, else none."""
        return in_scope(self, user, "pk")


class Commune(models.Model):
    """A commune of the office's area, whose officers see and change their own records only."""

    class Kind(models.TextChoices):
        RURAL = "xa", pgettext_lazy("kind", "Commune")
        WARD = "phuong", _("Ward")
        TOWN = "thi-tran", _("Township")
        SPECIAL = "dac-khu", _("Special zone")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.RURAL)
    name = CleanCharField(_("name"), max_length=80, help_text=_("Without the kind: Hồng Lạc."))
    # Follows the name; two spellings of one name are one commune.
    folded_name = models.CharField(max_length=160, editable=False)
    code = CleanCharField(
        _("official code"),
        max_length=5,
        blank=True,
        validators=[RegexValidator(r"^[0-9]{5}$", _("An official code has five digits."))],
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(
        _("valid to"),
        null=True,
        blank=True,
        help_text=_("The first day on which it no longer exists; empty while it does."),
    )

    objects = CommuneQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["folded_name"])

    class Meta:
        verbose_name = _("commune")
        verbose_name_plural = _("communes")
        ordering = ["folded_name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "folded_name"],
                condition=Q(valid_to=None),
                name="commune_name_is_unique_while_valid",
                violation_error_message=_("There is a commune of this kind and name already."),
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=Q(valid_to=None) & ~Q(code=""),
                name="commune_code_is_unique_while_valid",
                violation_error_message=_("Another commune has this official code."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="commune_ends_after_it_begins",
                violation_error_message=_("The last day must be later than the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{str(self.get_kind_display()).lower()} {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.folded_name = search_key(self.name).strip()
        fields = kwargs.get("update_fields")
        if fields is not None and "name" in fields:
            kwargs["update_fields"] = {*fields, "folded_name"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Have the constraints see the key that `save` will store."""
        self.folded_name = search_key(self.name).strip()


def office_zone() -> zoneinfo.ZoneInfo:
    """Return the office's time zone, at most a second old (`settings.OFFICE_ZONE`)."""
    name = caches["process"].get_or_set(
        "zone", lambda: Office.objects.load().time_zone, SHARED_SECONDS
    )
    return zoneinfo.ZoneInfo(str(name))
