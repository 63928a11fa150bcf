"""One change of many branches: shown row by row before it is made."""

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from branches.actions import change_branches
from branches.models import Branch
from core.history import FieldChange, differences
from core.meanwhile import ChangedMeanwhile

MOST_CHOSEN = 500


class CloseForm(forms.Form):
    """When and by what decision the chosen branches close."""

    title = gettext_lazy("Close the chosen branches")
    closed_on = forms.DateField(
        label=gettext_lazy("closed on"),
        help_text=gettext_lazy("The first day on which they no longer exist."),
    )
    closing_decision = forms.CharField(
        label=gettext_lazy("closing decision"), max_length=120, required=False
    )


class TermForm(forms.Form):
    """The term of the chosen branches."""

    title = gettext_lazy("Set the term of the chosen branches")
    term_begins_on = forms.DateField(label=gettext_lazy("term begins on"))
    term_ends_on = forms.DateField(label=gettext_lazy("term ends on"))


@dataclass
class Line:
    """A chosen branch, the version that is shown, and what would change or why it cannot."""

    branch: Branch
    seen: int
    changes: list[FieldChange] = field(default_factory=list)
    problem: str = ""


def change_chosen(
    admin: Any, request: HttpRequest, queryset: QuerySet[Branch], form_class: type[forms.Form]
) -> HttpResponse | None:
    """Ask for the values, show every row old → new, then change all or none."""
    if not admin.has_change_permission(request):
        raise PermissionDenied
    chosen = list(queryset.select_related("commune").order_by("pk")[: MOST_CHOSEN + 1])
    if len(chosen) > MOST_CHOSEN:
        text = _("Please choose at most %(n)d branches at a time.") % {"n": MOST_CHOSEN}
        admin.message_user(request, text, messages.ERROR)
        return None
    sent = "values" in request.POST
    form = form_class(request.POST if sent else None)
    lines = _lines(chosen, form.cleaned_data if sent and form.is_valid() else {})
    problem = ""
    if sent and form.is_valid() and "confirm" in request.POST:
        seen = {line.branch.pk: _seen(request, line) for line in lines}
        try:
            changed = change_branches(seen, form.cleaned_data, by=request.user)
        except ChangedMeanwhile as error:
            problem = str(error)
        except ValidationError as error:
            problem = " ".join(error.messages)
        else:
            number = len(changed)
            text = ngettext("%(n)d branch was changed.", "%(n)d branches were changed.", number)
            admin.message_user(request, text % {"n": number}, messages.SUCCESS)
            return None
    context = {
        **admin.admin_site.each_context(request),
        "title": form_class.title,  # type: ignore[attr-defined]
        "opts": admin.opts,
        "form": form,
        "lines": lines,
        "problem": problem,
        "is_preview": sent and form.is_valid() and not any(line.problem for line in lines),
        "action": request.POST.get("action", ""),
    }
    return TemplateResponse(request, "admin/branches/change_chosen.html", context)


def _seen(request: HttpRequest, line: Line) -> int:
    text = request.POST.get(f"seen-{line.branch.pk}", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _lines(chosen: list[Branch], values: dict[str, Any]) -> list[Line]:
    """Each branch with what the values would change in it; two queries and one for each check."""
    newest = Branch.history.filter(id__in=[branch.pk for branch in chosen]).order_by()
    versions = dict(newest.values_list("id").annotate(Max("history_id")))
    kept = Branch.history.in_bulk(versions.values(), field_name="history_id") if values else {}
    lines = []
    for branch in chosen:
        line = Line(branch, versions.get(branch.pk, 0))
        lines.append(line)
        if not values:
            continue
        for name, value in values.items():
            setattr(branch, name, value)
        try:
            branch.full_clean()
        except ValidationError as error:
            line.problem = " ".join(error.messages)
        if before := kept.get(line.seen):
            # In memory only: a version as it would be.
            names = [kept_field.attname for kept_field in before.tracked_fields]
            after = Branch.history.model(**{name: getattr(branch, name) for name in names})
            line.changes = differences(before, after, {})
    return lines
