"""Public pages that combine apps, and the small files robots ask for."""

import json
import logging

from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse, translate_url
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from branches.queries import district_figures
from core.errors import TooManyRequests
from core.shared import shared
from news import queries
from news.models import Category

logger = logging.getLogger("portal.csp")

CSP_REPORT_MAX_BYTES = 8 * 1024
CSP_REPORTS_A_MINUTE = 60


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page: the lead story and four more, the district, a column for each category."""
    today = timezone.localdate()
    categories = list(Category.objects.all())
    stories, columns = queries.front_page(categories)
    context = {
        "categories": categories,
        "lead_story": stories[0] if stories else None,
        "stories": stories[1:],
        "columns": columns,
        "district": shared(request, f"district-{today}", lambda: district_figures(today)),
    }
    return render(request, "portal/home.html", context)


@login_not_required
@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """How to reach the office."""
    return render(request, "portal/contact.html")


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Let robots read the public pages, but neither the search nor the back office."""
    closed = [reverse("admin:index"), reverse("news:search")]
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in closed),
        *(f"Disallow: {translate_url(path, 'en')}" for path in closed),
        "Allow: /",
        f"Sitemap: {request.build_absolute_uri(reverse('sitemap'))}",
        f"Sitemap: {request.build_absolute_uri(reverse('sitemap_of_branches'))}",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@csrf_exempt  # Browsers send reports without cookies or tokens; nothing is stored but a log line.
@login_not_required
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Log a breach of the content security policy that a browser reports.

    At most 60 a minute in each server process, so that nobody fills the log.
    """
    cache = caches["process"]
    cache.add("csp-reports", 0, timeout=60)
    try:
        number = cache.incr("csp-reports")
    except ValueError:  # It ran out between the two calls.
        number = 1
    if number > CSP_REPORTS_A_MINUTE:
        raise TooManyRequests(retry_after=60)
    try:
        body = json.loads(request.read(CSP_REPORT_MAX_BYTES))["csp-report"]
        fields = {
            "directive": str(body["effective-directive"])[:100],
            "blocked": _without_query(body["blocked-uri"]),
            "document": _without_query(body["document-uri"]),
            "number_this_minute": number,
        }
    except (ValueError, LookupError, TypeError, RecursionError):
        return HttpResponse(status=400)
    logger.warning("csp report", extra={"fields": fields})
    return HttpResponse(status=204)


def _without_query(address: object) -> str:
    """What was searched for is nobody's business, nor the log's."""
    return str(address).partition("?")[0][:300]
