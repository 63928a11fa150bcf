"""How many people a branch had, day by day."""

from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from branches.models.branch import Branch
from core.scope import in_scope


class HeadCountQuerySet(models.QuerySet["HeadCount"]):
    """Reads of head counts."""

    def visible_to(self, user: Any) -> "HeadCountQuerySet":
        """Those of the branches that the user sees."""
        return in_scope(self, user, "branch__commune")


class HeadCount(models.Model):
    """The members, Party members and youth of a branch as counted on a local date."""

    branch = models.ForeignKey(
        Branch, models.PROTECT, verbose_name=_("branch"), related_name="counts"
    )
    counted_on = models.DateField(_("counted on"))
    members = models.PositiveSmallIntegerField(_("members"))
    party_members = models.PositiveSmallIntegerField(_("Party members"), null=True, blank=True)
    youth = models.PositiveSmallIntegerField(
        _("youth present"),
        null=True,
        blank=True,
        help_text=_("Young people who live in the area, members or not."),
    )

    objects = HeadCountQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("head count")
        verbose_name_plural = _("head counts")
        ordering = ["branch", "-counted_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "counted_on"],
                name="branch_is_counted_once_a_day",
                violation_error_message=_("The branch was counted on this day already."),
            ),
            models.CheckConstraint(
                condition=Q(party_members=None) | Q(party_members__lte=F("members")),
                name="party_members_are_members",
                violation_error_message=_("There cannot be more Party members than members."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.branch}, {date_format(self.counted_on, 'd/m/Y')}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            branch = self._locked_branch()
            super().save(*args, **kwargs)
            _point_at_newest(branch)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            branch = self._locked_branch()
            found = super().delete(*args, **kwargs)
            _point_at_newest(branch)
        return found

    def _locked_branch(self) -> Branch:
        """The branch, so that two counts at once agree on which of them is the newest."""
        return (
            Branch.objects.select_for_update(of=("self",))
            .select_related("commune")
            .get(pk=self.branch_id)
        )


def _point_at_newest(branch: Branch) -> None:
    newest = branch.counts.order_by("-counted_on").first()
    if branch.last_count_id != (newest.pk if newest else None):
        branch.last_count = newest
        # It follows from the counts, which have a history of their own.
        branch.save_without_historical_record(update_fields=["last_count"])  # type: ignore[attr-defined]
