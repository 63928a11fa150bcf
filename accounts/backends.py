"""Who signs in with which password; a guard against guessing stands before it."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User
from accounts.throttle import claim_try, forgive_tries
from core.senders import client_address
from core.text import clean_line


def find_account(name: str) -> User | None:
    """Return the account of this user name or, in any case of letters, e-mail address."""
    if user := User.objects.filter(username=name).first():
        return user
    found = [*User.objects.filter(email__iexact=name)[:2]] if "@" in name else []
    return found[0] if len(found) == 1 else None


class GuardedBackend(ModelBackend):
    """Signs in by user name or e-mail address, unless there were too many wrong tries."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """Return the account, or None; raise PermissionDenied when no more tries are left."""
        typed = username or kwargs.get("email")
        if typed is None or password is None:
            return None
        name = clean_line(str(typed).replace("\0", ""))
        user = find_account(name)
        account = f"user {user.pk}" if user else f"name {name.casefold()}"
        address = client_address(request) if request else ""
        if not claim_try(account, address):
            raise PermissionDenied
        if user is None:
            # As long as for an account that exists.
            User().set_password(password)
            return None
        if not user.check_password(password) or not self.user_can_authenticate(user):
            return None
        forgive_tries(account, address)
        return user
