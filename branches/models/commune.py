"""The communes of the office's area."""

import uuid
from datetime import date
from typing import Any

from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import CharField, Count, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Concat, Replace
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from branches.names import search_words
from core.fields import CleanCharField, KeyField
from core.scope import in_scope
from core.text import search_key, sort_key


class CommuneQuerySet(models.QuerySet["Commune"]):
    """Reads of communes; `visible_to` is where a user's scope is applied."""

    def valid_on(self, day: date) -> "CommuneQuerySet":
        """Those that exist on a local date."""
        begun = Q(valid_from=None) | Q(valid_from__lte=day)
        return self.filter(begun, Q(valid_to=None) | Q(valid_to__gt=day))

    def with_branches(self, day: date) -> "CommuneQuerySet":
        """Add `branch_number`, those open on a local date, and `member_number` by last counts."""
        branches = self.model._meta.get_field("branches").related_model
        of_commune = branches._default_manager.open_on(day).filter(commune=OuterRef("pk"))  # type: ignore[union-attr]
        grouped = of_commune.order_by().values("commune")
        return self.annotate(
            branch_number=Coalesce(Subquery(grouped.annotate(n=Count("pk")).values("n")), 0),
            member_number=Coalesce(
                Subquery(grouped.annotate(n=Sum("last_count__members")).values("n")), 0
            ),
        )

    def matching(self, text: str) -> "CommuneQuerySet":
        """Those whose kind and name have words beginning with each word of `text`.

        There are a few thousand at most, so that they are looked through without an index.
        """
        kind = Replace("kind", Value("-"), Value(" "))
        found = self.alias(
            words=Concat(
                Value(" "), kind, Value(" "), "folded_name", Value(" "), output_field=CharField()
            )
        )
        for word in search_words(text):
            found = found.filter(words__contains=f" {word} " if word.isdecimal() else f" {word}")
        return found

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
    folded_name = KeyField(max_length=160, editable=False)
    sort_key = KeyField(max_length=300, editable=False)
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

    contact_address = CleanCharField(_("address of the commune union"), max_length=200, blank=True)
    contact_phone = CleanCharField(
        _("phone of the commune union"),
        max_length=60,
        blank=True,
        help_text=_("Shown to the public: the office's, not a person's."),
    )
    contact_email = models.EmailField(_("e-mail of the commune union"), blank=True)

    objects = CommuneQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["folded_name", "sort_key"])

    class Meta:
        verbose_name = _("commune")
        verbose_name_plural = _("communes")
        ordering = ["sort_key", "pk"]
        indexes = [models.Index(fields=["sort_key", "id"], name="commune_in_order")]
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
        """Store the keys with the name; those of its branches follow in the same transaction."""
        self.folded_name = search_key(self.name).strip()
        self.sort_key = sort_key(self.name)
        fields = kwargs.get("update_fields")
        if fields is not None and "name" in fields:
            kwargs["update_fields"] = {*fields, "folded_name", "sort_key"}
        with transaction.atomic():
            super().save(*args, **kwargs)
            self._renew_keys_of_branches()

    def get_absolute_url(self) -> str:
        """Return the public page of its branches."""
        return reverse("portal:commune", args=[self.slug])

    @property
    def key(self) -> str:
        """Folded kind and name, "xa hong lac"; the kind's word is Vietnamese in every language."""
        return f"{self.kind.replace('-', ' ')} {self.folded_name}"

    @property
    def slug(self) -> str:
        """Its part of addresses, "xa-hong-lac": unique while the commune exists."""
        return self.key.replace(" ", "-")

    @property
    def has_contact(self) -> bool:
        """Whether readers can be told how to reach its union."""
        return bool(self.contact_address or self.contact_phone or self.contact_email)

    def _renew_keys_of_branches(self) -> None:
        for branch in self.branches.order_by("pk").select_for_update():
            branch.commune = self
            before = (branch.sort_key, branch.search_key)
            branch.set_keys()
            if (branch.sort_key, branch.search_key) != before:
                keys = ["sort_key", "search_key"]
                branch.save_without_historical_record(update_fields=keys)  # type: ignore[attr-defined]

    def clean(self) -> None:
        """Have the constraints see the key that `save` will store."""
        self.folded_name = search_key(self.name).strip()
