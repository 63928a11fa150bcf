"""What regulations ask of branches: rows with a document and days, never constants."""

from datetime import date

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.fields import CleanCharField


class ThresholdQuerySet(models.QuerySet["Threshold"]):
    """Reads of thresholds."""

    def value_on(self, subject: str, day: date) -> int | None:
        """Return what is asked on a local date, or None if nothing is; the newest rule counts."""
        valid = self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)
        newest = valid.filter(subject=subject).order_by("-valid_from").first()
        return newest.value if newest else None


class Threshold(models.Model):
    """A number that a regulation sets, from a day on."""

    class Subject(models.TextChoices):
        LEAST_MEMBERS = "least_members", _("Least members of a branch")
        COUNT_MONTHS = "count_months", _("Months after which a branch is counted again")

    subject = models.CharField(_("subject"), max_length=20, choices=Subject)
    value = models.PositiveSmallIntegerField(_("value"), validators=[MinValueValidator(1)])
    document = CleanCharField(
        _("document"), max_length=160, help_text=_("Number and name of the regulation.")
    )
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(
        _("valid to"),
        null=True,
        blank=True,
        help_text=_("The first day on which it no longer holds; empty while it does."),
    )

    objects = ThresholdQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("threshold")
        verbose_name_plural = _("thresholds")
        ordering = ["subject", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "valid_from"],
                name="threshold_begins_once",
                violation_error_message=_("A rule of this subject begins on this day already."),
            ),
            models.CheckConstraint(
                condition=Q(value__gte=1),
                name="threshold_is_positive",
                violation_error_message=_("The value is at least 1."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="threshold_ends_after_it_begins",
                violation_error_message=_("The last day must be later than the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_display()}: {self.value}"
