"""Guessing passwords: a few tries for each account, more for each address of a browser.

A try is claimed before the password is hashed, in a statement that the database lets through only
while there are some left; so many at once get no more than many in turn.
"""

import hashlib
from datetime import timedelta

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import SignInTry

WINDOW = timedelta(minutes=5)
# Phones of a whole commune may share one address.
LIMITS = {SignInTry.Kind.ACCOUNT: 5, SignInTry.Kind.ADDRESS: 50}


def claim_try(account: str, address: str) -> bool:
    """Take one try of `account`, from `address` if that is known; tell whether there was one.

    Run it outside a transaction: others must see the claim before the password is looked at.
    """
    now = timezone.now()
    SignInTry.objects.filter(started_at__lte=now - WINDOW).delete()
    if address and not _claim(SignInTry.Kind.ADDRESS, address):
        return False
    return _claim(SignInTry.Kind.ACCOUNT, account)


def forgive_tries(account: str, address: str) -> None:
    """Forget the tries of `account`, and the last one of `address`, after the right password."""
    _rows(SignInTry.Kind.ACCOUNT, account).delete()
    _rows(SignInTry.Kind.ADDRESS, address).filter(tries__gt=0).update(tries=F("tries") - 1)


def _claim(kind: SignInTry.Kind, name: str) -> bool:
    with transaction.atomic():
        count = SignInTry(kind=kind, key=_key(name), started_at=timezone.now())
        SignInTry.objects.bulk_create([count], ignore_conflicts=True)
        left = _rows(kind, name).filter(tries__lt=LIMITS[kind])
        return left.update(tries=F("tries") + 1) == 1


def _rows(kind: SignInTry.Kind, name: str) -> models.QuerySet[SignInTry]:
    return SignInTry.objects.filter(kind=kind, key=_key(name))


def _key(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
