"""How a name and a password become an account."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.throttle import claim_try, forget_tries
from core.senders import client_address
from core.text import clean_line


class ThrottledBackend(AuthenticationBackend):  # type: ignore[misc]
    """Sign-in by name or e-mail, five tries in five minutes."""

    def authenticate(
        self, request: HttpRequest | None, **credentials: Any
    ) -> AbstractBaseUser | None:
        """Return the account, or None; PermissionDenied when there were too many tries."""
        name = credentials.get("username") or credentials.get("email")
        if not name or not credentials.get("password"):
            return None
        account = clean_line(str(name)).casefold()
        if not claim_try(account, client_address(request) if request else ""):
            raise PermissionDenied
        # Once: allauth looks for a name as an address anyway, and hashing for each of both would
        # tell by the time which addresses are known.
        user: AbstractBaseUser | None = super().authenticate(
            request, username=name, password=credentials["password"]
        )
        if user is not None:
            forget_tries(account)
        return user
