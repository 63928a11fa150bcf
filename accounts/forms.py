import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.forms import ResetPasswordForm
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
)
from django import forms
from django.contrib.auth.forms import SetPasswordForm, UsernameField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import EMAIL_TAKEN, User
from core.fields import refuse_forbidden_characters
from core.text import clean_line

# What the parsers of a passkey's answer raise for things that no device sends.
NO_DEVICE = (
    *(AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError),
    struct.error,
)


class FirstPasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """The password of one's own choice, twice; the rules stand beside it in words."""


class EmailForm(forms.Form):
    """A new e-mail address for oneself."""

    email = forms.EmailField(
        label=_("New e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        """Refuse the present address and anybody else's."""
        address: str = User.objects.normalize_email(self.cleaned_data["email"])
        if address.lower() == self.user.email.lower():
            raise forms.ValidationError(_("This is your address already."))
        if User.objects.filter(email__iexact=address).exists():
            raise forms.ValidationError(EMAIL_TAKEN)
        return address


class NewAccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """An account without a password: its owner sets one by a link."""

    class Meta:
        model = User
        fields = ["username", "full_name", "email", "role", "commune"]
        field_classes = {"username": UsernameField}

    def save(self, commit: bool = True) -> Any:
        self.instance.set_unusable_password()
        return super().save(commit)


class ForgottenForm(ResetPasswordForm):  # type: ignore[misc]
    """Sends a link; for an unknown address the mail is written, too, and thrown away.

    Writing it takes as long as all else, so the time of the answer would tell who has an account.
    """

    users: list[User]

    def save(self, request: HttpRequest, **options: Any) -> str:
        self.users = self.users or [User(pk=0, email=self.cleaned_data["email"])]
        address: str = super().save(request, **options)
        return address


class NewAppForm(ActivateTOTPForm):  # type: ignore[misc]
    """Sets up the authenticator app; the code that proves it opens nothing afterwards."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        app = TOTP(Authenticator(user=self.user, type=Authenticator.Type.TOTP))
        app._mark_code_used(code)
        return code


class KeyNameField(forms.CharField):
    """What a person calls the own passkey."""

    default_validators = [refuse_forbidden_characters]

    def __init__(self, **options: Any) -> None:
        super().__init__(label=_("Name"), max_length=100, **options)

    def to_python(self, value: Any) -> Any:
        return clean_line(super().to_python(value) or "")


class Silent(forms.HiddenInput):
    """A field of the script's that is empty again when the form is shown again."""

    def format_value(self, value: Any) -> str | None:
        return None


class CredentialField(forms.JSONField):
    """What a passkey answered, without what no text may hold (PostgreSQL keeps it in no JSON)."""

    widget = Silent

    def to_python(self, value: Any) -> Any:
        answer = super().to_python(value)
        with _refusing_what_no_device_sends():
            # Half an astral character cannot be encoded.
            if b"\\u0000" in json.dumps(answer, ensure_ascii=False).encode():
                raise ValueError("NUL")
        return answer


class NewKeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """Adds a passkey; without a name of the person's it gets one."""

    name = KeyNameField(required=False)
    credential = CredentialField()

    def clean(self) -> dict[str, Any]:
        with _refusing_what_no_device_sends():
            cleaned: dict[str, Any] = super().clean()
        return cleaned


class KeyNameForm(EditWebAuthnForm):  # type: ignore[misc]
    """Gives a passkey another name."""

    name = KeyNameField()


class KeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]
    """Takes a passkey as the second factor of a sign-in."""

    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        with _refusing_what_no_device_sends():
            return super().clean_credential()


class ConfirmingKeyForm(KeyForm):
    """Takes a passkey where a signed-in person must confirm."""

    reauthenticated = True


@contextmanager
def _refusing_what_no_device_sends() -> Iterator[None]:
    """Refuse it as a wrong code is refused, instead of failing."""
    try:
        yield
    except NO_DEVICE as error:
        raise get_adapter().validation_error("incorrect_code") from error
