"""People who can sign in."""

import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser, Group
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.roles import BACK_OFFICE, GROUPS, OF_A_COMMUNE, Role
from branches.models import Commune
from core.fields import CleanCharField


class User(AbstractUser):
    """An account; họ và tên stands in one field, as Vietnamese names do."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = CleanCharField(_("full name"), max_length=120, blank=True)
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    role = models.CharField(
        _("role"),
        max_length=20,
        choices=Role,
        blank=True,
        help_text=_("Without a role the account may sign in and do nothing."),
    )
    commune = models.ForeignKey(
        Commune,
        models.PROTECT,
        verbose_name=_("commune"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("For a commune officer; empty for whoever works for the whole office."),
    )

    history = HistoricalRecords(excluded_fields=["password", "last_login"])

    REQUIRED_FIELDS = ["full_name"]

    class Meta(AbstractUser.Meta):  # type: ignore[name-defined, misc]
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=OF_A_COMMUNE, commune__isnull=False, is_superuser=False)
                | (~Q(role__in=OF_A_COMMUNE) & Q(commune=None)),
                name="user_belongs_to_the_office_or_one_commune",
                violation_error_message=_(
                    "A commune officer belongs to one commune; all others to the whole office."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Let group and access to the admin follow the role."""
        fields = kwargs.get("update_fields")
        if fields is not None and "role" not in fields:
            super().save(*args, **kwargs)
            return
        if self.role:
            self.is_staff = self.role in BACK_OFFICE
            if fields is not None:
                kwargs["update_fields"] = {*fields, "is_staff"}
        with transaction.atomic():
            super().save(*args, **kwargs)
            names = [GROUPS[Role(self.role)]] if self.role else []
            self.groups.set(Group.objects.filter(name__in=names))

    def get_full_name(self) -> str:
        return self.full_name or self.username

    def get_short_name(self) -> str:
        """The given name, which is the last word."""
        return self.get_full_name().split(" ")[-1]


class SignInTry(models.Model):
    """How often somebody tried to sign in lately; the key is a hash of account or address."""

    key = models.CharField(max_length=64, primary_key=True)
    since = models.DateTimeField()
    tries = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"{self.tries}: {self.key[:8]}"
