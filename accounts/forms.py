from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP
from django import forms
from django.contrib.auth.forms import SetPasswordForm, UsernameField

from accounts.models import User


class FirstPasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """The password of one's own choice, twice; the rules stand beside it in words."""


class NewAccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """An account without a password: its owner sets one by a link."""

    class Meta:
        model = User
        fields = ["username", "full_name", "email", "role", "commune"]
        field_classes = {"username": UsernameField}

    def save(self, commit: bool = True) -> Any:
        self.instance.set_unusable_password()
        return super().save(commit)


class NewAppForm(ActivateTOTPForm):  # type: ignore[misc]
    """Sets up the authenticator app; the code that proves it opens nothing afterwards."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        app = TOTP(Authenticator(user=self.user, type=Authenticator.Type.TOTP))
        app._mark_code_used(code)
        return code
