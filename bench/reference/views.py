"""The references: a constant page, one durable write, an article as anybody would write it."""

import os
from functools import cache
from pathlib import Path

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from bench.reference.models import Article, Category, Photo, Site

RELATED = 4
COUNT = (
    "INSERT INTO reference_day (day, n) VALUES ('2026-01-01', 1) "
    "ON CONFLICT (day) DO UPDATE SET n = reference_day.n + 1"
)
REMEMBER = "INSERT INTO reference_key (key) VALUES (%s) ON CONFLICT (key) DO NOTHING"


@cache
def _body(name: str) -> bytes:
    return (Path(os.environ["BODIES"]) / name).read_bytes()


def _with_length(response: HttpResponse) -> HttpResponse:
    """Say the length, which else a middleware does."""
    response.headers["Content-Length"] = str(len(response.content))
    return response


def bare(request: HttpRequest, name: str) -> HttpResponse:
    """A constant page, compressed beforehand if its name ends with `gzip`."""
    response = _with_length(HttpResponse(_body(name)))
    if name.endswith("gzip"):
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
    return response


def upsert(request: HttpRequest) -> HttpResponse:
    """Count one more in one row, durably."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT)
    return _with_length(JsonResponse({"counted": True}))


def unique_upsert(request: HttpRequest) -> HttpResponse:
    """Count a key that was not there before, durably."""
    key = request.body.decode()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(REMEMBER, [key])
        new = cursor.rowcount == 1
        if new:
            cursor.execute(COUNT)
    return _with_length(JsonResponse({"counted": new}))


def surroundings(request: HttpRequest) -> dict[str, object]:
    """What header and footer show on every page: two queries."""
    return {"site": Site.objects.first(), "categories": Category.objects.all()}


def home(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Only an address for links to lead to."""
    return HttpResponse(slug)


def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article with its photos and others of its category: three queries."""
    published = Article.objects.filter(is_published=True, publish_at__lte=timezone.now())
    found = get_object_or_404(published.select_related("category"), slug=slug)
    others = published.filter(category=found.category).exclude(pk=found.pk)
    context = {
        "article": found,
        "photos": Photo.objects.filter(article=found),
        "related": others.select_related("lead_photo")[:RELATED],
    }
    return render(request, "reference/article.html", context)
