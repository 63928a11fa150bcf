"""The log of access: who came in, who was refused, whose rights changed.

Each event is a row that can only be added, and a line of the log. Neither holds a password, a
token or a code; what strangers typed is cleaned and cut.
"""

import logging
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest
from simple_history.models import HistoricalRecords
from simple_history.signals import post_create_historical_record

from accounts.models import Event, User
from core.senders import client_address
from core.text import clean_line, without_forbidden_characters

logger = logging.getLogger("portal.access")
LONGEST_NAME = 150
LONGEST_AGENT = 200
WATCHED = ("role", "commune_id", "is_active", "is_superuser")


def log_event(
    kind: Event.Kind,
    *,
    request: HttpRequest | None = None,
    by: User | None = None,
    subject: str = "",
    detail: dict[str, Any] | None = None,
) -> Event:
    """Add an event to the log and write its line; `subject` may be what a stranger typed."""
    known = dict(detail or {})
    if request and (agent := request.META.get("HTTP_USER_AGENT", "")):
        known["agent"] = _harmless(agent, LONGEST_AGENT)
    event = Event.objects.create(
        kind=kind,
        by=by,
        subject=_harmless(subject, LONGEST_NAME),
        address=client_address(request)[:64] if request else "",
        detail=known,
    )
    fields = {
        "kind": str(event.kind),
        "by": by.pk if by else None,
        "subject": event.subject,
        "address": event.address,
        "detail": known,
    }
    logger.info("event", extra={"fields": fields})
    return event


def _harmless(text: str, length: int) -> str:
    spaced = text.replace("\r", " ").replace("\n", " ")
    return clean_line(without_forbidden_characters(spaced))[:length]


def log_sign_in(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    log_event(Event.Kind.SIGNED_IN, request=request, by=user, subject=user.username)


def log_sign_out(request: HttpRequest, user: User | None, **_kwargs: Any) -> None:
    if user is not None:
        log_event(Event.Kind.SIGNED_OUT, request=request, by=user, subject=user.username)


def log_failure(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_kwargs: Any
) -> None:
    """A name that was tried; it may be one that nobody has."""
    typed = (credentials.get(key) for key in ("username", "login", "email"))
    name = next((str(value) for value in typed if value), "")
    log_event(Event.Kind.SIGN_IN_FAILED, request=request, subject=name)


def log_rights(
    instance: Any, history_instance: Any, history_user: Any = None, **_kwargs: Any
) -> None:
    """What an account may do or its address changed, whoever wrote it and from where."""
    if not isinstance(instance, User):
        return
    earlier = history_instance.prev_record
    request = getattr(HistoricalRecords.context, "request", None)
    if earlier is not None and earlier.email != instance.email:
        log_event(
            Event.Kind.EMAIL_CHANGED, request=request, by=history_user, subject=instance.username
        )
    changes = {
        name: [getattr(earlier, name, None), getattr(instance, name)]
        for name in WATCHED
        if getattr(earlier, name, None) != getattr(instance, name)
    }
    if earlier is None and not (instance.role or instance.is_superuser):
        return
    if changes:
        log_event(
            Event.Kind.RIGHTS_CHANGED,
            request=request,
            by=history_user,
            subject=instance.username,
            detail={"changes": changes},
        )


def log_factor(request: HttpRequest, user: User, signal: Any, **kwargs: Any) -> None:
    """A second factor was added, removed or made anew."""
    from allauth.mfa import signals  # noqa: PLC0415

    names = {
        signals.authenticator_added: "added",
        signals.authenticator_removed: "removed",
        signals.authenticator_reset: "reset",
    }
    factor = str(getattr(kwargs.get("authenticator"), "type", ""))
    log_event(
        Event.Kind.FACTOR_CHANGED,
        request=request,
        by=user,
        subject=user.username,
        detail={"change": names[signal], "factor": factor},
    )


def connect(*, with_factors: bool) -> None:
    """Listen to what happens (once, when all apps are ready)."""
    user_logged_in.connect(log_sign_in, dispatch_uid="log")
    user_logged_out.connect(log_sign_out, dispatch_uid="log")
    user_login_failed.connect(log_failure, dispatch_uid="log")
    post_create_historical_record.connect(log_rights, dispatch_uid="log")
    if with_factors:
        from allauth.mfa import signals  # noqa: PLC0415

        for signal in (
            signals.authenticator_added,
            signals.authenticator_removed,
            signals.authenticator_reset,
        ):
            signal.connect(log_factor, dispatch_uid="log")
