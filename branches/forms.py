"""Forms about the organisation: what officers enter, and what readers report."""

import uuid
from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from branches.models import Branch, Commune, HeadCount, MistakeReport
from core.meanwhile import SeenForm

NUMBERS = ("members", "party_members", "youth")
# More people in one branch is a slip of the finger.
MOST = 9_999


def refuse_future(day: date) -> None:
    """Refuse a local date that is yet to come."""
    if day > timezone.localdate():
        raise ValidationError(_("A day that is yet to come cannot be counted."), code="future")


class DayInput(forms.DateInput):
    """The browser's own field for a day."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class CountDayForm(forms.Form):
    """Which day is counted."""

    ngay = forms.DateField(label=_("Day of the count"), widget=DayInput, validators=[refuse_future])


class CountForm(forms.ModelForm[HeadCount]):
    """The line of one branch on the page of counts."""

    counted_on = forms.DateField(
        label=_("Day of the count"), widget=forms.HiddenInput, validators=[refuse_future]
    )
    seen = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    class Meta:
        model = HeadCount
        fields = ["members", "party_members", "youth", "counted_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NUMBERS:
            self.fields[name].validators.append(MaxValueValidator(MOST))

    def clean(self) -> dict[str, Any]:
        """Say at the field what the constraint would say of the whole line."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        members, party = cleaned.get("members"), cleaned.get("party_members")
        if members is not None and party is not None and party > members:
            self.add_error("party_members", _("There cannot be more Party members than members."))
        return cleaned


class OnceForm(SeenForm):
    """A form that may be sent twice: what the record says already is no conflict."""

    @property
    def changes(self) -> set[str]:
        """The fields that differ from the record."""
        return {*self.changed_data} - {"seen"}

    def clean(self) -> dict[str, Any] | None:
        return super().clean() if self.changes else self.cleaned_data


class MeetingForm(OnceForm):
    """When and where a branch meets."""

    class Meta:
        model = Branch
        fields = ["meeting_day", "meeting_note"]


class ContactForm(OnceForm):
    """How the public reaches the Union of a commune."""

    class Meta:
        model = Commune
        fields = ["contact_address", "contact_phone", "contact_email"]


class SettleForm(forms.ModelForm[MistakeReport]):
    """What was done about a reader's report."""

    class Meta:
        model = MistakeReport
        fields = ["outcome"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].required = True


class MistakeForm(forms.ModelForm[MistakeReport]):
    """What a reader says is wrong on the page of a branch.

    `report` is made with the form, so that sending it twice is one report. `website` is not shown:
    only robots fill it in.
    """

    report = forms.UUIDField(required=False, widget=forms.HiddenInput)
    website = forms.CharField(
        label=_("Please leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    class Meta:
        model = MistakeReport
        fields = ["text", "contact"]
        widgets = {"text": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["report"].initial = uuid.uuid4
        self.fields["contact"].widget.attrs["autocomplete"] = "off"
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout("text", "contact", "report")

    @property
    def is_by_a_robot(self) -> bool:
        """Whether what nobody sees was filled in."""
        return bool(self.cleaned_data["website"])
