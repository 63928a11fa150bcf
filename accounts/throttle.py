"""Tries to sign in, counted before a password is looked at, by all processes together.

ASVS 6.3.1: five tries for an account in five minutes; many more for an address, since the phones
of a whole hall may share one.
"""

from datetime import timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import SignInTry

WINDOW = timedelta(minutes=5)
PER_ACCOUNT, PER_ADDRESS = 5, 100


def claim_try(account: str, address: str) -> bool:
    """Count a try for this account and address; tell whether it may go on.

    `account` is the account, however it was spelled, or the name that nobody has. What counts is
    the order of the writes in the database: of forty at once, five go on.
    """
    names = [(account, PER_ACCOUNT)]
    if address:
        names.insert(0, (f"address:{address}", PER_ADDRESS))
    return all(_claim(_key(name), limit) for name, limit in names)


def forget_tries(account: str) -> None:
    """Begin anew for an account whose person has signed in, and drop what is over for others."""
    SignInTry.objects.filter(key=_key(account)).delete()
    SignInTry.objects.filter(since__lt=timezone.now() - WINDOW).delete()


def _key(name: str) -> str:
    return sha256(name.encode(errors="surrogatepass")).hexdigest()


def _claim(key: str, limit: int) -> bool:
    now = timezone.now()
    tries = SignInTry.objects.filter(key=key)
    if tries.filter(since__lte=now - WINDOW).update(since=now, tries=1):
        return True
    if not tries.exists():
        try:
            with transaction.atomic():
                SignInTry.objects.create(key=key, since=now, tries=1)
        except IntegrityError:  # Another came first; then this is one more of its tries.
            pass
        else:
            return True
    return bool(tries.filter(tries__lt=limit).update(tries=F("tries") + 1))
