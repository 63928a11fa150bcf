"""Who changed what: the histories of all records together, newest first."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.auth import get_permission_codename, get_user_model
from django.db import models
from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.history import FieldChange, audited_models, differences, joined_records, with_related

PER_PAGE = 50
LAST_PAGE = 10_000


@dataclass(frozen=True)
class Source:
    """The versions of one kind of record that a person may see."""

    label: str
    model: type[models.Model]
    versions: QuerySet[Any]
    # The name of the address of one record, if the admin has a page for it.
    address: str


@dataclass(frozen=True)
class Row:
    """One change: the version, what kind of record it is of, and the fields that differ."""

    version: Any
    kind: str
    name: str
    address: str
    changes: list[FieldChange]


@dataclass(frozen=True)
class ChangesPage:
    """Rows of one page, and the numbers of those beside it (0: none)."""

    rows: list[Row]
    previous: int
    next: int


class ChangesForm(forms.Form):
    """Whose changes, of which records, from when to when."""

    person = forms.ModelChoiceField(
        get_user_model()._default_manager.none(), label=_("Changed by"), required=False
    )
    kind = forms.ChoiceField(label=_("Kind of record"), required=False)
    begin = forms.DateField(
        label=_("From day"), required=False, widget=forms.DateInput({"placeholder": "dd/mm/yyyy"})
    )
    end = forms.DateField(
        label=_("To day"), required=False, widget=forms.DateInput({"placeholder": "dd/mm/yyyy"})
    )
    trang = forms.IntegerField(
        min_value=1, max_value=LAST_PAGE, required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, sources: list[Source], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = get_user_model()
        found = people._default_manager.order_by(people.USERNAME_FIELD)
        if not any(source.model is people for source in sources):
            found = found.none()
        self.fields["person"].queryset = found  # type: ignore[attr-defined]
        kinds = [(s.label, capfirst(str(s.model._meta.verbose_name))) for s in sources]
        self.fields["kind"].choices = [("", _("All")), *kinds]  # type: ignore[attr-defined]


def may_see(user: Any) -> bool:
    """Whether a person may see who changed what: who may view the histories of accounts."""
    options = get_user_model().history.model._meta
    name = f"{options.app_label}.{get_permission_codename('view', options)}"
    return bool(user.is_staff and user.has_perm(name))


def sources_for(site: AdminSite, request: HttpRequest) -> list[Source]:
    """The kinds of record that a person may view; of them, no record that the admin hides."""
    found = []
    for model in audited_models():
        options = model._meta
        name = f"{options.app_label}.{get_permission_codename('view', options)}"
        if not request.user.has_perm(name):
            continue
        versions = model.history.all()  # type: ignore[attr-defined]
        address = ""
        if site.is_registered(model):
            shown = site.get_model_admin(model).get_queryset(request)
            hidden = model._default_manager.exclude(pk__in=shown.order_by().values("pk"))
            versions = versions.exclude(**{f"{options.pk.attname}__in": hidden.values("pk")})
            address = f"{site.name}:{options.app_label}_{options.model_name}_change"
        found.append(Source(options.label_lower, model, versions, address))
    return found


def read_page(sources: list[Source], form: ChangesForm) -> ChangesPage:
    """One page of changes; a filter that is no valid one finds nothing."""
    wanted = form.cleaned_data if form.is_valid() else {}
    if form.is_bound and not form.is_valid():
        return ChangesPage([], 0, 0)
    number = wanted.get("trang") or 1
    kinds = [s for s in sources if wanted.get("kind") in (None, "", s.label)]
    keys = _keys(kinds, wanted, (number - 1) * PER_PAGE)
    rows = _rows({s.label: s for s in kinds}, keys[:PER_PAGE])
    return ChangesPage(rows, number - 1, number + 1 if len(keys) > PER_PAGE else 0)


def _keys(sources: list[Source], wanted: dict[str, Any], start: int) -> list[tuple[str, int]]:
    """Kind and number of the versions of a page, and of one more."""
    parts = []
    for source in sources:
        versions = source.versions
        if wanted.get("person"):
            versions = versions.filter(history_user=wanted["person"])
        if wanted.get("begin"):
            versions = versions.filter(history_date__gte=_midnight(wanted["begin"]))
        if wanted.get("end"):
            after = wanted["end"] + timedelta(days=1)
            versions = versions.filter(history_date__lt=_midnight(after))
        label = Value(source.label, output_field=models.CharField())
        parts.append(
            versions.order_by()
            .annotate(record_kind=label)
            .values_list("record_kind", "history_id", "history_date")
        )
    if not parts:
        return []
    together = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    found = together.order_by("-history_date", "-history_id")[start : start + PER_PAGE + 1]
    return [(label, number) for label, number, _moment in found]


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _rows(sources: dict[str, Source], keys: list[tuple[str, int]]) -> list[Row]:
    versions: dict[tuple[str, int], Any] = {}
    earlier: dict[tuple[str, int], Any] = {}
    for label in {label for label, _number in keys}:
        numbers = [number for kind, number in keys if kind == label]
        _read(sources[label], numbers, versions, earlier)
    names = joined_records([*versions.values(), *earlier.values()])
    return [_row(sources[key[0]], versions[key], earlier.get(key), names) for key in keys]


def _read(
    source: Source,
    numbers: list[int],
    versions: dict[tuple[str, int], Any],
    earlier: dict[tuple[str, int], Any],
) -> None:
    """Read versions, those before them and what their keys point to, in one query."""
    history = source.model.history.model.objects  # type: ignore[attr-defined]
    key = source.model._meta.pk.attname
    before = (
        history.filter(**{key: OuterRef(key)}, history_id__lt=OuterRef("history_id"))
        .order_by("-history_id")
        .values("history_id")[:1]
    )
    told = history.annotate(before_id=Subquery(before))
    olds = told.filter(history_id__in=numbers).order_by().values("before_id")
    found = told.filter(Q(history_id__in=numbers) | Q(history_id__in=olds))
    read = {version.history_id: version for version in with_related(found)}
    for number in numbers:
        versions[source.label, number] = read[number]
        if read[number].before_id is not None:
            earlier[source.label, number] = read[read[number].before_id]


def _row(source: Source, version: Any, old: Any, names: Any) -> Row:
    changes = differences(old, version, names) if old and version.history_type == "~" else []
    address = ""
    if source.address and version.history_type != "-":
        address = reverse(source.address, args=[getattr(version, source.model._meta.pk.attname)])
    kind = capfirst(str(source.model._meta.verbose_name))
    return Row(version, kind, _name(version, source.model, names), address, changes)


def _name(version: Any, model: type[models.Model], names: Any) -> str:
    """What the record is called in this version, without asking the database for its relations."""
    fields = type(version).tracked_fields
    # Not `version.instance`, which reads the fields that are not kept, version by version.
    record = model(**{field.attname: getattr(version, field.attname) for field in fields})
    for field in fields:
        related = names.get(field.related_model, {}) if field.is_relation else {}
        key = getattr(record, field.attname)
        if key in related:
            setattr(record, field.name, related[key])
    return str(record)
