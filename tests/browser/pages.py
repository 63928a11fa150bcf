"""The demo's addresses by the kind of page they show."""

from dataclasses import dataclass

from django.utils import timezone

from core.text import slugify
from news.models import MAX_SLUG
from portal.demo_data import DemoArticle, demo_articles


def article_path(title: str) -> str:
    """The address of the article with this title, if no other article had it first."""
    return f"/tin-tuc/{slugify(title, MAX_SLUG - 6)}/"


def _month_path(article: DemoArticle) -> str:
    return f"{article.publish_at(timezone.localdate()):/luu-tru/%Y/}{article.on[:2].lstrip('0')}/"


ARTICLES = demo_articles()
WITH_GALLERY = next(article for article in ARTICLES if article.photo and article.gallery)
WITHOUT_PHOTO = next(article for article in ARTICLES if not article.photo)
FEATURED = next(article for article in ARTICLES if article.featured and article.photo)


@dataclass(frozen=True)
class Kind:
    """One address of a kind of page and what is answered there."""

    path: str
    status: int = 200
    lang: str = "vi"


PUBLIC = {
    "home": Kind("/"),
    "news": Kind("/tin-tuc/"),
    "news, page 2": Kind("/tin-tuc/?trang=2"),
    "article with photos": Kind(article_path(WITH_GALLERY.title)),
    "article without photo": Kind(article_path(WITHOUT_PHOTO.title)),
    "category": Kind(f"/chuyen-muc/{WITH_GALLERY.category}/"),
    "archive": Kind("/luu-tru/"),
    "month": Kind(_month_path(WITH_GALLERY)),
    "search": Kind("/tim-kiem/"),
    "search, found": Kind("/tim-kiem/?tu_khoa=dang"),
    "search, nothing": Kind("/tim-kiem/?tu_khoa=kh%C3%B4ng-c%C3%B3-g%C3%AC"),
    "directory": Kind("/chi-doan/"),
    "directory, found": Kind("/chi-doan/?q=hong+lac"),
    "directory, nothing": Kind("/chi-doan/?q=kh%C3%B4ng-c%C3%B3-g%C3%AC"),
    "commune": Kind("/chi-doan/xa-hong-lac/"),
    "branch": Kind("/chi-doan/xa-hong-lac/thon-ben-gao/"),
    "contact": Kind("/lien-he/"),
    "statistics": Kind("/thong-ke-truy-cap/"),
    "not found": Kind("/khong-co-trang-nay/", 404),
}
ENGLISH = {
    "home in English": Kind("/en/", lang="en"),
    "article in English": Kind("/en" + article_path(WITH_GALLERY.title), lang="en"),
    "search in English": Kind("/en/tim-kiem/?tu_khoa=dang", lang="en"),
}
# Where records have numbers, those of the demo's first rows.
STAFF = {
    "entry page": "/quan-tri/",
    "articles": "/quan-tri/news/article/",
    "new article": "/quan-tri/news/article/add/",
    "article": "/quan-tri/news/article/1/change/",
    "article's history": "/quan-tri/news/article/1/history/",
    "categories": "/quan-tri/news/category/",
    "category": "/quan-tri/news/category/1/change/",
    "branches of the office": "/quan-tri/branches/branch/",
    "branch of the office": "/quan-tri/branches/branch/1/change/",
    "new branch": "/quan-tri/branches/branch/add/",
    "communes": "/quan-tri/branches/commune/",
    "commune": "/quan-tri/branches/commune/1/change/",
    "reports": "/quan-tri/branches/mistakereport/",
    "report": "/quan-tri/branches/mistakereport/1/change/",
    "thresholds": "/quan-tri/branches/threshold/",
    "figures of the branches": "/lam-viec/so-lieu/",
    "visits by day": "/quan-tri/visits/visitday/",
    "views by robots": "/quan-tri/visits/visitbotday/",
    "adjustments": "/quan-tri/visits/visitadjustment/",
    "new adjustment": "/quan-tri/visits/visitadjustment/add/",
    "workspace": "/lam-viec/",
    "communes to choose from": "/lam-viec/chi-doan/",
    "branches": "/lam-viec/chi-doan/?xa=xa-hong-lac",
    "count of branches": "/lam-viec/chi-doan/dem/?xa=xa-hong-lac",
    "commune's contact": "/lam-viec/don-vi/?xa=xa-hong-lac",
    "reports of mistakes": "/lam-viec/bao-sai/",
    "roles": "/tai-khoan/vai-tro/",
    "password": "/tai-khoan/mat-khau/doi/",
    "e-mail address": "/tai-khoan/thu-dien-tu/",
    "second factor": "/tai-khoan/xac-thuc/",
    "sessions": "/tai-khoan/phien/",
    "sign out": "/tai-khoan/dang-xuat/",
    "office": "/quan-tri/branches/office/1/change/",
    "accounts": "/quan-tri/accounts/user/",
    "account": "/quan-tri/accounts/user/1/change/",
    "account's history": "/quan-tri/accounts/user/1/history/",
    "invitation": "/quan-tri/accounts/user/2/invite/",
    "log of access": "/quan-tri/accounts/event/",
    "who changed what": "/quan-tri/lich-su/",
    "commune's history": "/quan-tri/branches/commune/1/history/",
    "new account": "/quan-tri/accounts/user/add/",
    "change of password": "/quan-tri/password_change/",
}
SIGN_IN = "/tai-khoan/dang-nhap/"
