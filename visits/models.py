"""The visitor counter: visits by day, and the rows that make one browser count once.

No row tells who visited, from where or what was read.
"""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from core.append_only import AppendOnlyModel, AppendOnlyQuerySet
from core.fields import CleanCharField

MAX_AMOUNT = 10**12


class VisitDayQuerySet(models.QuerySet["VisitDay"]):
    def total(self) -> int:
        """The sum of the chosen days."""
        return self.aggregate(sum=Sum("visits"))["sum"] or 0


class VisitDay(models.Model):
    """The visits of one local day; every other figure is a sum of these."""

    day = models.DateField(_("day"), primary_key=True)
    visits = models.PositiveBigIntegerField(_("visits"), default=0)

    objects = VisitDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("visits of a day")
        verbose_name_plural = _("visits by day")
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y}"


class VisitSession(models.Model):
    """A browser that was here: a hash, and when it was last seen.

    `counted` tells whether its last view began a visit, so that one statement can both write
    the row and answer. Rows older than a day mean nothing any more (see `clean_visits`).
    """

    key = models.CharField(max_length=64, primary_key=True)
    day = models.DateField()
    last_seen = models.DateTimeField()
    counted = models.BooleanField()

    class Meta:
        verbose_name = _("browser seen")
        verbose_name_plural = _("browsers seen")

    def __str__(self) -> str:
        return self.key


class VisitSalt(models.Model):
    """32 random bytes that hide addresses for one local day, and are forgotten after it."""

    day = models.DateField(primary_key=True)
    salt = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("salt of a day")
        verbose_name_plural = _("salts by day")

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y}"


class VisitBotDay(models.Model):
    """Views by machines on one local day, which count as no visit."""

    class Kind(models.TextChoices):
        CRAWLER = "crawler", _("Search engines and other robots")
        HEADLESS = "headless", _("Browsers run by a program")
        PREFETCH = "prefetch", _("Pages fetched in advance")
        UNNAMED = "unnamed", _("Without a name of the browser")

    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    views = models.PositiveBigIntegerField(_("views"), default=0)

    class Meta:
        verbose_name = _("views by robots")
        verbose_name_plural = _("views by robots")
        ordering = ["-day", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["day", "kind"], name="visit_bot_day_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["crawler", "headless", "prefetch", "unnamed"]),
                name="visit_bot_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y} – {self.get_kind_display()}"


class VisitAdjustmentQuerySet(AppendOnlyQuerySet["VisitAdjustment"]):
    def of_old_portal(self) -> "VisitAdjustmentQuerySet":
        """The opening entry and its corrections, the newest first."""
        return self.filter(kind__in=["opening", "correction"]).order_by("-pk")

    def total(self) -> int:
        """The sum of the chosen entries."""
        return self.aggregate(sum=Sum("amount"))["sum"] or 0


class VisitAdjustment(AppendOnlyModel):
    """An entry of the ledger that completes what was counted; it can only be added.

    The total of the old portal lives here, and only here: one opening entry, and the corrections
    of it. `stated_total` is the old portal's total as it was read, of which `amount` leaves out
    what came in day by day. Changing or deleting a row is refused by the database, too.
    """

    class Kind(models.TextChoices):
        OPENING = "opening", _("Total of the old portal")
        CORRECTION = "correction", _("Correction of the old portal's total")
        MANUAL = "manual", _("Entered by hand")

    amount = models.BigIntegerField(
        _("visits"), help_text=_("Added to the total; with a minus sign, taken from it.")
    )
    kind = models.CharField(
        _("kind"), max_length=10, choices=Kind, default=Kind.MANUAL, editable=False
    )
    reason = CleanCharField(_("reason"), max_length=300)
    stated_total = models.PositiveBigIntegerField(null=True, editable=False)
    effective_on = models.DateField(_("as of"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("entered by"),
        help_text=_("Empty when a command did it."),
    )
    created_at = models.DateTimeField(_("entered at"), auto_now_add=True)

    objects = VisitAdjustmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("adjustment of the total")
        verbose_name_plural = _("adjustments of the total")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["opening", "correction", "manual"]),
                name="visit_adjustment_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=-MAX_AMOUNT, amount__lte=MAX_AMOUNT),
                name="visit_adjustment_amount_sane",
                violation_error_message=_("This number is too large."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="manual") | ~Q(amount=0),
                name="visit_adjustment_changes_something",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="visit_adjustment_has_reason"),
            models.CheckConstraint(
                condition=Q(kind="manual", by__isnull=False, stated_total__isnull=True)
                | Q(kind__in=["opening", "correction"], stated_total__isnull=False),
                name="visit_adjustment_has_author_or_total",
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(kind="opening"), name="visit_adjustment_one_opening"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+d}"

    def clean(self) -> None:
        """Refuse what only a slip of the pen enters: nothing, or more than there is."""
        # Missing if what was typed is no number.
        amount: int | None = self.amount
        if amount is None:
            return
        if amount == 0 and self.kind == self.Kind.MANUAL:
            raise ValidationError({"amount": _("Please enter a number other than zero.")})
        if VisitDay.objects.total() + VisitAdjustment.objects.total() + amount < 0:
            raise ValidationError({"amount": _("The total would fall below zero.")})
