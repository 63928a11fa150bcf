"""Public pages of the news."""

from datetime import MAXYEAR, MINYEAR, date
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe

from core.pages import page_or_404
from core.serving import photo_response
from core.shared import render_once, shared
from core.text import fold_words
from news import access, queries
from news.forms import SearchForm
from news.models import Article, Category, Photo
from news.structured import news_article

PER_PAGE = 12


@login_not_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All news, newest first."""
    page = page_or_404(request, Article.objects.published().for_cards().newest_first(), PER_PAGE)
    context = {"category": None, "categories": Category.objects.all(), "page": page}
    return render(request, "news/index.html", context)


@login_not_required
@require_safe
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """The news of one category."""
    current, categories = access.category_for_reading(slug)
    articles = Article.objects.published().filter(category=current).for_cards().newest_first()
    context = {
        "category": current,
        "categories": categories,
        "page": page_or_404(request, articles, PER_PAGE),
    }
    return render(request, "news/category.html", context)


@login_not_required
@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article; an address it had before leads to the present one."""
    found = access.article_for_reading(request, slug)
    if found.slug != slug:
        return redirect(found, permanent=True)
    newest = shared(request, "newest", queries.newest_titles) if found.is_published else []
    related = _related(request, found, newest)
    photos, lead_photos = queries.photos_of(found, related)
    context: dict[str, Any] = {
        "article": found,
        "lead_photo": next((photo for photo in photos if photo.is_lead), None),
        "gallery": [photo for photo in photos if not photo.is_lead],
    }
    if found.is_published:
        context["neighbours"] = queries.neighbours(found, newest)
        context["related"] = _cards(related, lead_photos) if related else ""
    context["structured"] = news_article(
        found,
        context["lead_photo"],
        publisher=str(request.office),  # type: ignore[attr-defined]
        absolute=request.build_absolute_uri,
    )
    return render(request, "news/article.html", context)


def _related(
    request: HttpRequest, article: Article, newest: list[queries.Title]
) -> list[queries.Title]:
    """Others of the category; those of a quiet one are asked for apart."""
    found = queries.related(article, newest)
    if len(found) == queries.RELATED or len(newest) < queries.NEWEST:
        return found
    key = article.category_id
    return queries.related(
        article, shared(request, f"newest-{key}", lambda: queries.newest_of(key))
    )


def _cards(titles: list[queries.Title], photos: dict[int, Photo]) -> str:
    """The cards of other articles, made once for all articles that have the same beside them."""
    files = [(pk, photo.file.name, photo.width, photo.height) for pk, photo in photos.items()]
    cards = SimpleLazyObject(lambda: [_as_article(each, photos.get(each.pk)) for each in titles])
    return render_once("news/_related.html", (*titles, *files), {"articles": cards})


def _as_article(title: queries.Title, photo: Photo | None) -> Article:
    article = Article(**title._asdict())
    article.lead_photo = photo
    return article


@login_not_required
@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    """Every month that has news."""
    years: dict[int, list[tuple[date, int]]] = {}
    for month_start, number in queries.months():
        years.setdefault(month_start.year, []).append((month_start, number))
    return render(request, "news/archive.html", {"years": years.items()})


@login_not_required
@require_safe
def month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """The news of one month."""
    if not (MINYEAR < year < MAXYEAR and 1 <= month <= 12):
        raise Http404
    page = page_or_404(request, queries.articles_of_month(year, month), PER_PAGE)
    if not page.object_list:
        raise Http404
    return render(request, "news/month.html", {"month": date(year, month, 1), "page": page})


@login_not_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Articles that hold all words, with or without diacritics."""
    form = SearchForm(request.GET if "tu_khoa" in request.GET else None)
    if not form.is_valid():
        return render(request, "news/search.html", {"form": form})
    text = form.cleaned_data["tu_khoa"]
    found = queries.search_articles(text, form.cleaned_data["chuyen_muc"])
    context = {
        "form": form,
        "text": text,
        "words": fold_words(text),
        "has_more": found.has_more,
        "page": page_or_404(request, found, PER_PAGE),
    }
    return render(request, "news/search.html", context)


@login_not_required
@require_safe
def photo(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file of an article's photo, for whoever may read the article."""
    _photo, public = access.photo_for_reading(request, name)
    return photo_response(name, public=public)
