"""A portal with something of everything, and the addresses of all its public pages."""

from datetime import date, timedelta
from typing import Any

from branches.models import Commune, HeadCount, Lineage, Office
from news.models import Category
from tests.factories import PUBLISHED_AT, make_branch, make_category, make_photo, make_published


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
    commune = Commune.objects.create(
        name="Hồng <Lạc> & “Sơn”", contact_phone="0200 000 111", contact_email="xa@xa.example"
    )
    branch = make_branch(commune, area_kind="thon", name="Đông <Hạ>", meeting_day=3)
    old = make_branch(commune, name="Cũ & Kỹ", closed_on=date(2024, 5, 1))
    HeadCount.objects.create(branch=branch, counted_on=date(2024, 9, 1), members=12)
    Lineage.objects.create(
        predecessor=old, successor=branch, kind="merge_into", effective_on=date(2024, 5, 1)
    )
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
        "directory": "/chi-doan/",
        "found branches": "/chi-doan/?q=dong",
        "found no branch": "/chi-doan/?q=%3Cscript%3E",
        "commune": commune.get_absolute_url(),
        "branch": branch.get_absolute_url(),
        "thanks for a report": f"{branch.get_absolute_url()}?da-gui=1",
        "closed branch": old.get_absolute_url(),
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
    "directory": "/chi-doan/",
    "contact": "/lien-he/",
    "statistics": "/thong-ke-truy-cap/",
    "not found": "/khong-co/",
}
