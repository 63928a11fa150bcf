"""Writes to the news: each checks, writes and records who did it in one transaction.

`by` is the person who acts, or None when a command of the server does.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from core.dates import exact_time
from core.photos import PhotoFieldFile, check_photo
from news.models import RESTORED_FIELDS, Article, Category, Photo
from news.queries import refuse_stale

Status = Article.Status

# From each state, the states that may follow.
TRANSITIONS: dict[str, set[Article.Status]] = {
    Status.DRAFT: {Status.IN_REVIEW, Status.PUBLISHED},
    Status.IN_REVIEW: {Status.DRAFT, Status.PUBLISHED},
    Status.PUBLISHED: {Status.WITHDRAWN},
    Status.WITHDRAWN: {Status.DRAFT, Status.PUBLISHED},
}


def submit_article(article: Article, *, by: AbstractBaseUser | None) -> Article:
    """Send a draft to review."""
    return _move(article, Status.IN_REVIEW, by=by)


def return_article(article: Article, *, by: AbstractBaseUser | None, reason: str = "") -> Article:
    """Give an article back to its author as a draft."""
    return _move(article, Status.DRAFT, by=by, reason=reason)


def publish_article(
    article: Article, *, by: AbstractBaseUser | None, at: datetime | None = None
) -> Article:
    """Publish an article at `at`, else at the time it names, else now.

    Raises ValidationError from a state that cannot lead here, or when it would have expired.
    """
    return _move(article, Status.PUBLISHED, by=by, publish_at=at)


def withdraw_article(article: Article, *, by: AbstractBaseUser | None, reason: str = "") -> Article:
    """Take a published article off the public pages; its address answers 404 from now on."""
    return _move(article, Status.WITHDRAWN, by=by, reason=reason)


def _move(
    article: Article,
    status: Status,
    *,
    by: AbstractBaseUser | None,
    reason: str = "",
    publish_at: datetime | None = None,
) -> Article:
    """Move the stored article to `status`; the row is locked, so that two people cannot both."""
    with transaction.atomic():
        stored = Article.objects.select_for_update().get(pk=article.pk)
        if status not in TRANSITIONS[stored.status]:
            raise ValidationError(
                _("“%(title)s” is %(state)s now; this step cannot follow from there."),
                code="illegal_transition",
                params={"title": stored.title, "state": stored.get_status_display().lower()},
            )
        stored.status = status
        stored.status_at = timezone.now()
        stored.status_by_id = by.pk if by else None
        if status == Status.PUBLISHED:
            stored.publish_at = publish_at or stored.publish_at or stored.status_at
            _refuse_if_over(stored, max(stored.publish_at, stored.status_at))
        _save(stored, by=by, reason=reason)
    return stored


def _refuse_if_over(article: Article, at: datetime) -> None:
    """Refuse to publish what nobody would see."""
    if article.expire_at is not None and article.expire_at <= at:
        raise ValidationError(
            _("“%(title)s” is to be shown until %(when)s only. Please enter a later end first."),
            code="over",
            params={"title": article.title, "when": exact_time(article.expire_at)},
        )


def restore_article(
    article: Article, history_id: int, *, by: AbstractBaseUser | None, seen: int | None
) -> Article:
    """Bring back the words of an earlier version; state and times stay as they are now.

    A category that was deleted since stays deleted, and the article where it is. Raises
    ValidationError if somebody saved the article after version `seen`, and the historical
    model's DoesNotExist for a version of another article.
    """
    with transaction.atomic():
        refuse_stale(article.pk, seen)
        stored = Article.objects.get(pk=article.pk)
        version = Article.history.get(history_id=history_id, id=stored.pk)
        for field in RESTORED_FIELDS:
            setattr(stored, field, getattr(version, field))
        if not Category.objects.filter(pk=version.category_id).exists():
            stored.category_id = article.category_id
        with override(settings.LANGUAGE_CODE):
            reason = _("restored from %(when)s") % {"when": exact_time(version.history_date)}
        _save(stored, by=by, reason=reason)
    return stored


def restore_photo(article: Article, history_id: int, *, by: AbstractBaseUser | None) -> Photo:
    """Put a removed photo back among those of its article, after the others.

    Raises the historical model's DoesNotExist for what is no removed photo of this article.
    """
    with transaction.atomic():
        Article.objects.select_for_update().get(pk=article.pk)
        version = Photo.history.get(
            history_id=history_id, article_id=article.pk, history_type="-", file__gt=""
        )
        photo = Photo.objects.filter(pk=version.id).first()
        if photo is None:  # Else a second tap, or a colleague, was faster.
            photo = version.instance
            photo.is_lead = False
            photo.position = 1 + max((other.position for other in article.photos.all()), default=0)
            _note(photo, by=by, reason="")
            photo.save(force_insert=True)
    return photo


def _save(item: Article | Photo, *, by: AbstractBaseUser | None, reason: str) -> None:
    """Check the whole article or photo and save it with its entry in the history."""
    item.full_clean(exclude=["slug"])
    _note(item, by=by, reason=reason)
    item.save()


def _note(item: Article | Photo, *, by: AbstractBaseUser | None, reason: str) -> None:
    """Prepare the entry in the history that the next save or deletion writes."""
    audit: Any = item
    if by is not None:
        audit._history_user = by
    audit._change_reason = reason or None


@dataclass(frozen=True)
class NamedPhoto:
    """A photo that an article to import names."""

    name: str
    caption: str


@dataclass(frozen=True)
class ArticleToImport:
    """An article as another site had it.

    `key` recognises it when it comes again, `digest` tells whether it changed meanwhile.
    """

    key: str
    digest: str
    title: str
    lead: str
    body: str
    publish_at: datetime
    photos: Sequence[NamedPhoto]


@dataclass
class ImportResult:
    """What an import did, and what became of the photos that had no file, by name."""

    outcome: Literal["created", "updated", "unchanged"] = "unchanged"
    attached: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def import_article(
    source: ArticleToImport,
    *,
    by: AbstractBaseUser | None,
    category: Category | None = None,
    files: Mapping[str, Path],
    dry_run: bool = False,
) -> ImportResult:
    """Publish an article of another site at its original time, or bring it up to date.

    `files` has the photos that were found, by name. With the same digest nothing changes but that
    photos without file get theirs; with another, words and photos follow the source, while state,
    category and files that are attached stay. A new article goes to `category`, by default the
    first. With `dry_run` all is checked and nothing kept.

    Raises ValidationError if the article cannot be stored, or if both title and time differ from
    what the key stands for; OSError of the disk. Neither row nor file stays behind then.
    """
    run = _Import(source, files, by, dry_run)
    try:
        with transaction.atomic():
            run.write(category)
            if dry_run:
                transaction.set_rollback(True)
    except BaseException:
        for file in run.written:
            file.delete(save=False)
        raise
    return run.result


class _Import:
    """One call of `import_article`, inside its transaction."""

    def __init__(
        self,
        source: ArticleToImport,
        files: Mapping[str, Path],
        by: AbstractBaseUser | None,
        dry_run: bool,
    ) -> None:
        self.source = source
        self.files = files
        self.by = by
        self.dry_run = dry_run
        with override(settings.LANGUAGE_CODE):
            self.reason = _("imported from %(name)s") % {"name": source.key}
        self.result = ImportResult()
        self.written: list[PhotoFieldFile] = []

    def write(self, category: Category | None) -> None:
        source = self.source
        article = _imported_before(source)
        if article is not None and article.import_digest == source.digest:
            self.save_photos(article, [photo for photo in article.photos.all() if not photo.file])
            return
        if article is None:
            self.result.outcome = "created"
            article = Article(
                import_key=source.key,
                category=category or _first_category(),
                status=Status.PUBLISHED,
                status_at=timezone.now(),
                status_by_id=self.by.pk if self.by else None,
            )
        else:
            self.result.outcome = "updated"
            self.refuse_other(article)
        for name in ("title", "lead", "body", "publish_at"):
            setattr(article, name, getattr(source, name))
        article.import_digest = source.digest
        _save(article, by=self.by, reason=self.reason)
        self.save_photos(article, self.matched_photos(article))

    def refuse_other(self, article: Article) -> None:
        """Refuse to write over an article that is not an earlier version of the source."""
        if article.title != self.source.title and article.publish_at != self.source.publish_at:
            raise ValidationError(
                _("Another article was imported under this name: “%(title)s”."),
                code="other_article",
                params={"title": article.title},
            )

    def matched_photos(self, article: Article) -> list[Photo]:
        """Return a row for each photo named, stored or new; remove those named no longer.

        Photos that an editor added have no original name and stay.
        """
        stored: dict[str, list[Photo]] = defaultdict(list)
        for photo in article.photos.exclude(original_name=""):
            stored[photo.original_name].append(photo)
        matched = []
        for position, named in enumerate(self.source.photos):
            same = stored[named.name]
            photo = same.pop(0) if same else Photo(article=article, original_name=named.name)
            photo.caption, photo.position = named.caption, position
            matched.append(photo)
        for photo in chain.from_iterable(stored.values()):
            _note(photo, by=self.by, reason=self.reason)
            photo.delete()
        return matched

    def save_photos(self, article: Article, photos: Sequence[Photo]) -> None:
        """Attach what was found, save what changed; the first with a file leads if none does."""
        kept = {photo.pk: photo for photo in article.photos.all()}
        has_lead = any(photo.is_lead for photo in kept.values())
        for photo in photos:
            attached = not photo.file and self.attach(photo)
            if photo.file and not has_lead:
                photo.is_lead = has_lead = True
            before = kept.get(photo.pk)
            if attached or before is None or _told(before) != _told(photo):
                _save(photo, by=self.by, reason=self.reason)

    def attach(self, photo: Photo) -> bool:
        """Store the photo's file, if it was found and is good; tell whether."""
        name = photo.original_name
        if (path := self.files.get(name)) is None:
            self.result.missing.append(name)
            return False
        try:
            with path.open("rb") as content:
                self.store(photo, File(content))
        except ValidationError as error:
            self.result.refused[name] = " ".join(error.messages)
            return False
        self.result.attached.append(name)
        return True

    def store(self, photo: Photo, content: "File[bytes]") -> None:
        if self.dry_run:
            check_photo(content)
            return
        photo.file.save(photo.original_name, content, save=False)
        self.written.append(photo.file)


def _imported_before(source: ArticleToImport) -> Article | None:
    """The article that this source made: by its key, else by its content under another name."""
    imported = Article.objects.select_for_update().exclude(import_key=None)
    return (
        imported.filter(import_key=source.key).first()
        or imported.filter(import_digest=source.digest).first()
        or imported.filter(title=source.title, publish_at=source.publish_at).first()
    )


def _first_category() -> Category:
    with override(settings.LANGUAGE_CODE):
        return Category.objects.first() or Category.objects.create(name=_("News"))


def _told(photo: Photo) -> tuple[str, int, bool]:
    """What an import may change of a photo besides its file."""
    return photo.caption, photo.position, photo.is_lead
