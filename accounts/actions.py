"""Writes about accounts: invitations to set a password, new addresses, the end of sessions."""

import hashlib
import secrets
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.events import log_event
from accounts.models import Event, Invitation, User
from accounts.queries import live_sessions

VALID_FOR = timedelta(days=7)
ADDRESS_SECONDS = 3600
ADDRESS_SALT = "accounts.email"


class EmailLinkGoneError(Exception):
    """Raised for a link to a new address that is forged, another's, used or too old."""


class InvitationGoneError(Exception):
    """Raised for a link that is unknown, used, replaced or too old; which of these is not told."""


def invite_user(user: User, *, by: User | None) -> str:
    """Return the token of a new link for `user`; earlier links stop working. Only its hash stays.

    `by` is None when a command on the server does it.
    """
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        # One after the other, so that of two at once only the last works.
        User.objects.select_for_update().get(pk=user.pk)
        Invitation.objects.filter(user=user).open(now).update(expires_at=now)
        Invitation.objects.create(
            user=user, token_hash=_hash(token), made_by=by, made_at=now, expires_at=now + VALID_FOR
        )
        log_event(Event.Kind.INVITED, by=by, subject=user.username)
    return token


def find_invitation(token: str) -> Invitation:
    """Return the invitation whose link works now; raise InvitationGoneError otherwise."""
    found = Invitation.objects.open(timezone.now()).select_related("user")
    invitation = found.filter(token_hash=_hash(token), user__is_active=True).first()
    if invitation is None:
        raise InvitationGoneError
    return invitation


def accept_invitation(token: str, password: str) -> User:
    """Set the password of whom the link was made for, once; raise InvitationGoneError otherwise.

    The password has been checked by the form.
    """
    now = timezone.now()
    with transaction.atomic():
        mine = Invitation.objects.open(now).filter(token_hash=_hash(token))
        # The condition is looked at again under the row's lock: of two at once one wins.
        if mine.update(used_at=now) != 1:
            raise InvitationGoneError
        user = User.objects.get(pk=Invitation.objects.get(token_hash=_hash(token)).user_id)
        if not user.is_active:
            raise InvitationGoneError
        user.set_password(password)
        user.save(update_fields=["password"])
        log_event(Event.Kind.PASSWORD_SET, by=user, subject=user.username)
    return user


def email_token(user: User, address: str) -> str:
    """Return what a link to `address` holds; it works for an hour and until the address changes."""
    return signing.dumps([user.pk, user.email, address], salt=ADDRESS_SALT)


def read_email_token(user: User, token: str) -> str:
    """Return the new address of `user`; raise EmailLinkGoneError unless the link is theirs."""
    try:
        pk, before, address = signing.loads(token, salt=ADDRESS_SALT, max_age=ADDRESS_SECONDS)
    except signing.BadSignature:
        raise EmailLinkGoneError from None
    if (pk, before) != (user.pk, user.email):
        raise EmailLinkGoneError
    return str(address)


def change_email(user: User, token: str) -> str:
    """Give `user` the address that the link was sent to; return the one before.

    Raises EmailLinkGoneError for a link that does not work, or when another account took the
    address meanwhile.
    """
    with transaction.atomic():
        found = User.objects.select_for_update().get(pk=user.pk)
        before, found.email = found.email, read_email_token(found, token)
        try:
            with transaction.atomic():
                found.save(update_fields=["email"])
        except IntegrityError:
            raise EmailLinkGoneError from None
    user.email = found.email
    return before


def end_sessions(
    user: User,
    *,
    by: User | None,
    request: HttpRequest | None = None,
    besides: str | None = None,
    only: int | None = None,
) -> int:
    """Sign `user` out everywhere and return how many browsers that were; none comes back.

    The session whose key is `besides` stays; with `only`, just that of this number ends. `by` is
    None when a command on the server does it; `request` is for the log.
    """
    with transaction.atomic():
        ending = UserSession.objects.filter(user=user).exclude(session_key=besides)
        if only is not None:
            ending = ending.filter(pk=only)
        known = {session.session_key: session for session in ending}
        number = len([one for one in live_sessions(user) if one.key in known])
        for session in known.values():
            session.end()
        if number:
            detail = {"sessions": number}
            kind = Event.Kind.SESSIONS_ENDED
            log_event(kind, request=request, by=by, subject=user.username, detail=detail)
    return number


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
