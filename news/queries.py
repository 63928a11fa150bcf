"""What the news pages read, each in a fixed number of queries."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, overload

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, Subquery
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from core import history
from core.dates import exact_time
from core.rich_text import plain_text
from core.text import fold_words
from news.models import RESTORED_FIELDS, Article, ArticleQuerySet, Category, Photo
from news.word_index import LONGEST_WORD, HoldsWords

FRONT_STORIES = 5
COLUMN_STORIES = 4
RELATED = 4
# So many of the found articles are ranked; a reader who sees more looks for something else.
NEWEST_FOUND = 1000
NEWEST = 60


Columns = list[tuple[Category, list[Article]]]


def front_page(categories: Collection[Category]) -> tuple[list[Article], Columns]:
    """Return the stories that open the home page, and a column for each category; in one query.

    The newest featured story leads, the newest others follow. A column holds the newest articles
    of its category that are not among them; categories without any are left out.
    """
    published = Article.objects.published().newest_first()
    wanted = Q(pk__in=Subquery(published.filter(featured=True).values("pk")[:1]))
    wanted |= Q(pk__in=Subquery(published.values("pk")[:FRONT_STORIES]))
    for category in categories:
        # As many more as may stand among the stories.
        newest = published.filter(category=category).values("pk")[: COLUMN_STORIES + FRONT_STORIES]
        wanted |= Q(pk__in=Subquery(newest))
    articles = list(published.filter(wanted).for_cards())
    lead = next((article for article in articles if article.featured), None)
    stories = sorted(articles, key=lambda article: article is not lead)[:FRONT_STORIES]
    shown = {article.pk for article in stories}
    columns: dict[int, list[Article]] = {category.pk: [] for category in categories}
    for article in articles:
        column = columns.get(article.category_id, [])
        if article.pk not in shown and len(column) < COLUMN_STORIES:
            column.append(article)
    return stories, [(each, columns[each.pk]) for each in categories if columns[each.pk]]


class Title(NamedTuple):
    """As much of an article as a link or a small card needs, but for the photo."""

    pk: int
    title: str
    slug: str
    category_id: int
    publish_at: datetime


@dataclass(frozen=True)
class Neighbours:
    """Where a reader may go on from an article."""

    newer: Title | None
    older: Title | None


def newest_titles() -> list[Title]:
    """The newest articles of all, among which most that are read have their neighbours."""
    return _titles(Article.objects.published().newest_first(), NEWEST)


def neighbours(article: Article, newest: list[Title]) -> Neighbours:
    """The next newer and the next older article.

    Both come from `newest_titles` if the article is among them, else from a query for each.
    """
    places = {title.pk: place for place, title in enumerate(newest)}
    place = places.get(article.pk, NEWEST)
    # The oldest of a full list has an older one that is not in it.
    if place < NEWEST - 1:
        return Neighbours(
            newer=newest[place - 1] if place else None,
            older=newest[place + 1] if place + 1 < len(newest) else None,
        )
    published, time, pk = Article.objects.published(), article.publish_at, article.pk
    after = Q(publish_at__gt=time) | Q(publish_at=time, pk__gt=pk)
    before = Q(publish_at__lt=time) | Q(publish_at=time, pk__lt=pk)
    newer = _titles(published.filter(after).order_by("publish_at", "pk"), 1)
    older = _titles(published.filter(before).newest_first(), 1)
    return Neighbours(newer[0] if newer else None, older[0] if older else None)


def _titles(articles: ArticleQuerySet, number: int) -> list[Title]:
    return [Title(*row) for row in articles.values_list(*Title._fields)[:number]]


def newest_of(category_id: int) -> list[Title]:
    """The newest articles of a category: one more than are shown beside any of them."""
    published = Article.objects.published().filter(category=category_id)
    return _titles(published.newest_first(), RELATED + 1)


def related(article: Article, newest: list[Title]) -> list[Title]:
    """The newest others of the article's category among `newest`; fewer than RELATED are all."""
    others = (each for each in newest if each.category_id == article.category_id)
    return [other for other in others if other.pk != article.pk][:RELATED]


def photos_of(article: Article, others: Iterable[Title]) -> tuple[list[Photo], dict[int, Photo]]:
    """The photos of an article in their order, and the lead photos of others by their keys.

    One query; removed photos are left out.
    """
    keys = [article.pk, *(other.pk for other in others)]
    shown = Q(article=article) | Q(is_lead=True)
    photos = Photo.objects.filter(shown, article__in=keys).exclude(file="")
    own = [photo for photo in photos if photo.article_id == article.pk]
    return own, {photo.article_id: photo for photo in photos if photo.article_id != article.pk}


def months() -> list[tuple[date, int]]:
    """Every month that has published articles with their number, newest first."""
    rows = (
        Article.objects.published()
        .order_by()
        .annotate(month=TruncMonth("publish_at"))
        .values("month")
        .annotate(number=Count("pk"))
        .order_by("-month")
    )
    return [(timezone.localtime(row["month"]).date(), row["number"]) for row in rows]


def articles_of_month(year: int, month: int) -> ArticleQuerySet:
    """Published articles of a local calendar month, newest first."""
    zone = timezone.get_current_timezone()
    first = date(year, month, 1)
    following = (first + timedelta(days=32)).replace(day=1)
    start, end = (datetime.combine(day, time.min, zone) for day in (first, following))
    return (
        Article.objects.published()
        .filter(publish_at__gte=start, publish_at__lt=end)
        .for_cards()
        .newest_first()
    )


class FoundArticles(Sequence[Article]):
    """What a search found, in its order; the articles are read when a part is asked for.

    `has_more` tells whether there are older ones, which were not looked at.
    """

    def __init__(self, ids: list[int], has_more: bool = False) -> None:
        self._ids = ids
        self.has_more = has_more

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, key: int) -> Article: ...
    @overload
    def __getitem__(self, key: slice) -> list[Article]: ...
    def __getitem__(self, key: int | slice) -> Article | list[Article]:
        if isinstance(key, int):
            return self._articles([self._ids[key]])[0]
        return self._articles(self._ids[key])

    def __iter__(self) -> Iterator[Article]:
        return iter(self[:])

    @staticmethod
    def _articles(ids: list[int]) -> list[Article]:
        """In one query, without those that were withdrawn meanwhile."""
        # Asked for published ones, SQLite would rather go through all of them than to the few rows.
        articles = Article.objects.select_related("category").defer("search_text").in_bulk(ids)
        return [articles[pk] for pk in ids if pk in articles and articles[pk].is_published]


def search_articles(text: str, category: Category | None = None) -> FoundArticles:
    """Published articles that hold every word of `text`, without regard to diacritics and case.

    Articles with all words in the title come first (those with the words in that order before
    the others), then the rest; newest first within each. Of more than NEWEST_FOUND only the
    newest are ranked and returned. One query, and one more for each part that is read.
    """
    words = fold_words(text)
    if not words or max(map(len, words)) > LONGEST_WORD:
        return FoundArticles([])
    found = Article.objects.filter(HoldsWords(dict.fromkeys(words))).published()
    if category is not None:
        found = found.filter(category=category)
    newest = list(found.newest_first().values_list("pk", "search_title")[: NEWEST_FOUND + 1])
    ranked = sorted(newest[:NEWEST_FOUND], key=lambda row: _title_rank(row[1], words))
    return FoundArticles([pk for pk, _title in ranked], has_more=len(newest) > NEWEST_FOUND)


def _title_rank(title: str, words: list[str]) -> int:
    if f" {' '.join(words)} " in title:
        return 0
    return 1 if set(words) <= set(title.split()) else 2


def refuse_stale(article_id: int, seen: int | None) -> None:
    """Raise ValidationError if somebody saved the article since version `seen` was on the screen.

    Inside a transaction, whose lock on the row lasts until the caller has written.
    """
    stored = Article.objects.select_for_update().only("version").get(pk=article_id)
    if seen == stored.version:
        return
    last = Article.history.filter(id=article_id).select_related("history_user").first()
    raise ValidationError(
        _(
            "Meanwhile %(who)s saved this article at %(when)s. Nothing of yours was saved. "
            "Please open the article in a second window, compare, and enter your change there."
        ),
        code="stale",
        params={
            "who": (last and last.history_user) or _("somebody else"),
            "when": exact_time(last.history_date) if last else "?",
        },
    )


def removed_photos(article: Article) -> list[Any]:
    """The last kept version of each photo with a file that was removed, newest first."""
    present = article.photos.values("pk")
    gone = Photo.history.filter(article_id=article.pk, history_type="-").exclude(file="")
    latest: dict[int, Any] = {}
    for version in gone.exclude(id__in=present).select_related("history_user"):
        latest.setdefault(version.id, version)
    return list(latest.values())


@dataclass(frozen=True)
class PhotoChange:
    """A photo of an article that was added, changed or removed, and the fields that differ."""

    version: Any
    changes: list[history.FieldChange]


def photo_changes(article: Article) -> list[PhotoChange]:
    """What happened to the photos of `article`, newest first; one query."""
    kept = Photo.history.filter(article_id=article.pk).select_related("history_user")
    before: dict[int, Any] = {}
    found = []
    for version in kept.order_by("history_date", "history_id"):
        old = before.get(version.id)
        is_change = old is not None and version.history_type == "~"
        found.append(
            PhotoChange(version, history.differences(old, version, {}) if is_change else [])
        )
        before[version.id] = version
    return found[::-1]


@dataclass(frozen=True)
class Difference:
    """How one field of an earlier version differs from the present one, line by line."""

    label: str
    # Each line with "-" for the earlier version only, "+" for the present only, " " for both.
    lines: list[tuple[str, str]]


def differences(version: Any, article: Article) -> list[Difference]:
    """Compare what a restore would bring back with the article as it is."""
    found = []
    for name in RESTORED_FIELDS:
        field: Any = Article._meta.get_field(name.removesuffix("_id"))
        before, now = (_as_lines(source, name) for source in (version, article))
        if before != now:
            lines = [(line[0], line[2:]) for line in difflib.ndiff(before, now) if line[0] in "-+ "]
            found.append(Difference(capfirst(str(field.verbose_name)), lines))
    return found


def _as_lines(source: Any, name: str) -> list[str]:
    if name == "category_id":
        # A category that an earlier version names may be gone.
        names = Category.objects.filter(pk=source.category_id).values_list("name", flat=True)
        return list(names) or [_("a category that was deleted")]
    if name == "featured":
        return [str(_("yes") if source.featured else _("no"))]
    text = getattr(source, name)
    return (plain_text(text) if name == "body" else str(text)).split("\n")
