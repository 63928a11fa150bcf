"""The only way from a request to an article or a photo: what may not be seen is not there."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from core.serving import main_names
from news.models import Article, Category, Photo

READ_DRAFTS = "news.view_article"
PUBLISH = "news.publish_article"


def category_for_reading(slug: str) -> tuple[Category, list[Category]]:
    """Return the category and, since the page lists them beside it, all; or raise Http404."""
    categories = list(Category.objects.all())
    for category in categories:
        if category.slug == slug:
            return category, categories
    raise Http404


def article_for_reading(request: HttpRequest, slug: str) -> Article:
    """Return the article that has `slug` now or had it before.

    Readers get published articles, staff who may view articles any; else Http404. The session is
    asked only for what is not public, so that public pages stay the same for everybody.
    """
    # Every present address is among the addresses, so one indexed look-up finds both kinds.
    articles = Article.objects.filter(addresses__slug=slug).for_reading()
    article = get_object_or_404(articles)
    if not article.is_published and not may_read_drafts(request):
        raise Http404
    return article


def photo_for_reading(request: HttpRequest, name: str) -> tuple[Photo, bool]:
    """Return the photo that the file `name` belongs to and whether everybody may see it.

    Raises Http404 for a file of an article that the reader may not read.
    """
    photo = get_object_or_404(Photo.objects.select_related("article"), file__in=main_names(name))
    public = photo.article.is_published
    if not public and not may_read_drafts(request):
        raise Http404
    return photo, public


def may_read_drafts(request: HttpRequest) -> bool:
    """Whether the person who asks may see what is not published."""
    user = request.user
    return user.is_active and getattr(user, "is_staff", False) and user.has_perm(READ_DRAFTS)


def may_change(user: AbstractBaseUser | AnonymousUser, article: Article) -> bool:
    """Whether somebody who may change articles may change this one.

    What readers see changes only through people who may publish.
    """
    return article.status != Article.Status.PUBLISHED or user.has_perm(PUBLISH)  # type: ignore[union-attr]
