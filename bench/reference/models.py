"""An ordinary portal: its name, categories, articles and their photos; and a counter."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models


class Row(models.Model):
    """What all of them share: the checker of types learns the manager here."""

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True


class Site(Row):
    """Whose portal it is."""

    name = models.CharField(max_length=200)
    organisation = models.CharField(max_length=200)
    address = models.CharField(max_length=200)
    phone = models.CharField(max_length=60)
    email = models.EmailField()

    class Meta:
        app_label = "reference"

    def __str__(self) -> str:
        return self.name


class Category(Row):
    """A column of the news."""

    name = models.CharField(max_length=80)
    slug = models.SlugField(unique=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        app_label = "reference"
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class Article(Row):
    """A piece of news."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="articles")
    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=120, unique=True)
    lead = models.TextField()
    body = models.TextField()
    author = models.CharField(max_length=120)
    is_published = models.BooleanField(default=True)
    publish_at = models.DateTimeField(db_index=True)
    lead_photo = models.ForeignKey("Photo", models.SET_NULL, null=True, related_name="+")

    class Meta:
        app_label = "reference"
        ordering = ["-publish_at"]

    def __str__(self) -> str:
        return self.title


class Photo(Row):
    """A photo of an article in three widths."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="photos")
    name = models.CharField(max_length=80)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    caption = models.CharField(max_length=400)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        app_label = "reference"
        ordering = ["position"]

    def __str__(self) -> str:
        return self.caption

    def _srcset(self, ext: str) -> str:
        return ", ".join(f"/media/{self.name}/{width}.{ext} {width}w" for width in (480, 960, 1600))

    @property
    def webp(self) -> str:
        """The widths for browsers that know WebP."""
        return self._srcset("webp")

    @property
    def jpeg(self) -> str:
        """The widths for the others."""
        return self._srcset("jpg")


class Day(Row):
    """How often something was counted on a day."""

    day = models.DateField(primary_key=True)
    n = models.PositiveBigIntegerField()

    class Meta:
        app_label = "reference"

    def __str__(self) -> str:
        return str(self.day)


class Key(Row):
    """A key that was counted."""

    key = models.CharField(max_length=32, primary_key=True)

    class Meta:
        app_label = "reference"

    def __str__(self) -> str:
        return self.key


MODELS: list[type[models.Model]] = [Site, Category, Article, Photo, Day, Key]
