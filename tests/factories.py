"""Makers of test data with sensible defaults; every name given wins."""

from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image

from branches.models import Branch, Commune
from news.models import Article, Category, Photo

_numbers = count(1)
PUBLISHED_AT = datetime(2024, 10, 20, 2, 0, tzinfo=UTC)


def make_category(**values: Any) -> Category:
    """A category with a name of its own."""
    number = next(_numbers)
    return Category.objects.create(**{"name": f"Chuyên mục {number}", "position": 50, **values})


def make_article(**values: Any) -> Article:
    """A draft with a title of its own."""
    category = values.pop("category", None) or Category.objects.first() or make_category()
    number = next(_numbers)
    defaults = {
        "title": f"Tin số {number} của chi đoàn",
        "lead": f"Phần mở đầu của tin số {number}.",
        "body": f"<p>Đoạn thứ nhất của tin số {number}.</p><p>Đoạn thứ hai.</p>",
    }
    return Article.objects.create(category=category, **{**defaults, **values})


def make_published(**values: Any) -> Article:
    """An article that readers see, unless its times say otherwise."""
    at = values.pop("publish_at", PUBLISHED_AT)
    return make_article(
        **{"status": Article.Status.PUBLISHED, "status_at": at, "publish_at": at, **values}
    )


def image_bytes(size: tuple[int, int] = (1200, 750), kind: str = "JPEG", **options: Any) -> bytes:
    """An encoded picture of one colour gradient."""
    out = BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def make_photo_row(article: Article, **values: Any) -> Photo:
    """A photo that only its row knows: quick, for pages that name files and do not open them."""
    name = f"tin/{next(_numbers):026d}/1600.jpg"
    size = {"width": 1200, "height": 750}
    return Photo.objects.create(
        article=article, **{"file": name, "caption": "Ảnh", **size, **values}
    )


def make_photo(article: Article, **values: Any) -> Photo:
    """A photo of `article` with its files on the disk."""
    photo = Photo(
        article=article, **{"caption": "Ảnh của chi đoàn", "alt": "Một bức ảnh", **values}
    )
    photo.file.save("anh.jpg", ContentFile(image_bytes()), save=False)
    photo.save()
    return photo


def make_branch(commune: Commune, **values: Any) -> Branch:
    """A branch of `commune` with a name of its own."""
    return Branch.objects.create(commune=commune, **{"name": f"Khu {next(_numbers)}", **values})
