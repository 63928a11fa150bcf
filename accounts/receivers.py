"""What follows when allauth or Django tells that somebody's account changed."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.usersessions.models import UserSession
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User

SIGNALS = [
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    password_changed,
    password_reset,
    password_set,
]


@receiver(SIGNALS)
def end_other_sessions(request: HttpRequest | None, user: User, **_more: Any) -> None:
    """Sign the person out elsewhere: whoever knew the old secret must not stay (ASVS 7.4.3)."""
    own = request.session.session_key if request is not None else None
    for session in UserSession.objects.filter(user=user).exclude(session_key=own):
        session.end()
