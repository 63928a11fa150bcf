"""How allauth serves this office: nobody signs up, secrets are stored encrypted."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.mails import send_later
from accounts.models import User
from branches.models import Office
from core.senders import client_address

REFUSED = _(
    "The name or the password is not right, or there were too many tries. After five wrong tries "
    "an account must wait for five minutes."
)


def _cipher() -> MultiFernet:
    """The keys made of SECRET_KEY and, for what was stored before, its predecessors."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (sha256(b"second factors\n" + secret.encode()).digest() for secret in secrets)
    return MultiFernet([Fernet(urlsafe_b64encode(digest)) for digest in digests])


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in by name or e-mail; accounts are made by an administrator only."""

    # The same words whatever was wrong, so that nobody learns which accounts there are.
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": REFUSED,
        "email_password_mismatch": REFUSED,
        "too_many_login_attempts": REFUSED,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for himself."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Tell whether a sign-in may lead there: to an own path, never to a host."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave the counting to ThrottledBackend, which no two tries at once can get round."""
        self._login_failed_rl_usage = None

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell the person of a change; the address stands in the account, allauth keeps none."""
        to = email or user.email
        if to:
            super().send_notification_mail(template_prefix, user, context, to)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail now and send it when the answer need not wait for it; to nobody, never."""
        request = allauth_context.request
        known = {"request": request, "email": email, "current_site": get_current_site(request)}
        message = self.render_mail(template_prefix, email, {**known, **context})
        person = context.get("user")
        if person is None or not person._state.adding:
            send_later(message)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address as far as it can be believed."""
        return client_address(request)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors under the office's name; a copy of the database tells none of them."""

    def get_totp_issuer(self) -> str:
        return str(Office.objects.load())

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        """The host, and the office's name as the telephone shows it."""
        return {**super().get_public_key_credential_rp_entity(), "name": str(Office.objects.load())}
