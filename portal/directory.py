"""The public directory: communes, their branches, and what readers say is wrong there."""

from datetime import date
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from branches import queries
from branches.access import branch_for_reading, commune_for_reading
from branches.actions import report_mistake as keep_report
from branches.forms import MistakeForm
from branches.models import Branch, Commune
from branches.names import search_words
from core.pages import page_or_404
from core.senders import client_address
from core.text import clean_line
from portal.brake import may_send

COMMUNES_A_PAGE = 60
BRANCHES_A_PAGE = 50
COMMUNES_FOUND = 20
LONGEST_QUERY = 200
CLOSED_SHOWN = 30
# On the address of a branch, after a report was sent: nothing on the page depends on who asks.
SENT = "da-gui"


@login_not_required
@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """The communes with their sums, or the branches and communes that hold what is looked for."""
    text = clean_line(request.GET.get("q", ""))[:LONGEST_QUERY]
    today = timezone.localdate()
    if search_words(text):
        return _found(request, text, today)
    page = page_or_404(request, Commune.objects.valid_on(today), COMMUNES_A_PAGE)
    context = {"text": text, "page": page, "lines": queries.with_sums(page.object_list, today)}
    return render(request, "portal/directory.html", context)


def _found(request: HttpRequest, text: str, today: date) -> HttpResponse:
    ids = queries.found_branches(text, today)
    page = page_or_404(request, ids[: queries.MOST_FOUND], BRANCHES_A_PAGE)
    communes = Commune.objects.valid_on(today).matching(text)[:COMMUNES_FOUND]
    context = {
        "text": text,
        "page": page,
        "has_more": len(ids) > queries.MOST_FOUND,
        "branches": queries.branches_in_order([*page.object_list]),
        "communes": communes if page.number == 1 else [],
    }
    return render(request, "portal/directory_found.html", context)


@login_not_required
@require_safe
def commune(request: HttpRequest, commune: str) -> HttpResponse:
    """The branches of a commune and how to reach its union."""
    today = timezone.localdate()
    found = commune_for_reading(commune, today)
    branches, closed = queries.branches_of(found, today)
    context = {
        "commune": found,
        "has_ended": found.valid_to is not None and found.valid_to <= today,
        "branches": branches,
        "members": sum(each.last_count.members for each in branches if each.last_count),
        "closed": closed if len(closed) <= CLOSED_SHOWN else [],
    }
    return render(request, "portal/commune.html", context)


@login_not_required
@require_safe
def branch(request: HttpRequest, commune: str, branch: str) -> HttpResponse:
    """What readers may know of a branch, open or closed."""
    today = timezone.localdate()
    found = branch_for_reading(commune, branch, today)
    context = {
        "branch": found,
        "is_closed": not found.is_open_on(today),
        "relatives": queries.relatives(found, today),
        "updated_on": _updated_on(found),
        "was_sent": SENT in request.GET,
    }
    return render(request, "portal/branch.html", context)


def _updated_on(branch: Branch) -> date | None:
    """The local date of the last change of a branch or of its last count, whichever is later."""
    changed_at = branch.changed_at  # type: ignore[attr-defined]
    days = [timezone.localdate(changed_at)] if changed_at else []
    if branch.last_count:
        days.append(branch.last_count.counted_on)
    return max(days, default=None)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_mistake(request: HttpRequest, commune: str, branch: str) -> HttpResponse:
    """Say what is wrong on the page of a branch.

    What a robot sends is thanked for and forgotten. Who sends too much is told so, and what was
    typed stays.
    """
    found = branch_for_reading(commune, branch, timezone.localdate())
    form = MistakeForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound and form.is_valid():
        number: UUID = form.cleaned_data["report"] or uuid4()
        if form.is_by_a_robot:
            return redirect(f"{found.get_absolute_url()}?{SENT}=1")
        if may_send(client_address(request), str(number)):
            text, contact = form.cleaned_data["text"], form.cleaned_data["contact"]
            keep_report(found, public_id=number, text=text, contact=contact)
            return redirect(f"{found.get_absolute_url()}?{SENT}=1")
        form.add_error(
            None, _("Several reports came from your connection lately. Please try again later.")
        )
        status = 429
    return render(
        request, "portal/report_mistake.html", {"branch": found, "form": form}, status=status
    )
