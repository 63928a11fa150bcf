"""Two people at one record: the later is told who changed what, and nothing is overwritten unseen.

The number of a record's newest version says what a page was made from. A form sends it back; when
the record is locked for writing, a newer version means that somebody came between.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Max
from django.utils.translation import gettext as _

from core.dates import exact_time
from core.history import FieldChange, differences, related_records


@dataclass(frozen=True)
class Meanwhile:
    """Who changed a record last since it was read, when, and every field that differs."""

    by: Any
    at: datetime
    changes: list[FieldChange]

    def __str__(self) -> str:
        who = self.by or _("somebody else")
        told = "; ".join(f"{each.field}: {each.old} → {each.new}" for each in self.changes)
        words = _("Meanwhile, %(who)s changed this at %(at)s.") % {
            "who": who,
            "at": exact_time(self.at),
        }
        return f"{words} {told}".strip()


class ChangedMeanwhile(Exception):
    """The record is newer than what the person saw; nothing was written."""

    def __init__(self, meanwhile: Meanwhile) -> None:
        self.meanwhile = meanwhile
        super().__init__(str(meanwhile))


def newest_version(record: models.Model) -> int:
    """Return the number of the newest version of a record, 0 if it has none."""
    history: Any = record.history  # type: ignore[attr-defined]
    found = history.aggregate(newest=Max("history_id"))["newest"]
    return int(found or 0)


def changed_since(record: models.Model, seen: int) -> Meanwhile | None:
    """Tell what happened to a locked record since its version `seen`; None if nothing did.

    An unknown version is an old one: then the newest version alone is told.
    """
    history: Any = record.history  # type: ignore[attr-defined]
    newest = history.select_related("history_user").order_by("-history_id").first()
    if newest is None or newest.history_id <= seen:
        return None
    before = history.filter(history_id=seen).first()
    changes = []
    if before is not None:
        changes = differences(before, newest, related_records([before, newest]))
    return Meanwhile(newest.history_user, newest.history_date, changes)


def refuse_newer(record: models.Model, seen: int) -> None:
    """Raise ChangedMeanwhile if a locked record has a newer version than `seen`."""
    if meanwhile := changed_since(record, seen):
        raise ChangedMeanwhile(meanwhile)


class SeenForm(forms.ModelForm[Any]):
    """A form that sends back the version it was made from; used within a transaction.

    When somebody came between, the form is not valid and says who; what was typed stays, and
    sending it once more writes it knowingly.
    """

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen"] = newest_version(self.instance)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance.pk:
            type(self.instance)._base_manager.select_for_update().get(pk=self.instance.pk)
            meanwhile = changed_since(self.instance, self.cleaned_data.get("seen") or 0)
            if meanwhile:
                self.data = self.data.copy()  # type: ignore[attr-defined]
                now = str(newest_version(self.instance))
                self.data[self.add_prefix("seen")] = now  # type: ignore[index]
                raise ValidationError(str(meanwhile), code="changed_meanwhile")
        return cleaned
