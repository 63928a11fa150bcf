"""What is read about accounts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.browsers import browser_in_words
from accounts.middleware import BEGAN, SEEN, is_over
from accounts.models import User


@dataclass(frozen=True)
class LiveSession:
    """A browser in which a person is signed in."""

    key: str
    browser: str
    address: str
    began_at: datetime
    seen_at: datetime


def live_sessions(user: User) -> list[LiveSession]:
    """Where `user` is signed in now, last seen first; two queries."""
    known = {row.session_key: row for row in UserSession.objects.filter(user=user)}
    now = timezone.now()
    stored = Session.objects.filter(session_key__in=known, expire_date__gt=now)
    # A session made before the password was changed is over.
    hashes = {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}
    found = []
    for session in stored:
        data = session.get_decoded()
        if data.get(HASH_SESSION_KEY) in hashes:
            found.append(_described(known[session.session_key], data))
    live = [
        one
        for one in found
        if not is_over(user, one.began_at.timestamp(), one.seen_at.timestamp(), now.timestamp())
    ]
    return sorted(live, key=lambda one: one.seen_at, reverse=True)


def _described(row: UserSession, data: dict[str, Any]) -> LiveSession:
    began, seen = (
        datetime.fromtimestamp(data[name], UTC) if name in data else row.created_at
        for name in (BEGAN, SEEN)
    )
    browser = browser_in_words(row.user_agent)
    return LiveSession(row.session_key, browser, row.ip, began, seen)
