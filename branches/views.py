"""Signed-in pages about branches, and the emblem that everybody may see."""

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import login_not_required, permission_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from branches import access, actions, counting, queries
from branches.exports import branches_sheet
from branches.forms import ContactForm, CountDayForm, CountForm, MeetingForm, SettleForm
from branches.models import Branch, Commune, HeadCount, MistakeReport
from core.dates import exact_time
from core.exports import export
from core.meanwhile import ChangedMeanwhile
from core.serving import photo_response

counts_branches = permission_required(access.COUNT, raise_exception=True)
sees_branches = permission_required(access.VIEW, raise_exception=True)
settles_reports = permission_required(access.SETTLE, raise_exception=True)
require_form = require_http_methods(["GET", "HEAD", "POST"])
SETTLED_SHOWN = 50
COMMUNES_A_PAGE = 60


@login_not_required
@require_safe
def emblem(request: HttpRequest, name: str) -> HttpResponseBase:
    """The office's emblem, which stands on every page."""
    return photo_response(name, public=True)


@counts_branches
@require_safe
def branch_list(request: HttpRequest) -> HttpResponse:
    """The open branches of a commune; `?loc=` chooses those that need something."""
    commune = _commune(request)
    if commune is None:
        return _choice(request, "branches:list")
    today = timezone.localdate()
    rules = queries.rules_on(today)
    wanted = request.GET.get("loc", "")
    found = counting.filtered(counting.branches_of(commune, today), wanted, rules)
    context = {
        "commune": commune,
        "query": _query(request, commune),
        "cards": counting.cards(found, rules),
        "rules": rules,
        "wanted": wanted,
    }
    return render(request, "branches/list.html", context)


@counts_branches
@require_form
def count(request: HttpRequest) -> HttpResponse:
    """All branches of a commune on one page, a small form each, which may be sent alone."""
    if request.method == "POST":
        return _count_sent(request)
    commune = _commune(request)
    if commune is None:
        return _choice(request, "branches:count")
    day = timezone.localdate()
    day_form = CountDayForm(request.GET if "ngay" in request.GET else None, initial={"ngay": day})
    if day_form.is_bound and day_form.is_valid():
        day = day_form.cleaned_data["ngay"]
    return _count_page(request, commune, day, day_form, counting.lines(commune, day))


def _count_sent(request: HttpRequest) -> HttpResponse:
    """Keep one line; the answer is JSON for the page's script, else a page."""
    branch = _branch_sent(request)
    form = counting.sent_form(request.POST, branch)
    conflict, seen = "", 0
    if form.is_valid():
        try:
            seen = _keep(request, branch, form)
        except ChangedMeanwhile as told:
            conflict, seen = _conflict(branch, form, told)
        except ValidationError as faults:
            form.add_error(None, faults.messages)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse(_answer(form, conflict, seen))
    if form.is_valid() and not conflict:
        query = urlencode(
            {"ngay": form.cleaned_data["counted_on"].isoformat(), "xa": branch.commune.slug}
        )
        return redirect(f"{reverse('branches:count')}?{query}#{branch.public_id}")
    return _count_again(request, branch, form, conflict)


def _branch_sent(request: HttpRequest) -> Branch:
    try:
        public_id = UUID(request.POST.get("branch", ""))
    except ValueError:
        raise Http404 from None
    return access.branch_for_counting(request.user, public_id)


def _keep(request: HttpRequest, branch: Branch, form: CountForm) -> int:
    """Store the line; return its version."""
    sent = form.cleaned_data
    kept = actions.record_count(
        branch,
        day=sent["counted_on"],
        members=sent["members"],
        party_members=sent["party_members"],
        youth=sent["youth"],
        seen=sent["seen"] or 0,
        by=request.user,
    )
    return int(counting.newest_versions([kept])[kept.pk].history_id)


def _conflict(branch: Branch, form: CountForm, told: ChangedMeanwhile) -> tuple[str, int]:
    """Who wrote what when, in words, and the version with which it is overwritten knowingly."""
    count = HeadCount.objects.get(branch=branch, counted_on=form.cleaned_data["counted_on"])
    version = counting.newest_versions([count])[count.pk]
    words = _(
        "%(who)s saved other figures at %(at)s: %(theirs)s. You entered: %(yours)s. "
        "Nothing was overwritten. Save once more to put your figures in their place."
    ) % {
        "who": version.history_user or _("Somebody else"),
        "at": exact_time(version.history_date),
        "theirs": counting.figures_in_words(version),
        "yours": counting.figures_in_words(form.instance),
    }
    return words, int(version.history_id)


def _answer(form: CountForm, conflict: str, seen: int) -> dict[str, Any]:
    if conflict:
        return {"state": "conflict", "words": conflict, "seen": seen}
    if not form.is_valid():
        errors = {name: " ".join(map(str, texts)) for name, texts in form.errors.items()}
        return {"state": "invalid", "words": _("Not saved."), "errors": errors}
    words = _("Saved at %(time)s.") % {"time": f"{timezone.localtime():%H:%M:%S}"}
    return {"state": "saved", "words": words, "seen": seen}


def _count_again(
    request: HttpRequest, branch: Branch, form: CountForm, conflict: str
) -> HttpResponse:
    """The page with one line as it was sent, and what is wrong with it."""
    day = timezone.localdate()
    if "counted_on" in form.cleaned_data:
        day = form.cleaned_data["counted_on"]
    shown = counting.lines(branch.commune, day)
    for place, line in enumerate(shown):
        if line.branch.pk == branch.pk:
            if conflict:
                form.data = form.data.copy()  # type: ignore[attr-defined]
                form.data["seen"] = str(line.version.history_id)  # type: ignore[index]
            shown[place] = counting.Line(branch, form, line.version, line.last, conflict)
    return _count_page(request, branch.commune, day, CountDayForm(initial={"ngay": day}), shown)


def _count_page(
    request: HttpRequest,
    commune: Commune,
    day: date,
    day_form: CountDayForm,
    lines: list[counting.Line],
) -> HttpResponse:
    context = {
        "commune": commune,
        "query": _query(request, commune),
        "day": day,
        "today": timezone.localdate(),
        "day_form": day_form,
        "lines": lines,
    }
    return render(request, "branches/count.html", context)


@counts_branches
@require_form
def edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A branch: what the officer keeps of it, what is kept elsewhere, its counts and changes."""
    branch = access.branch_for_counting(request.user, public_id)
    today = timezone.localdate()
    is_open = branch.closed_on is None or branch.closed_on > today
    form = MeetingForm(request.POST or None, instance=branch)
    if request.method == "POST":
        if is_open and _keep_meeting(request, branch, form):
            messages.success(request, _("The meeting is saved."))
            return redirect("branches:edit", public_id=public_id)
        # What was typed is in the form; the page tells what is stored.
        branch = access.branch_for_counting(request.user, public_id)
    return _branch_page(request, branch, form if is_open else None)


@transaction.atomic
def _keep_meeting(request: HttpRequest, branch: Branch, form: MeetingForm) -> bool:
    """Store when and where the branch meets, unless somebody came between."""
    if not form.is_valid():
        return False
    day, note = form.cleaned_data["meeting_day"], form.cleaned_data["meeting_note"]
    actions.change_meeting(branch, meeting_day=day, meeting_note=note, by=request.user)
    return True


def _branch_page(request: HttpRequest, branch: Branch, form: MeetingForm | None) -> HttpResponse:
    rules = queries.rules_on(timezone.localdate())
    counts = list(branch.counts.order_by("-counted_on"))
    context = {
        "branch": branch,
        "query": _query(request, branch.commune),
        "form": form,
        "card": counting.cards([branch], rules)[0],
        "rules": rules,
        "counts": counts,
        "changes": counting.changes_of(branch),
    }
    return render(request, "branches/edit.html", context)


@counts_branches
@require_form
def commune_contact(request: HttpRequest) -> HttpResponse:
    """How the public reaches the Union of the commune."""
    commune = _commune(request)
    if commune is None:
        return _choice(request, "branches:commune_contact")
    query = _query(request, commune)
    form = ContactForm(request.POST or None, instance=commune)
    if request.method == "POST" and _keep_contact(form):
        messages.success(request, _("The contact is saved."))
        return redirect(f"{reverse('branches:commune_contact')}{query}")
    context = {"commune": commune, "query": query, "form": form}
    return render(request, "branches/commune_contact.html", context)


@transaction.atomic
def _keep_contact(form: ContactForm) -> bool:
    if not form.is_valid():
        return False
    if form.changes:
        form.save()
    return True


@settles_reports
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """What readers say is wrong, and what was done about it."""
    found = MistakeReport.objects.visible_to(request.user)
    found = found.select_related("branch__commune", "settled_by")
    context = {
        "waiting": found.waiting().order_by("sent_at", "pk"),
        "settled": found.exclude(settled_at=None).order_by("-settled_at")[:SETTLED_SHOWN],
    }
    return render(request, "branches/reports.html", context)


@settles_reports
@require_form
def settle(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One report: what was done about it, said once."""
    report = access.report_for_settling(request.user, public_id)
    form = SettleForm(request.POST or None, instance=report)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.settle_report(report, outcome=form.cleaned_data["outcome"], by=request.user)
        except actions.SettledAlready:
            status = 409
        else:
            messages.success(request, _("The report is settled."))
            return redirect("branches:reports")
    # As it is stored: the form has written what was typed into the other one.
    stored = access.report_for_settling(request.user, public_id)
    context = {"report": stored, "form": form, "came_second": status == 409}
    return render(request, "branches/settle.html", context, status=status)


def _commune(request: HttpRequest) -> Commune | None:
    return access.commune_for_counting(request.user, request.GET.get("xa", ""))


def _query(request: HttpRequest, commune: Commune) -> str:
    """What keeps the chosen commune in the addresses of whoever works for all of them."""
    own = request.user.commune_id  # type: ignore[union-attr]
    return "" if own is not None else f"?xa={commune.slug}"


def _choice(request: HttpRequest, name: str) -> HttpResponse:
    """The communes, for whoever works for all of them."""
    communes = Commune.objects.visible_to(request.user).valid_on(timezone.localdate())
    context = {"communes": communes, "address": reverse(name)}
    return render(request, "branches/choose.html", context)


@sees_branches
@require_safe
def export_list(request: HttpRequest) -> FileResponse:
    """The open branches that the person sees, as a workbook."""
    branches = Branch.objects.visible_to(request.user).open_on(timezone.localdate())
    return export(request, branches_sheet(request, branches))


@staff_member_required
@sees_branches
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """The district in figures: communes × branches, members, and what needs care."""
    today = timezone.localdate()
    parts = queries.totals_by_commune(Branch.objects.visible_to(request.user), today)
    communes = Commune.objects.filter(branches__in=Branch.objects.open_on(today)).distinct()
    page = Paginator(communes, COMMUNES_A_PAGE).get_page(request.GET.get("trang"))
    context = {
        "rows": [(commune, parts[commune.pk]) for commune in page if commune.pk in parts],
        "page": page,
        "total": queries.total_of(parts),
        "rules": queries.rules_on(today),
        "today": today,
    }
    return render(request, "branches/figures.html", context)
