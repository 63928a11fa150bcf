"""The beacon that a page sends once it is seen, and the page of figures."""

import re

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from core.dates import office_zone
from core.senders import client_address, is_same_origin
from visits import actions, queries
from visits.bots import bot_kind
from visits.counting import figures

MAX_BYTES = 1024
# What the script of the page draws; empty if the browser keeps nothing.
TOKEN = re.compile(rb"(?:[0-9a-f]{32})?")


@csrf_exempt  # Nothing of a person's hangs on it, and pages for everybody carry no token.
@login_not_required
@require_POST
def beacon(request: HttpRequest) -> HttpResponse:
    """Count a page view, unless a machine or somebody signed in sent it; answer the five numbers.

    The body is the browser's token, or empty. Of another site 403, malformed 400, too long 413.
    """
    if not is_same_origin(request):
        return HttpResponse(status=403)
    try:
        token = request.read(MAX_BYTES + 1)
    except UnreadablePostError:  # The line dropped.
        return HttpResponse(status=400)
    if not TOKEN.fullmatch(token):
        return HttpResponse(status=413 if len(token) > MAX_BYTES else 400)
    signed_in = hasattr(request, "user") and request.user.is_authenticated
    kind = bot_kind(request)
    # On the short way (see ShortWayMiddleware) nobody else sets the office's time.
    with timezone.override(office_zone()):
        if kind is not None and not signed_in:
            actions.count_bot(kind)
        if kind is not None or signed_in:
            counted, sums = False, figures(timezone.localdate())
        else:
            counted, sums = actions.count_view(
                token.decode(),
                address=client_address(request),
                agent=request.META.get("HTTP_USER_AGENT", ""),
            )
    response = JsonResponse({"counted": counted, **sums._asdict()})
    response.headers["Cache-Control"] = "no-store"
    return response


@login_not_required
@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    """The five numbers, the last 30 days and 12 months, and what is kept of a reader."""
    today = timezone.localdate()
    context = {
        "days": queries.last_days(today),
        "months": queries.last_months(today),
    }
    return render(request, "visits/statistics.html", context)
