"""People who can sign in."""

import unicodedata
import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser, Group, UserManager
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.roles import BACK_OFFICE, GROUPS, OF_A_COMMUNE, Role
from branches.models import Commune
from core.append_only import AppendOnlyModel, AppendOnlyQuerySet
from core.fields import CleanCharField
from core.text import search_key

EMAIL_TAKEN = _("Another account has this address.")


def one_form(password: str | None) -> str | None:
    """Return the password in the form that is hashed: keyboards differ in how they send ế."""
    return password if password is None else unicodedata.normalize("NFKC", password)


class AccountManager(UserManager["User"]):
    """Makes accounts whose password is hashed in its one form, as `User.set_password` does."""

    def create_user(
        self, username: str, email: str | None = None, password: str | None = None, **values: Any
    ) -> "User":
        return super().create_user(username, email, one_form(password), **values)

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **values: Any
    ) -> "User":
        return super().create_superuser(username, email, one_form(password), **values)


class User(AbstractUser):
    """An account; họ và tên stands in one field, as Vietnamese names do."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = CleanCharField(_("full name"), max_length=120, blank=True)
    # Follows the name.
    folded_name = models.CharField(max_length=240, editable=False, default="")
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

    history = HistoricalRecords(excluded_fields=["password", "last_login", "folded_name"])
    objects = AccountManager()  # type: ignore[misc]

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
            # One may sign in by it, and set a new password through it.
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="user_email_belongs_to_one_account",
                violation_error_message=EMAIL_TAKEN,
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    def clean(self) -> None:
        """Say at the field what the constraint would say of the whole form."""
        super().clean()
        others = User.objects.exclude(pk=self.pk)
        if self.email and others.filter(email__iexact=self.email).exists():
            raise ValidationError({"email": EMAIL_TAKEN})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Let the folded name follow the name; group and access to the admin, the role."""
        self.folded_name = search_key(self.full_name).strip()
        fields = kwargs.get("update_fields")
        if fields is not None and "full_name" in fields:
            fields = kwargs["update_fields"] = {*fields, "folded_name"}
        if fields is not None and "role" not in fields:
            if set(fields) == {"last_login"}:
                # The log of access tells of signing in; the history keeps nothing of it.
                self.skip_history_when_saving = True
            try:
                super().save(*args, **kwargs)
            finally:
                self.__dict__.pop("skip_history_when_saving", None)
            return
        if self.role:
            self.is_staff = self.role in BACK_OFFICE
            if fields is not None:
                kwargs["update_fields"] = {*fields, "is_staff"}
        with transaction.atomic():
            super().save(*args, **kwargs)
            names = [GROUPS[Role(self.role)]] if self.role else []
            self.groups.set(Group.objects.filter(name__in=names))

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(one_form(raw_password))

    def check_password(self, raw_password: str) -> bool:
        return super().check_password(unicodedata.normalize("NFKC", raw_password))

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


class Event(AppendOnlyModel):
    """Something about access that happened."""

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", _("Signed in")
        SIGNED_OUT = "signed_out", _("Signed out")
        SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
        RIGHTS_CHANGED = "rights_changed", _("Rights changed")
        EMAIL_CHANGED = "email_changed", _("E-mail address changed")
        FACTOR_CHANGED = "factor_changed", _("Second factor changed")
        PASSWORD_SET = "password_set", _("Password set by invitation")
        INVITED = "invited", _("Invitation made")
        REFUSED = "refused", _("Access refused")
        EXPORTED = "exported", _("Exported")
        SESSIONS_ENDED = "sessions_ended", _("Sessions ended")

    at = models.DateTimeField(_("time"), auto_now_add=True, db_index=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("who"),
    )
    subject = CleanCharField(_("about"), max_length=200, blank=True)
    address = models.CharField(_("address of the browser"), max_length=64, blank=True)
    detail = models.JSONField(_("details"), default=dict, blank=True)

    objects = AppendOnlyQuerySet["Event"].as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, now: datetime) -> "InvitationQuerySet":
        """Those whose link still works at `now`."""
        return self.filter(used_at=None, expires_at__gt=now)


class Invitation(models.Model):
    """A link by which a person sets the first password; only its hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.user} → {self.expires_at:%d/%m/%Y}"
