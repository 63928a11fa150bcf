"""The public directory of branches: what is there is found, and nothing that is not public."""

from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import html5lib
import pytest
import time_machine
from django.core.cache import caches
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from branches import queries
from branches.models import Branch, Commune, HeadCount, Lineage, MistakeReport, Office
from tests.factories import make_branch

pytestmark = pytest.mark.django_db
TODAY = date(2024, 10, 20)


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2024-10-20T09:00:00+07:00"):
        yield


def main_of(client: Client, path: str, status: int = 200) -> Any:
    response = client.get(path)
    assert response.status_code == status, path
    page = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    return page.find(".//main")


def told(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def links(element: Any) -> list[str]:
    """The addresses of the directory that a page leads to, without its breadcrumbs."""
    crumbs = {link for nav in element.iter("nav") for link in nav.iter("a")}
    found = [link.get("href") for link in element.iter("a") if link not in crumbs]
    return [href for href in found if href.startswith("/chi-doan/") and "bao-sai" not in href]


def count(branch: Branch, members: int, on: date = TODAY) -> HeadCount:
    return HeadCount.objects.create(branch=branch, counted_on=on, members=members)


def fill(communes: int, branches: int = 1) -> None:
    """So many communes, each with so many branches that were counted."""
    for number in range(communes):
        commune = Commune.objects.create(name=f"Xã thứ {number}", contact_phone="0200 000 111")
        for place in range(branches):
            count(make_branch(commune, area_kind="thon", name=f"Thượng {place}"), 7)


# Communes


def test_directory_sums_open_branches_and_last_counts(
    client: Client, commune_a: Commune, commune_b: Commune
) -> None:
    Commune.objects.create(name="Đã Hết", valid_to=TODAY)
    Commune.objects.create(name="Chưa Có", valid_from=TODAY + timedelta(days=1))
    one, two = (make_branch(commune_a, area_kind="thon", name=name) for name in ("Đông", "Đoài"))
    count(one, 90, TODAY - timedelta(days=9))
    count(one, 7)
    count(two, 5)
    count(make_branch(commune_a, name="Cũ", closed_on=TODAY), 800)
    count(make_branch(commune_a, name="Mai", founded_on=TODAY + timedelta(days=1)), 600)
    main = main_of(client, "/chi-doan/")
    assert links(main) == ["/chi-doan/xa-dong-tien/", "/chi-doan/xa-hong-lac/"]
    lines = [told(line) for line in main.iter("li")]
    assert lines == ["Xã Đồng Tiến 0 chi đoàn", "Xã Hồng Lạc 2 chi đoàn · 12 đoàn viên"]
    assert queries.district_figures(TODAY) == queries.DistrictFigures(2, 2, 12)


def test_empty_directory_says_so(client: Client) -> None:
    main = main_of(client, "/chi-doan/")
    assert "Chưa có xã, phường nào được nhập." in told(main)
    assert queries.district_figures(TODAY) == queries.DistrictFigures(0, 0, 0)


def test_communes_come_sixty_a_page(client: Client) -> None:
    fill(61, branches=0)
    assert len(links(main_of(client, "/chi-doan/"))) == 60
    assert len(links(main_of(client, "/chi-doan/?trang=2"))) == 1
    for nothing in ("3", "0", "x", "-1", "9" * 4000):
        assert client.get(f"/chi-doan/?trang={nothing}").status_code == 404


def test_home_tells_the_figures_of_the_district(client: Client, commune_a: Commune) -> None:
    count(make_branch(commune_a), 1234)
    main = main_of(client, "/")
    figures = [told(figure) for figure in main.iter("dd")]
    assert figures == ["1", "1", "1.234"]


def test_home_without_communes_has_no_figures(client: Client, office: Office) -> None:
    assert [*main_of(client, "/").iter("dd")] == []


# Search


@pytest.mark.parametrize(
    "text", ["thôn đông", "THON DONG", "cđ thôn Đông", "dong hong lac", "thon dong xa hong"]
)
def test_branch_is_found_without_diacritics(
    text: str, client: Client, commune_a: Commune, commune_b: Commune
) -> None:
    branch = make_branch(commune_a, area_kind="thon", name="Đông")
    make_branch(commune_a, area_kind="thon", name="Đoài")
    make_branch(commune_b, name="Đông")
    make_branch(commune_a, area_kind="thon", name="Đông Cũ", closed_on=TODAY)
    main = main_of(client, f"/chi-doan/?q={text}")
    assert links(main) == [branch.get_absolute_url()]
    assert "Tìm thấy 1 chi đoàn" in told(main)


def test_commune_is_found_by_kind_and_name(client: Client, commune_a: Commune) -> None:
    town = Commune.objects.create(kind="thi-tran", name="Hồng Sơn")
    Commune.objects.create(name="Hồng Cũ", valid_to=TODAY)
    assert links(main_of(client, "/chi-doan/?q=hong")) == [
        commune_a.get_absolute_url(),
        town.get_absolute_url(),
    ]
    assert links(main_of(client, "/chi-doan/?q=thị trấn hồng")) == [town.get_absolute_url()]


@pytest.mark.parametrize("text", ["khong-co-gi", "<script>alert(1)</script>", "' OR 1=1 --", "9"])
def test_search_that_finds_nothing_helps_on(text: str, client: Client, commune_a: Commune) -> None:
    make_branch(commune_a, area_kind="thon", name="Đông")
    main = main_of(client, f"/chi-doan/?q={text}")
    assert links(main) == ["/chi-doan/"]
    assert text in told(main)
    assert main.find(".//script") is None


def test_search_without_a_word_is_the_directory(client: Client, commune_a: Commune) -> None:
    for text in ("", "  ", "…", "chi đoàn", "\u202e"):
        main = main_of(client, f"/chi-doan/?q={text}")
        assert links(main) == [commune_a.get_absolute_url()]


def test_of_very_many_the_first_are_shown(
    client: Client, commune_a: Commune, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOST_FOUND", 60)
    for number in range(61):
        make_branch(commune_a, area_kind="thon", name=str(number + 1))
    main = main_of(client, "/chi-doan/?q=thon")
    assert len(links(main)) == 50
    assert "hơn 60 chi đoàn" in told(main)
    assert len(links(main_of(client, "/chi-doan/?q=thon&trang=2"))) == 10


# Commune


def test_commune_lists_its_open_branches_in_order(
    client: Client, commune_a: Commune, commune_b: Commune
) -> None:
    for name in ("10", "2", "Đông", "Dân"):
        make_branch(commune_a, area_kind="thon", name=name, meeting_day=15)
    count(Branch.objects.get(name="2"), 7)
    make_branch(commune_a, area_kind="thon", name="Mai", founded_on=TODAY + timedelta(days=1))
    make_branch(commune_b, area_kind="thon", name="Khác")
    make_branch(commune_a, area_kind="thon", name="Cũ", closed_on=TODAY)
    make_branch(commune_a, area_kind="thon", name="Đông", closed_on=TODAY)
    main = main_of(client, "/chi-doan/xa-hong-lac/")
    names = ["2", "10", "dan", "dong", "cu"]
    assert links(main) == [f"/chi-doan/xa-hong-lac/thon-{name}/" for name in names]
    lines = [told(line) for line in main.iter("li")]
    assert lines[0] == "Thôn 2 7 đoàn viên · sinh hoạt ngày 15"
    assert lines[-1] == "Thôn Cũ đến ngày 20/10/2024"


def test_commune_tells_how_to_reach_its_union(client: Client, commune_a: Commune) -> None:
    assert "Đoàn xã Hồng Lạc" not in client.get("/chi-doan/xa-hong-lac/").content.decode()
    commune_a.contact_phone, commune_a.contact_email = "0200 000 111", "doan@xa.example"
    commune_a.save()
    page = client.get("/chi-doan/xa-hong-lac/").content.decode()
    assert [text in page for text in ("Đoàn xã Hồng Lạc", "0200 000 111", "mailto:doan@xa.")] == [
        True
    ] * 3


def test_ended_commune_says_so_until_another_has_its_name(client: Client) -> None:
    Commune.objects.create(name="Hồng Lạc", valid_to=date(2024, 5, 1))
    assert "kết thúc hoạt động từ ngày 01/05/2024" in told(
        main_of(client, "/chi-doan/xa-hong-lac/")
    )
    Commune.objects.create(name="Hồng Lạc", valid_from=date(2024, 5, 1))
    assert "01/05/2024" not in told(main_of(client, "/chi-doan/xa-hong-lac/"))


# Branch


def test_branch_tells_what_is_public(client: Client, commune_a: Commune) -> None:
    branch = make_branch(
        commune_a,
        area_kind="thon",
        name="Đông",
        meeting_day=15,
        meeting_note="19 giờ, nhà văn hóa",
        founded_on=date(2001, 3, 26),
        founding_decision="12-QĐ/ĐTN",
    )
    count(branch, 12, date(2024, 9, 1))
    text = told(main_of(client, "/chi-doan/xa-hong-lac/thon-dong/"))
    for part in (
        "Chi đoàn thôn Đông",
        "12 đoàn viên (theo số liệu ngày 01/09/2024)",
        "Ngày 15 hằng tháng; 19 giờ, nhà văn hóa",
        "26/03/2001 (12-QĐ/ĐTN)",
        "Thông tin cập nhật ngày 20/10/2024.",
    ):
        assert part in text


def test_day_of_the_information_is_that_of_the_last_change_or_count(
    client: Client, commune_a: Commune
) -> None:
    path = "/chi-doan/xa-hong-lac/thon-dong/"
    with time_machine.travel("2024-03-01T22:00:00Z"):
        branch = make_branch(commune_a, area_kind="thon", name="Đông")
    assert "cập nhật ngày 02/03/2024" in told(main_of(client, path))
    count(branch, 12, date(2024, 2, 1))
    assert "cập nhật ngày 02/03/2024" in told(main_of(client, path))
    count(branch, 12, date(2024, 9, 1))
    assert "cập nhật ngày 01/09/2024" in told(main_of(client, path))
    with time_machine.travel("2024-10-01T09:00:00Z"):
        branch.refresh_from_db()
        branch.meeting_day = 4
        branch.save()
    assert "cập nhật ngày 01/10/2024" in told(main_of(client, path))


def test_closed_branch_leads_to_its_successor(client: Client, commune_a: Commune) -> None:
    old = make_branch(
        commune_a, area_kind="thon", name="Cũ", closed_on=date(2024, 5, 1), meeting_day=7
    )
    new = make_branch(commune_a, area_kind="thon", name="Mới")
    Lineage.objects.create(
        predecessor=old, successor=new, kind="merge_into", effective_on=date(2024, 5, 1)
    )
    main = main_of(client, "/chi-doan/xa-hong-lac/thon-cu/")
    assert "kết thúc hoạt động từ ngày 01/05/2024" in told(main)
    assert "hằng tháng" not in told(main)
    assert new.get_absolute_url() in links(main)
    assert old.get_absolute_url() in links(main_of(client, new.get_absolute_url()))


def test_open_branch_has_the_address_before_closed_ones(client: Client, commune_a: Commune) -> None:
    for closed_on in (date(2024, 1, 1), date(2024, 5, 1), date(2023, 1, 1)):
        make_branch(commune_a, area_kind="thon", name="Đông", closed_on=closed_on)
    assert "01/05/2024" in told(main_of(client, "/chi-doan/xa-hong-lac/thon-dong/"))
    new = make_branch(commune_a, area_kind="thon", name="Đông", founded_on=date(2024, 6, 1))
    old = Branch.objects.get(closed_on=date(2024, 5, 1))
    Lineage.objects.create(
        predecessor=old, successor=new, kind="split", effective_on=date(2024, 5, 1)
    )
    main = main_of(client, "/chi-doan/xa-hong-lac/thon-dong/")
    assert "kết thúc" not in told(main)
    assert "Hình thành từ" in told(main)
    assert new.get_absolute_url() not in links(main)


@pytest.mark.parametrize(
    "path",
    [
        "xa-hong-lac/thon-khong/",
        "xa-khong-co/thon-dong/",
        "xa-khong-co/",
        "phuong-hong-lac/",
        "hong-lac/",
        "xa-hong-lac/thon--dong/",
        "xa--hong-lac/",
        "XA-hong-lac/",
        "xa-hong-lac/Thon-Dong/",
        "xa-/",
        "xa-hong-lac/thon_dong/",
        "xa-hong-lac/thon-mai/",
        "xa-sap-co/",
        "xa-hong-lac/thon-khong/bao-sai/",
    ],
)
def test_what_is_not_there_is_404(path: str, client: Client, commune_a: Commune) -> None:
    tomorrow = TODAY + timedelta(days=1)
    make_branch(commune_a, area_kind="thon", name="Đông")
    make_branch(commune_a, area_kind="thon", name="Mai", founded_on=tomorrow)
    Commune.objects.create(name="Sắp Có", valid_from=tomorrow)
    assert client.get(f"/chi-doan/{path}").status_code == 404
    assert client.get("/chi-doan/xa-hong-lac/thon-dong/").status_code == 200


# Nothing that is not public


def test_nothing_planted_is_shown(client: Client, commune_a: Commune, officer_a: User) -> None:
    future = date(2031, 7, 9)
    branch = make_branch(
        commune_a,
        area_kind="thon",
        name="Đông",
        closed_on=future,
        closing_decision="MATQUYETDINH",
        term_ends_on=date(2031, 7, 8),
    )
    HeadCount.objects.create(
        branch=branch, counted_on=TODAY, members=3, party_members=2, youth=7777
    )
    heir = make_branch(commune_a, area_kind="thon", name="Matsaunay")
    MistakeReport.objects.create(branch=branch, text="MATBAOSAI", contact="0999 MATLIENHE")
    Lineage.objects.create(
        predecessor=branch, successor=heir, kind="merge_into", effective_on=future
    )
    branch.history.update(history_user=officer_a, history_change_reason="MATLYDO")
    secrets = [
        *("MATQUYETDINH", "MATBAOSAI", "MATLIENHE", "MATLYDO", "09/07/2031", "08/07/2031"),
        *("7777", officer_a.username, officer_a.full_name, str(branch.public_id), "2031"),
    ]
    own = branch.get_absolute_url()
    pages = [
        "/",
        "/chi-doan/",
        "/chi-doan/?q=dong",
        "/chi-doan/?q=MATBAOSAI",
        own,
        f"{own}bao-sai/",
    ]
    pages += ["/chi-doan/xa-hong-lac/", "/sitemap.xml", "/sitemap-chi-doan.xml"]
    pages += ["/sitemap-cac-xa.xml", "/sitemap-cac-chi-doan.xml"]
    for path in pages:
        text = client.get(path).content.decode().replace("“MATBAOSAI”", "")
        text = text.replace('value="MATBAOSAI"', "").replace(": MATBAOSAI –", "")
        text = text.replace("q=MATBAOSAI", "")
        assert [secret for secret in secrets if secret in text] == [], path
    assert "Matsaunay" not in told(main_of(client, own))


def test_pages_carry_no_cookie_and_are_kept(client: Client, commune_a: Commune) -> None:
    own = make_branch(commune_a, area_kind="thon", name="Đông").get_absolute_url()
    for path in ("/chi-doan/", "/chi-doan/?q=dong", commune_a.get_absolute_url(), own):
        response = client.get(path)
        assert not response.cookies
        assert "X-Accel-Expires" in response.headers
        assert Client().post(path).status_code == 405


# Queries


@pytest.mark.parametrize("rows", [1, 3, 100])
def test_pages_cost_the_same_few_queries(
    rows: int, client: Client, office: Office, django_assert_max_num_queries: Any
) -> None:
    fill(rows)
    commune = Commune.objects.first()
    assert commune
    for number in range(rows):
        name = f"Hạ {number}"
        branch = make_branch(commune, area_kind="thon", name=name, closed_on=TODAY)
        heir = commune.branches.filter(closed_on=None).get()
        Lineage.objects.create(
            predecessor=branch, successor=heir, kind="merge_into", effective_on=TODAY
        )
    own = heir.get_absolute_url()
    paths = ["/chi-doan/", "/chi-doan/?q=thon", commune.get_absolute_url(), own, f"{own}bao-sai/"]
    for path in paths:
        # Nothing is kept from the page before.

        caches["process"].clear()
        with django_assert_max_num_queries(5):
            assert client.get(path).status_code == 200


def test_figures_are_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    fill(3, branches=2)
    with django_assert_num_queries(1):
        found = queries.district_figures(TODAY)
    assert found == queries.DistrictFigures(3, 6, 42)


# Sitemap


def test_sitemap_names_communes_and_open_branches(
    client: Client, commune_a: Commune, commune_b: Commune
) -> None:
    branch = make_branch(commune_a, area_kind="thon", name="Đông")
    make_branch(commune_a, area_kind="thon", name="Cũ", closed_on=TODAY)
    Commune.objects.create(name="Đã Hết", valid_to=TODAY)

    def named(path: str) -> list[str]:
        tree = ElementTree.fromstring(client.get(path).content)  # noqa: S314 — our own answer.
        found = [loc.text or "" for loc in tree.iter() if loc.tag.endswith("}loc")]
        return [text.removeprefix("http://testserver") for text in found]

    parts = named("/sitemap-chi-doan.xml")
    assert parts == ["/sitemap-cac-xa.xml", "/sitemap-cac-chi-doan.xml"]
    assert named(parts[0]) == [commune_b.get_absolute_url(), commune_a.get_absolute_url()]
    assert named(parts[1]) == [branch.get_absolute_url()]
    assert client.get("/sitemap-khong-co.xml").status_code == 404
