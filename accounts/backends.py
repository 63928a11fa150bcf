"""How a name and a password become an account."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User
from accounts.queries import find_account
from accounts.throttle import claim_try, forget_tries
from core.senders import client_address
from core.text import clean_line


class ThrottledBackend(AuthenticationBackend):  # type: ignore[misc]
    """Sign-in by name or e-mail, five tries in five minutes for both together."""

    def authenticate(
        self, request: HttpRequest | None, **credentials: Any
    ) -> AbstractBaseUser | None:
        """Return the account, or None; PermissionDenied when there were too many tries."""
        name = credentials.get("username") or credentials.get("email")
        if not name or not credentials.get("password"):
            return None
        typed = clean_line(str(name))
        account = find_account(typed)
        # The prefixes keep a name that is a number from counting for the account of that number.
        counted = f"name:{typed.casefold()}" if account is None else f"account:{account.pk}"
        if not claim_try(counted, client_address(request) if request else ""):
            raise PermissionDenied
        user: AbstractBaseUser | None = super().authenticate(
            request, account=account, password=credentials["password"]
        )
        if user is not None:
            forget_tries(counted)
        return user

    def _authenticate(
        self, request: HttpRequest | None, *, account: User | None, password: str
    ) -> AbstractBaseUser | None:
        """Compare with the account that was counted, and no other.

        allauth would look for each of name and address, and compare with both owners.
        """
        user: AbstractBaseUser | None = self._check_password(account, password)
        return user
