"""A fictional district that shows the portal alive: always the same, never twice."""

import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from branches.actions import apply_preset
from branches.models import Branch, Commune, Office
from branches.presets import PRESETS
from news.models import Article, Category, Photo
from portal.demo_organisation import NAMESPACE, make_branches, make_communes
from portal.demo_visits import demo_bots, demo_days
from visits.models import VisitBotDay, VisitDay

FOLDER = Path(__file__).parent / "demo"
ACCOUNT = "quantri"
PASSWORD = "vuon uom bi thu chi doan"  # noqa: S105 — shown on the screen; for the demo alone.
# User name, name, role, and the commune of a commune officer.
ACCOUNTS = [
    (ACCOUNT, "Vũ Thị Minh Tâm", Role.DISTRICT_ADMIN, ""),
    ("canbo", "Trịnh Công Đoàn", Role.DISTRICT_STAFF, ""),
    ("bientap", "Lương Thị Thu Hà", Role.NEWS_EDITOR, ""),
    ("honglac", "Hoàng Văn Bắc", Role.COMMUNE_OFFICER, "Hồng Lạc"),
    ("donghoa", "Nguyễn Thu Cúc", Role.COMMUNE_OFFICER, "Đông Hòa"),
    ("xem", "Phạm Bình An", Role.VIEWER, ""),
]


class NotEmpty(Exception):
    """The database holds data that is not the demo's."""


@dataclass(frozen=True)
class DemoPhoto:
    """One picture of an article."""

    photo: str
    caption: str
    alt: str


@dataclass(frozen=True)
class DemoArticle:
    """One file of `demo/articles`."""

    key: str
    title: str
    category: str
    on: str
    years_ago: int
    time: str
    lead: str
    body: str
    author: str = ""
    source: str = ""
    featured: bool = False
    photo: str = ""
    caption: str = ""
    alt: str = ""
    gallery: list[dict[str, str]] = field(default_factory=list)

    def publish_at(self, today: date) -> datetime:
        """The last time its month and day came round before `today`, `years_ago` years back."""
        month, day = (int(part) for part in self.on.split("-"))
        year = today.year - (0 if (month, day) < (today.month, today.day) else 1) - self.years_ago
        moment = time.fromisoformat(self.time)
        return datetime.combine(date(year, month, day), moment, timezone.get_current_timezone())

    def photos(self) -> Iterator[DemoPhoto]:
        """The lead photo if there is one, then the gallery."""
        if self.photo:
            yield DemoPhoto(self.photo, self.caption, self.alt)
        for picture in self.gallery:
            yield DemoPhoto(**picture)


def demo_articles() -> list[DemoArticle]:
    """Every article of the demo, in the order of its files."""
    return [
        DemoArticle(key=path.stem, **tomllib.loads(path.read_text("utf-8")))
        for path in sorted((FOLDER / "articles").glob("*.toml"))
    ]


def demo_categories() -> list[dict[str, Any]]:
    """Slug, name and description of every category, in the order of the menu."""
    text = (FOLDER / "categories.toml").read_text("utf-8")
    return list(tomllib.loads(text)["category"])


def seed_demo(*, today: date) -> bool:
    """Fill an empty database; tell whether anything was added.

    Raises NotEmpty if the database holds data that is not the demo's. All of it is made at once
    or nothing, so that a second run keeps what people changed and removed.
    """
    with transaction.atomic():
        if Office.objects.filter(is_demo=True).exists():
            return False
        _refuse_foreign_data()
        _make_office()
        communes = make_communes()
        _make_people(communes)
        make_branches(communes, today)
        for position, row in enumerate(demo_categories(), start=1):
            Category.objects.create(**row, position=position)
        for article in demo_articles():
            _make_article(article, today)
        _make_visits(today)
    return True


def _refuse_foreign_data() -> None:
    for model in (Office, Commune, Branch, User, Category, Article, VisitDay):
        if model._default_manager.exists():
            raise NotEmpty(str(model._meta.verbose_name_plural))


def _make_office() -> None:
    office = apply_preset(PRESETS["district-2020"], place="Hồng Sơn", province="Lam Giang")
    office.address = "Số 1 đường Trung Tâm, thị trấn Hồng Sơn"
    office.phone = "0200 000 000"
    office.email = "huyendoan@hongson.example"
    office.responsible_person = "Ban Thường vụ Huyện đoàn Hồng Sơn"
    office.is_demo = True
    office.save()


def _make_people(communes: dict[str, Commune]) -> None:
    for username, full_name, role, commune in ACCOUNTS:
        User.objects.create_user(
            username,
            password=PASSWORD,
            full_name=full_name,
            role=role,
            commune=communes.get(commune),
        )


def _make_visits(today: date) -> None:
    VisitDay.objects.bulk_create(VisitDay(day=day, visits=n) for day, n in demo_days(today))
    VisitBotDay.objects.bulk_create(
        VisitBotDay(day=day, kind=kind, views=n) for day, kind, n in demo_bots(today)
    )


def _make_article(demo: DemoArticle, today: date) -> None:
    publish_at = demo.publish_at(today)
    article = Article.objects.create(
        public_id=uuid.uuid5(NAMESPACE, demo.key),
        category=Category.objects.get(slug=demo.category),
        title=demo.title,
        lead=demo.lead,
        body=demo.body,
        author=demo.author,
        source=demo.source,
        featured=demo.featured,
        status=Article.Status.PUBLISHED,
        status_at=publish_at,
        publish_at=publish_at,
    )
    for position, picture in enumerate(demo.photos()):
        is_lead = position == 0 and bool(demo.photo)
        photo = Photo(
            article=article,
            caption=picture.caption,
            alt=picture.alt,
            is_lead=is_lead,
            position=position,
        )
        with (FOLDER / "pictures" / f"{picture.photo}.webp").open("rb") as file:
            photo.file.save(f"{picture.photo}.webp", File(file), save=False)
        photo.save()
