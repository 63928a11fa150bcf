from typing import Any

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
