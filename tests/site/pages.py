"""A portal with something of everything, and the addresses of all its public pages."""

from datetime import timedelta
from typing import Any

from branches.models import Office
from news.models import Category
from tests.factories import PUBLISHED_AT, make_category, make_photo, make_published


def fill_portal() -> dict[str, str]:
    """Fill an empty database; return the path of one page of each kind, by name."""
    Office.objects.create(
        full_name="Huyện đoàn <Thử> & Nghiệm",
        organisation="ĐOÀN TNCS HỒ CHÍ MINH",
        province="Tỉnh “Lam Giang”",
        parent_body="Tỉnh đoàn Lam Giang",
        address="Số 2 đường Đầm Sen",
        phone="0200 000 000",
        email="doan@xa.example",
        responsible_person="Đỗ Thị Lan",
        licence="Số 1/GP",
        is_demo=True,
    )
    first = make_category(name="Gương <bí thư>", description="Chuyện “người” & việc")
    second = make_category(name="Phong trào")
    values: dict[str, Any] = {"author": "Thu & Hà", "source": "Báo <Đoàn>", "featured": True}
    for number in range(14):
        article = make_published(
            title=f"Đại hội “{number}” & <chi đoàn>",
            category=second if number % 2 else first,
            publish_at=PUBLISHED_AT + timedelta(days=number),
            **values,
        )
    for is_lead in (True, False):
        make_photo(article, is_lead=is_lead, alt='Một "bức" ảnh', caption="Ảnh <đẹp> & mới")
    plain = make_published(title="Tin không ảnh", category=first, lead="", body="")
    assert Category.objects.count() == 2
    return {
        "home": "/",
        "list": "/tin-tuc/",
        "second page": "/tin-tuc/?trang=2",
        "category": first.get_absolute_url(),
        "article": article.get_absolute_url(),
        "plain article": plain.get_absolute_url(),
        "archive": "/luu-tru/",
        "month": "/luu-tru/2024/10/",
        "search form": "/tim-kiem/",
        "found": "/tim-kiem/?tu_khoa=dai+hoi",
        "found in category": f"/tim-kiem/?tu_khoa=dai+hoi&chuyen_muc={first.slug}",
        "found nothing": "/tim-kiem/?tu_khoa=%3Cscript%3E",
        "found on page two": "/tim-kiem/?tu_khoa=dai+hoi&trang=2",
        "search in error": "/tim-kiem/?tu_khoa=",
        "contact": "/lien-he/",
        "statistics": "/thong-ke-truy-cap/",
        "not found": "/khong-co/",
    }


EMPTY_PAGES = {
    "home": "/",
    "list": "/tin-tuc/",
    "archive": "/luu-tru/",
    "search form": "/tim-kiem/",
    "found nothing": "/tim-kiem/?tu_khoa=dai",
    "contact": "/lien-he/",
    "statistics": "/thong-ke-truy-cap/",
    "not found": "/khong-co/",
}
