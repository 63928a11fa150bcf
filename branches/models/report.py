"""What readers say is wrong on the page of a branch."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from branches.models.branch import Branch
from core.fields import CleanCharField, CleanTextField
from core.scope import in_scope


class MistakeReportQuerySet(models.QuerySet["MistakeReport"]):
    """Reads of reports."""

    def visible_to(self, user: Any) -> "MistakeReportQuerySet":
        """Those about the branches that the user sees."""
        return in_scope(self, user, "branch__commune")

    def waiting(self) -> "MistakeReportQuerySet":
        """Those that nobody has settled."""
        return self.filter(settled_at=None)


class MistakeReport(models.Model):
    """A reader's word that something about a branch is wrong; its commune's officers settle it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    branch = models.ForeignKey(
        Branch, models.PROTECT, verbose_name=_("branch"), related_name="reports"
    )
    text = CleanTextField(_("what is wrong"), max_length=1000)
    contact = CleanCharField(
        _("how to reach you"),
        max_length=120,
        blank=True,
        help_text=_("If you want an answer: a telephone number or an e-mail address."),
    )
    sent_at = models.DateTimeField(_("sent at"), auto_now_add=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True, editable=False)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("settled by"),
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    outcome = CleanCharField(_("what was done"), max_length=250, blank=True)

    objects = MistakeReportQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("report of a mistake")
        verbose_name_plural = _("reports of mistakes")
        ordering = ["-sent_at", "-pk"]
        indexes = [
            models.Index(
                fields=["branch"], condition=Q(settled_at=None), name="mistake_report_waiting"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None)
                | Q(settled_at__isnull=False, settled_by__isnull=False),
                name="mistake_report_who_and_when_together",
            ),
        ]

    def __str__(self) -> str:
        return str(self.branch)
