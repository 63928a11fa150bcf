from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm, UsernameField
from django.utils.translation import gettext_lazy as _

from accounts.models import EMAIL_TAKEN, User


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
