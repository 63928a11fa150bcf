"""Kept versions of records, told in words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.html import strip_tags
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from simple_history.admin import SimpleHistoryAdmin
from simple_history.models import ModelChange, ModelDelta
from simple_history.template_utils import HistoricalRecordContextHelper

from core.dates import exact_time

Names = dict[type[models.Model], dict[Any, models.Model]]


@dataclass(frozen=True)
class FieldChange:
    """One field of a record before and after, in words."""

    field: str
    old: str
    new: str


def audited_models() -> Iterator[type[models.Model]]:
    """Every model that keeps its versions."""
    for model in apps.get_models():
        if hasattr(model, "history") and hasattr(model._meta, "simple_history_manager_attribute"):
            yield model


def signed(record: Any, by: Any) -> Any:
    """Return the record, whose next version will say that `by` wrote it (None: a command)."""
    record._history_user = by
    return record


def shown_fields(history: Any) -> list[Any]:
    """The fields that people know; those that follow from others and have no choices are not."""
    return [field for field in history.tracked_fields if field.editable or field.choices]


def in_words(field: Any, value: Any, names: Names | None = None) -> str:
    """Return a field's value as people write it; `names` holds the records that keys point to."""
    if value is None or value == "":
        return "–"
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if field.is_relation and names is not None:
        found = names.get(field.related_model, {}).get(value)
        return str(found) if found else _("a record that was deleted")
    return _plain_words(value)


def _plain_words(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return exact_time(value)
    if isinstance(value, date):
        return date_format(value, "d/m/Y")
    return strip_tags(str(value))


def related_records(versions: Iterable[Any]) -> Names:
    """The records that the versions' keys point to; one query for each kind."""
    wanted: dict[type[models.Model], set[Any]] = {}
    for version in versions:
        for field in shown_fields(type(version)):
            if field.is_relation and getattr(version, field.attname) is not None:
                wanted.setdefault(field.related_model, set()).add(getattr(version, field.attname))
    return {model: model._default_manager.in_bulk(keys) for model, keys in wanted.items()}


def with_related(versions: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Versions with who made them and what their keys point to, in one query."""
    fields = [field for field in shown_fields(versions.model) if field.is_relation]
    # Names are short; the text of an article would come once more with each version of its photos.
    texts = [
        f"{field.name}__{other.attname}"
        for field in fields
        for other in field.related_model._meta.concrete_fields
        if isinstance(other, models.TextField)
    ]
    names = [field.name for field in fields]
    return versions.select_related("history_user", *names).defer(*texts)


def joined_records(versions: Iterable[Any]) -> Names:
    """The records that the keys of versions read by `with_related` point to."""
    found: Names = {}
    for version in versions:
        for field in shown_fields(type(version)):
            if field.is_relation and (record := getattr(version, field.name)) is not None:
                found.setdefault(field.related_model, {})[record.pk] = record
    return found


def differences(old: Any, new: Any, names: Names) -> list[FieldChange]:
    """What changed between two versions of one record."""
    found = []
    for field in shown_fields(type(new)):
        before, after = (getattr(version, field.attname) for version in (old, new))
        if before != after:
            words = (in_words(field, value, names) for value in (before, after))
            found.append(FieldChange(capfirst(str(field.verbose_name)), *words))
    return found


class WordsHelper(HistoricalRecordContextHelper):  # type: ignore[misc]
    """Choices, dates and yes or no of the library's comparison in words."""

    def context_for_delta_changes(self, delta: ModelDelta) -> list[dict[str, Any]]:
        changes = []
        for change in delta.changes:
            field = self.model._meta.get_field(change.field)
            if field.editable or field.choices:
                changes.append(self._in_words(field, change))
        return changes

    def _in_words(self, field: Any, change: ModelChange) -> dict[str, Any]:
        return {
            "field": capfirst(str(field.verbose_name)),
            "old": in_words(field, change.old),
            "new": in_words(field, change.new),
        }


class HistoryAdmin(SimpleHistoryAdmin):  # type: ignore[misc]
    """Versions with who, when and what; an earlier one is restored by whoever may change it."""

    def get_historical_record_context_helper(
        self, request: HttpRequest, historical_record: Any
    ) -> HistoricalRecordContextHelper:
        return WordsHelper(self.model, historical_record)

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a version; the library would restore it for whoever may only view, too."""
        if request.method == "POST":
            record = self.get_object(request, object_id)
            if not self.has_change_permission(request, record) or self.revert_disabled(
                request, record
            ):
                raise PermissionDenied
        return super().history_form_view(request, object_id, version_id, extra_context)  # type: ignore[no-any-return]
