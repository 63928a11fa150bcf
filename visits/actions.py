"""Writes of the counter: views, bots, the ledger, and the removal of what is no longer needed."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from datetime import timezone as dt_timezone
from hashlib import sha256

from django.contrib.auth.models import AbstractBaseUser
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from visits import counting
from visits.models import (
    MAX_AMOUNT,
    VisitAdjustment,
    VisitBotDay,
    VisitDay,
    VisitSalt,
    VisitSession,
)

SALT_BYTES = 32
SALT_SECONDS = 600
SESSION_LIFE = timedelta(days=1)
BATCH = 500
LAST_ZONE = dt_timezone(timedelta(hours=-12))
Kind = VisitAdjustment.Kind


def count_view(token: str, *, address: str, agent: str) -> tuple[bool, counting.Figures]:
    """Count a page view of one browser; return whether it began a visit, and the five numbers.

    `token` is the random one of the browser; if it keeps none, address and name of the browser
    stand for it, hidden by the salt of the day. Neither is stored, only a hash.
    """
    if token:
        return counting.count(sha256(token.encode()).hexdigest())
    sender = f"{address}\n{agent}".encode(errors="surrogateescape")
    return counting.count(hmac.digest(_salt_of(timezone.localdate()), sender, "sha256").hex())


def _salt_of(day: date) -> bytes:
    """Return the salt of a local day, the same in all processes; forget those of earlier days."""
    return caches["process"].get_or_set(  # type: ignore[return-value]
        f"salt-{day}", lambda: _stored_salt(day), SALT_SECONDS
    )


def _stored_salt(day: date) -> bytes:
    with transaction.atomic():
        VisitSalt.objects.filter(day__lt=day).delete()
        row, _created = VisitSalt.objects.get_or_create(
            day=day, defaults={"salt": secrets.token_bytes(SALT_BYTES)}
        )
    return bytes(row.salt)


def count_bot(kind: VisitBotDay.Kind) -> None:
    """Add a view by a machine to those of today."""
    with transaction.atomic():
        row, _created = VisitBotDay.objects.get_or_create(day=timezone.localdate(), kind=kind)
        VisitBotDay.objects.filter(pk=row.pk).update(views=F("views") + 1)


def add_adjustment(adjustment: VisitAdjustment, *, by: AbstractBaseUser) -> VisitAdjustment:
    """Add an entry made by hand, which its form has checked, to the ledger."""
    adjustment.kind = Kind.MANUAL
    adjustment.by_id = by.pk
    adjustment.save()
    return adjustment


class AlreadyOpened(Exception):
    """The old portal's total was taken over before; `total` is what it was stated to be."""

    def __init__(self, total: int) -> None:
        super().__init__(total)
        self.total = total


@dataclass(frozen=True)
class OldTotal:
    """What the old portal had counted by the end of a day; `days` has the part known by day."""

    total: int
    as_of: date
    note: str
    days: Mapping[date, int] = field(default_factory=dict)

    def check(self) -> None:
        """Raise ValidationError for what the old portal cannot have counted."""
        if self.as_of > timezone.localdate():
            raise ValidationError(_("The total cannot be as of a day that is yet to come."))
        if self.total > MAX_AMOUNT:
            raise ValidationError(_("This number is too large."))
        if sum(self.days.values()) > self.total:
            raise ValidationError(_("The days together have more visits than the total."))
        if late := [day for day in self.days if day > self.as_of]:
            text = _("%(day)s is later than the day of the total.")
            raise ValidationError(text % {"day": f"{min(late):%d/%m/%Y}"})
        known = VisitDay.objects.filter(day__in=self.days).values_list("day", flat=True).last()
        if known is not None:
            text = _("%(day)s was counted here or taken over already.")
            raise ValidationError(text % {"day": f"{known:%d/%m/%Y}"})


def open_balance(
    old: OldTotal, *, replace: bool = False, by: AbstractBaseUser | None
) -> VisitAdjustment | None:
    """Take over the total of the old portal: its days become ours, the rest an entry of the ledger.

    A second time is refused with AlreadyOpened unless `replace`, which adds an entry with the
    difference, also of 0 if the days explain it all (None if nothing is new). Raises
    ValidationError for what cannot be. All is stored, or nothing.
    """
    with transaction.atomic():
        opening = VisitAdjustment.objects.select_for_update().filter(kind=Kind.OPENING).first()
        if opening is not None and not replace:
            raise AlreadyOpened(_stated_total())
        stated = _stated_total() if opening else 0
        if opening and old.total == stated and not old.days:
            return None
        entry = VisitAdjustment(
            kind=Kind.CORRECTION if opening else Kind.OPENING,
            amount=old.total - stated - sum(old.days.values()),
            reason=old.note,
            stated_total=old.total,
            effective_on=old.as_of,
            by_id=by.pk if by else None,
        )
        try:
            with transaction.atomic():
                _take_over(old, entry)
        except (IntegrityError, ValidationError) as error:
            if opening is None and VisitAdjustment.objects.of_old_portal().exists():
                raise AlreadyOpened(_stated_total()) from error  # Somebody else was faster.
            raise
    return entry


def _take_over(old: OldTotal, entry: VisitAdjustment) -> None:
    old.check()
    days = [VisitDay(day=day, visits=number) for day, number in sorted(old.days.items())]
    VisitDay.objects.bulk_create(days)
    entry.full_clean(validate_constraints=False)
    entry.save()


def _stated_total() -> int:
    """The old portal's total as it was last read."""
    last = VisitAdjustment.objects.of_old_portal().first()
    return (last and last.stated_total) or 0


def clean_up() -> int:
    """Remove browsers not seen for a day, and salts of earlier days; return how many browsers.

    In small batches, each a transaction of its own, so that nobody waits. No figure changes,
    however late it runs: such a browser begins a new visit anyway.
    """
    # The office's zone is not known here: the newest may be of its today until that day is over
    # everywhere.
    over = timezone.localdate(timezone=LAST_ZONE)
    newest = VisitSalt.objects.aggregate(day=Max("day"))["day"]
    VisitSalt.objects.filter(day__lt=max(over, newest or over)).delete()
    removed = 0
    while True:
        with transaction.atomic():
            old = VisitSession.objects.filter(last_seen__lt=timezone.now() - SESSION_LIFE)
            # Whoever comes back just now stays; by key, as they are locked there, so that
            # neither waits for the other in a circle.
            free = old.select_for_update(skip_locked=True).order_by("key")
            keys = list(free.values_list("key", flat=True)[:BATCH])
            removed += old.filter(key__in=keys).delete()[0]
        if not keys:
            return removed
