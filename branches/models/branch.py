"""Branches, and which came from which."""

import uuid
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from branches.models.commune import Commune
from branches.names import AreaKind, BranchKind, name_key, read_branch_name, search_words
from core.fields import CleanCharField, KeyField
from core.prefix_index import HoldsPrefixes
from core.scope import in_scope
from core.text import sort_key

# Kinds of area that names of areas of another kind begin with: "thôn Làng Trung", "xóm Bản Mới".
NAMING_KINDS = {AreaKind.LANG, AreaKind.BAN}


def is_open(day: date, branch: str = "") -> Q:
    """The condition that a branch exists on a local date; `branch` leads to it, "branches__"."""
    begun = Q(**{f"{branch}founded_on": None}) | Q(**{f"{branch}founded_on__lte": day})
    return begun & (Q(**{f"{branch}closed_on": None}) | Q(**{f"{branch}closed_on__gt": day}))


class BranchQuerySet(models.QuerySet["Branch"]):
    """Reads of branches; `visible_to` is where a user's scope is applied."""

    def visible_to(self, user: Any) -> "BranchQuerySet":
        """All for whoever works for the whole office, their commune's for an officer, else none."""
        return in_scope(self, user, "commune")

    def open_on(self, day: date) -> "BranchQuerySet":
        """Those that exist on a local date."""
        return self.filter(is_open(day))

    def founded_by(self, day: date) -> "BranchQuerySet":
        """Those that exist on a local date or did before."""
        return self.filter(Q(founded_on=None) | Q(founded_on__lte=day))

    def with_changed_at(self) -> "BranchQuerySet":
        """With the time of the newest version in their history."""
        versions = self.model.history.filter(id=OuterRef("pk")).order_by("-history_id")
        return self.annotate(changed_at=Subquery(versions.values("history_date")[:1]))

    def matching(self, text: str) -> "BranchQuerySet":
        """Those whose name or commune has words beginning with each word of `text`.

        Diacritics are not needed; "chi đoàn" and its short forms before a name are passed over.
        """
        words = search_words(text)
        return self.filter(HoldsPrefixes(words)) if words else self

    def under_strength(self, least: int | None) -> "BranchQuerySet":
        """Those whose last count found fewer than `least` members; none without a rule."""
        return self.filter(last_count__members__lt=least) if least is not None else self.none()

    def not_counted_since(self, day: date | None) -> "BranchQuerySet":
        """Those that were never counted or last before a local date; none without a rule."""
        if day is None:
            return self.none()
        return self.filter(Q(last_count=None) | Q(last_count__counted_on__lt=day))


class Branch(models.Model):
    """A branch of the Youth Union (chi đoàn) in a commune.

    It is closed on a day, never deleted. Its keys follow from its own name and its commune's.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    commune = models.ForeignKey(
        Commune, models.PROTECT, verbose_name=_("commune"), related_name="branches"
    )
    kind = models.CharField(
        _("kind of branch"), max_length=12, choices=BranchKind, default=BranchKind.RESIDENTIAL
    )
    area_kind = models.CharField(_("kind of area"), max_length=12, choices=AreaKind, blank=True)
    name = CleanCharField(_("name"), max_length=80, help_text=_("Without its kind: Đông, số 4."))
    # How it is known within its commune, "thon dong"; where it stands in lists; what finds it.
    folded_name = KeyField(max_length=180, editable=False)
    sort_key = KeyField(max_length=600, editable=False)
    search_key = KeyField(max_length=400, editable=False)
    founded_on = models.DateField(_("founded on"), null=True, blank=True)
    founding_decision = CleanCharField(_("founding decision"), max_length=120, blank=True)
    closed_on = models.DateField(
        _("closed on"),
        null=True,
        blank=True,
        help_text=_("The first day on which it no longer exists; empty while it does."),
    )
    closing_decision = CleanCharField(_("closing decision"), max_length=120, blank=True)
    meeting_day = models.PositiveSmallIntegerField(
        _("meeting day"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("The day of the month on which the branch meets, 1 to 31."),
    )
    meeting_note = CleanCharField(
        _("hour and place of the meeting"),
        max_length=120,
        blank=True,
        help_text=_("Such as: 19:30, at the village's house of culture."),
    )
    term_begins_on = models.DateField(_("term begins on"), null=True, blank=True)
    term_ends_on = models.DateField(_("term ends on"), null=True, blank=True)
    # Points at the newest row of its counts; kept by them.
    last_count = models.OneToOneField(
        "branches.HeadCount", models.SET_NULL, null=True, editable=False, related_name="+"
    )

    objects = BranchQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["folded_name", "sort_key", "search_key", "last_count"]
    )

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        ordering = ["sort_key", "pk"]
        permissions = [("count_branch", "Can record head counts and meeting days")]
        indexes = [
            models.Index(fields=["sort_key", "id"], name="branch_in_order"),
            models.Index(fields=["commune", "sort_key", "id"], name="branch_of_commune"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["commune", "folded_name"],
                condition=Q(closed_on=None),
                name="branch_name_is_unique_while_open",
                violation_error_message=_("The commune has an open branch of this name already."),
            ),
            models.CheckConstraint(
                condition=~Q(folded_name=""),
                name="branch_has_a_name",
                violation_error_message=_("Please write a name with letters or digits."),
            ),
            models.CheckConstraint(
                condition=Q(kind=BranchKind.RESIDENTIAL) | Q(area_kind=""),
                name="branch_area_is_residential",
                violation_error_message=_(
                    "Only a branch of a residential area has a kind of area."
                ),
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(founded_on=None) | Q(closed_on__gt=F("founded_on")),
                name="branch_closes_after_it_was_founded",
                violation_error_message=_("A branch closes later than it was founded."),
            ),
            models.CheckConstraint(
                condition=Q(closing_decision="") | Q(closed_on__isnull=False),
                name="branch_closing_decision_needs_a_day",
                violation_error_message=_(
                    "Please enter the day of closing with its decision, or neither."
                ),
            ),
            models.CheckConstraint(
                condition=Q(term_begins_on=None)
                | Q(term_ends_on=None)
                | Q(term_ends_on__gt=F("term_begins_on")),
                name="branch_term_ends_after_it_begins",
                violation_error_message=_("The term ends later than it begins."),
            ),
            models.CheckConstraint(
                condition=Q(meeting_day=None) | Q(meeting_day__range=(1, 31)),
                name="branch_meeting_day_is_of_a_month",
                violation_error_message=_("The meeting day is a number from 1 to 31."),
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(branch)s (%(commune)s)") % {
            "branch": self.title,
            "commune": self.commune,
        }

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.set_keys()
        fields = kwargs.get("update_fields")
        if fields is not None and {"name", "area_kind", "commune"} & set(fields):
            keys = {"folded_name", "sort_key", "search_key"}
            kwargs["update_fields"] = {*fields, *keys}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        """Return the public page; of two branches of one name, it is the open one's."""
        return reverse("portal:branch", args=[self.commune.slug, self.slug])

    @property
    def slug(self) -> str:
        """Its part of addresses, "thon-dong": unique in the commune while it is open."""
        return self.folded_name.replace(" ", "-")

    @property
    def label(self) -> str:
        """The area with its kind, "thôn Đông"."""
        return f"{self.get_area_kind_display()} {self.name}".strip()

    @property
    def title(self) -> str:
        """What it is called within its commune: "Chi đoàn thôn Đông"."""
        return gettext("Branch of %(area)s") % {"area": self.label}

    def is_open_on(self, day: date) -> bool:
        """Whether it exists on a local date."""
        begun = self.founded_on is None or self.founded_on <= day
        return begun and (self.closed_on is None or self.closed_on > day)

    def set_keys(self) -> None:
        """Have the stored keys follow the name and the commune's."""
        self.folded_name = name_key(self.area_kind, self.name)
        self.sort_key = f"{self.commune.sort_key} {sort_key(self.label)}"
        self.search_key = f" {self.folded_name} {self.commune.key} "

    def clean(self) -> None:
        """Read what was typed as the name as what it is, and have the constraints see the key."""
        read = read_branch_name(self.name)
        if self.area_kind and read.area_kind in NAMING_KINDS:
            read = read_branch_name(self.label)
        self.folded_name = read.key
        if read.area_kind and self.area_kind not in ("", read.area_kind):
            raise ValidationError({"area_kind": _("The name says another kind of area.")})
        self.name = read.name
        if self.kind == BranchKind.RESIDENTIAL and read.area_kind:
            self.area_kind = read.area_kind
        self.folded_name = name_key(self.area_kind, self.name)


class Lineage(models.Model):
    """Which branch came from which, by what decision; a re-organisation makes these rows."""

    class Kind(models.TextChoices):
        MERGE_INTO = "merge_into", _("Merged into")
        CONSOLIDATE = "consolidate", _("Consolidated into")
        SPLIT = "split", _("Split into")

    predecessor = models.ForeignKey(
        Branch, models.PROTECT, verbose_name=_("predecessor"), related_name="successors"
    )
    successor = models.ForeignKey(
        Branch, models.PROTECT, verbose_name=_("successor"), related_name="predecessors"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    effective_on = models.DateField(_("effective on"))
    decision = CleanCharField(_("decision"), max_length=120, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("lineage")
        verbose_name_plural = _("lineage")
        ordering = ["effective_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor"],
                name="lineage_is_told_once",
                violation_error_message=_("This lineage is recorded already."),
            ),
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")),
                name="lineage_is_of_two_branches",
                violation_error_message=_("A branch does not come from itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"
