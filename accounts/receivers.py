"""What follows when allauth or Django tells that somebody's account changed."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest
from simple_history.models import HistoricalRecords

from accounts.actions import end_sessions
from accounts.events import log_event
from accounts.models import Event, User
from core.exports import exported

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
    end_sessions(user, by=user, request=request, besides=own)


@receiver(post_save, sender=User)
def end_sessions_of_inactive(instance: User, **_more: Any) -> None:
    """Leave nothing that would open the portal again if the account became active later."""
    if instance.is_active:
        return
    request = getattr(HistoricalRecords.context, "request", None)
    person = getattr(request, "user", None)
    end_sessions(instance, by=person if isinstance(person, User) else None, request=request)


@receiver(exported)
def log_export(request: HttpRequest, title: str, rows: int, **_more: Any) -> None:
    """Keep who took which list out of the portal, and how long it was."""
    by = request.user if isinstance(request.user, User) else None
    log_event(Event.Kind.EXPORTED, request=request, by=by, subject=title, detail={"rows": rows})
