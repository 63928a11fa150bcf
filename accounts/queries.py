"""What is read about accounts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone

from accounts.browsers import browser_in_words
from accounts.middleware import BEGAN, SEEN, is_over
from accounts.models import User


@dataclass(frozen=True)
class LiveSession:
    """A browser in which a person is signed in."""

    # The key opens the session, so it stands on no page; the number does not.
    number: int
    key: str
    browser: str
    address: str
    began_at: datetime
    seen_at: datetime


def find_account(typed: str) -> User | None:
    """The account that signs in by this name or e-mail address; one query, whoever it is.

    A name goes before an address: nobody chooses the own name, so nobody who takes an address
    stands in the way of whoever is called so.
    """
    own = Q(username__iexact=typed) | Q(email__iexact=typed)
    found = [*User.objects.filter(own).order_by("pk")]
    named = [user for user in found if user.username.lower() == typed.lower()]
    exact = [user for user in named if user.username == typed]
    return next(iter([*exact, *named, *found]), None)


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
    return LiveSession(row.pk, row.session_key, browser, row.ip, began, seen)
