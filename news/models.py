"""News: categories, articles with every address they ever had, photos."""

import re
import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, FilteredRelation, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from core.dates import exact_time
from core.fields import CleanCharField, CleanTextField
from core.photos import PhotoField
from core.rich_text import plain_text, sanitize, validate_size
from core.text import clean_line, search_key, slugify

MAX_SLUG = 120
# So many may claim one address at the same moment; each try lets one of them through.
MAX_RIVALS = 25
# What a restored version brings back; state and times stay as they are.
RESTORED_FIELDS = ("category_id", "title", "lead", "body", "author", "source", "featured")
# What no page for readers shows.
BEHIND_THE_SCENES = (
    *("public_id", "status_at", "status_by", "created_at", "version", "featured"),
    *("search_title", "search_text", "import_key", "import_digest"),
)
# How both databases name a clash of addresses, and `AddressManager.claim` does.
_ADDRESS_CLASH = re.compile(r"slug|address", re.IGNORECASE)


class Category(models.Model):
    """A column of the news, such as "Gương bí thư chi đoàn"."""

    name = CleanCharField(_("name"), max_length=80, unique=True)
    # Follows the name.
    folded_name = models.CharField(max_length=160, editable=False, default="")
    slug = models.SlugField(
        _("web address"),
        max_length=80,
        unique=True,
        blank=True,
        help_text=_("Made from the name when left empty; links break when it changes."),
    )
    description = CleanCharField(_("description"), max_length=250, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    history = HistoricalRecords(excluded_fields=["folded_name"])

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.clean()
        self.folded_name = search_key(self.name).strip()
        fields = kwargs.get("update_fields")
        if fields is not None and "name" in fields:
            kwargs["update_fields"] = {*fields, "folded_name"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("news:category", args=[self.slug])

    def clean(self) -> None:
        """Take the address from the name before it is compared with those of the others."""
        self.slug = self.slug or slugify(self.name, 80) or "chuyen-muc"


class ArticleQuerySet(models.QuerySet["Article"]):
    def published(self, at: datetime | None = None) -> "ArticleQuerySet":
        """Articles that readers may see at a moment (default now); no job has to switch them."""
        at = at or timezone.now()
        return self.filter(status=Article.Status.PUBLISHED, publish_at__lte=at).filter(
            Q(expire_at__isnull=True) | Q(expire_at__gt=at)
        )

    def published_this_month(self, today: date) -> "ArticleQuerySet":
        """Articles that readers see and that appeared in the month of the local date `today`."""
        first = today.replace(day=1)
        return self.published().filter(publish_at__date__gte=first, publish_at__date__lte=today)

    def for_reading(self) -> "ArticleQuerySet":
        """With the category in the same row, without what only editors and the search need."""
        return self.select_related("category").defer(*BEHIND_THE_SCENES)

    def newest_first(self) -> "ArticleQuerySet":
        return self.order_by("-publish_at", "-pk")

    def for_cards(self) -> "ArticleQuerySet":
        """With category and lead photo in the same row, without the long columns."""
        lead = FilteredRelation("photos", condition=Q(photos__is_lead=True))
        cards = self.annotate(lead_photo=lead).select_related("category", "lead_photo")  # type: ignore[no-redef, misc]
        return cards.defer("body", "search_text")


class Article(models.Model):
    """A piece of news; what readers see is decided when they ask (see `published`)."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        PUBLISHED = "published", _("Published")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    category = models.ForeignKey(
        Category, models.PROTECT, verbose_name=_("category"), related_name="articles"
    )
    title = CleanCharField(_("title"), max_length=200)
    slug = models.SlugField(_("web address"), max_length=MAX_SLUG, unique=True, editable=False)
    lead = CleanTextField(_("lead"), max_length=1500, blank=True)
    body = models.TextField(_("body"), blank=True, validators=[validate_size])
    author = CleanCharField(_("author"), max_length=120, blank=True)
    source = CleanCharField(_("source"), max_length=160, blank=True)
    featured = models.BooleanField(
        _("featured"), default=False, help_text=_("Shown first on the home page.")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.DRAFT, editable=False
    )
    publish_at = models.DateTimeField(
        _("publish at"),
        null=True,
        blank=True,
        help_text=_("Left empty, it is the moment of publishing; in the future, it appears then."),
    )
    expire_at = models.DateTimeField(
        _("show until"), null=True, blank=True, help_text=_("Left empty, it stays.")
    )
    status_at = models.DateTimeField(_("status since"), null=True, editable=False)
    status_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("status set by"),
        help_text=_("Empty when a command did it."),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    version = models.PositiveIntegerField(default=0, editable=False)
    search_title = models.TextField(editable=False, default="")
    search_text = models.TextField(editable=False, default="")
    import_key = models.CharField(  # noqa: DJ001 — NULL, of which a unique column may hold many.
        max_length=250, unique=True, null=True, editable=False
    )
    import_digest = models.CharField(max_length=64, blank=True, editable=False)

    # Set by `for_cards` where there is one.
    lead_photo: "Photo | None" = None

    objects = ArticleQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["search_title", "search_text"])

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["-publish_at", "-pk"]
        permissions = [("publish_article", "Can publish and withdraw articles")]
        indexes = [
            # With all that decides whether and in which order readers see articles: the search goes
            # through many, and their rows are long.
            models.Index(
                "status",
                F("publish_at").desc(),
                F("id").desc(),
                "expire_at",
                name="article_by_time",
            ),
            models.Index(
                "category",
                "status",
                F("publish_at").desc(),
                F("id").desc(),
                "expire_at",
                name="article_by_category",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "in_review", "published", "withdrawn"]),
                name="article_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(publish_at__isnull=False),
                name="article_published_has_time",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(status_at__isnull=False),
                name="article_status_has_time",
            ),
            models.CheckConstraint(
                condition=Q(status_by__isnull=True) | Q(status_at__isnull=False),
                name="article_status_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(expire_at__isnull=True) | Q(expire_at__gt=F("publish_at")),
                name="article_expires_after_publishing",
                violation_error_message=_("The last day must be later than the publishing time."),
            ),
            models.CheckConstraint(condition=~Q(slug=""), name="article_has_address"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Sanitise, refresh the search keys, keep the address in step with the title.

        The address is unique among all that any article ever had; of two writers who claim the
        same one at once, the later takes the next free number.
        """
        self.title = clean_line(self.title)
        self.body = sanitize(self.body)
        self.search_title = search_key(self.title)
        self.search_text = search_key(f"{self.lead}\n{plain_text(self.body)}")
        self.version += 1
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = self._with_derived(fields)
        adding, pk = self._state.adding, self.pk
        for attempt in range(MAX_RIVALS):
            try:
                with transaction.atomic():
                    self.slug = Address.objects.free_for(self)
                    super().save(*args, **kwargs)
                    Address.objects.claim(self)
                return
            except IntegrityError as error:
                if attempt == MAX_RIVALS - 1 or not _ADDRESS_CLASH.search(str(error)):
                    raise
                # The savepoint took the row back; so must the object.
                self._state.adding, self.pk = adding, pk

    def get_absolute_url(self) -> str:
        return reverse("news:article", args=[self.slug])

    @property
    def is_published(self) -> bool:
        """Whether readers see it now; the same rule as `ArticleQuerySet.published`."""
        now = timezone.now()
        return (
            self.status == self.Status.PUBLISHED
            and self.publish_at is not None
            and self.publish_at <= now
            and (self.expire_at is None or self.expire_at > now)
        )

    @property
    def state_in_words(self) -> str:
        """The state as an editor should read it: published may mean later, or no longer."""
        now = timezone.now()
        if self.status == self.Status.PUBLISHED and self.publish_at and self.publish_at > now:
            return gettext("to appear at %(when)s") % {"when": exact_time(self.publish_at)}
        if self.status == self.Status.PUBLISHED and self.expire_at and self.expire_at <= now:
            return gettext("over since %(when)s") % {"when": exact_time(self.expire_at)}
        return self.get_status_display().lower()

    @property
    def modified_at(self) -> datetime:
        """When readers last saw something new: a change, or that it appeared at its hour."""
        return max(self.updated_at, self.publish_at or self.updated_at)

    @staticmethod
    def _with_derived(fields: Iterable[str]) -> set[str]:
        derived = {"body", "search_title", "search_text", "slug", "version", "updated_at"}
        return {*fields, *derived}


class AddressManager(models.Manager["Address"]):
    def free_for(self, article: Article) -> str:
        """Return the address for the article's title: its own, else the first free one."""
        base = slugify(article.title, MAX_SLUG - 6) or "tin"
        taken = dict(
            self.filter(Q(slug=base) | Q(slug__startswith=f"{base}-")).values_list(
                "slug", "article_id"
            )
        )
        candidates = [base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))]
        # Its present address first, so that saving again never moves it to a lower number.
        for slug in sorted(candidates, key=lambda slug: slug != article.slug):
            if taken.get(slug, article.pk) == article.pk:
                return slug
        raise AssertionError("more candidates than taken addresses")

    def claim(self, article: Article) -> None:
        """Record the article's address as its own.

        Raises IntegrityError if another article took it meanwhile.
        """
        address, _created = self.get_or_create(slug=article.slug, defaults={"article": article})
        if address.article_id != article.pk:
            raise IntegrityError(f"address {article.slug} was taken meanwhile")


class Address(models.Model):
    """An address that an article has or had; old ones lead to the present one."""

    slug = models.SlugField(max_length=MAX_SLUG, unique=True)
    article = models.ForeignKey(Article, models.CASCADE, related_name="addresses")

    objects = AddressManager()

    class Meta:
        verbose_name = _("web address")
        verbose_name_plural = _("web addresses")

    def __str__(self) -> str:
        return self.slug


class Photo(models.Model):
    """A photo of one article; readers may have its files only while they may read the article.

    The file is empty while an imported article's photo has not been found.
    """

    article = models.ForeignKey(Article, models.CASCADE, related_name="photos")
    file = PhotoField(
        _("photo"),
        folder="tin",
        width_field="width",
        height_field="height",
        blank=True,
        db_index=True,
    )
    width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    caption = CleanCharField(_("caption"), max_length=400, blank=True)
    alt = CleanCharField(
        _("description for the blind"),
        max_length=300,
        blank=True,
        help_text=_("What can be seen, for readers who cannot see it; else the caption is read."),
    )
    is_lead = models.BooleanField(_("lead photo"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    original_name = models.CharField(_("file name"), max_length=250, blank=True, editable=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["article"],
                condition=Q(is_lead=True),
                name="photo_one_lead",
                violation_error_message=_("Only one photo can be the lead photo."),
            ),
        ]

    def __str__(self) -> str:
        return self.caption or self.original_name or str(self.file)

    @property
    def description(self) -> str:
        """The text that stands for the picture."""
        return self.alt or self.caption
