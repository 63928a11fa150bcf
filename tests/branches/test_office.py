"""The office is one row that feeds header, footer and times."""

from zoneinfo import ZoneInfo

import html5lib
import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory
from django.utils.translation import gettext
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from branches.context_processors import office as office_in_templates
from branches.models import Office
from tests.conftest import read, signed_in
from tests.factories import image_bytes

pytestmark = pytest.mark.django_db
FIELDS = {
    "full_name": "Huyện đoàn Hồng Sơn",
    "short_name": "Huyện đoàn",
    "level": "district",
    "organisation": "ĐOÀN TNCS HỒ CHÍ MINH",
    "province": "Tỉnh Lam Giang",
    "parent_body": "Tỉnh đoàn Lam Giang",
    "signature_lines": "TM. BAN THƯỜNG VỤ\nBÍ THƯ",
    "address": "Số 1 đường Trung Tâm",
    "phone": "0200 000 000",
    "email": "huyendoan@hongson.example",
    "responsible_person": "Vũ Thị Minh Tâm",
    "licence": "Số 12/GP-TTĐT ngày 01/02/2020",
    "time_zone": "Asia/Ho_Chi_Minh",
}


def text_of(client: Client, path: str, tag: str) -> str:
    page = html5lib.parse(client.get(path).content.decode(), namespaceHTMLElements=False)
    found = page.find(f".//{tag}")
    assert found is not None
    return " ".join(" ".join(found.itertext()).split())


@pytest.mark.parametrize("number", [1, 2, 0])
def test_database_refuses_a_second_office(number: int, office: Office) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Office.objects.create(id=number, full_name="Một cơ quan khác")
    with pytest.raises(IntegrityError), transaction.atomic():
        Office(full_name="Một cơ quan khác").save()
    assert list(Office.objects.values_list("id", "full_name")) == [(1, office.full_name)]


def test_nameless_office_stands_in_until_one_is_entered() -> None:
    nameless = Office.objects.load()
    assert (nameless.full_name, str(nameless)) == ("", gettext("Youth Union portal"))
    assert nameless.zone == ZoneInfo("Asia/Ho_Chi_Minh")
    assert not Office.objects.exists()


@pytest.mark.parametrize(
    "path", ["/", "/en/", "/tin-tuc/", "/luu-tru/", "/lien-he/", "/tim-kiem/", "/tin-tuc/rss.xml"]
)
def test_fresh_database_serves_every_page(path: str, client: Client) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert "Youth Union portal" in response.content.decode() or "/en/" not in path
    for absent in ("/tin-tuc/khong-co/", "/chuyen-muc/khong-co/", "/luu-tru/2020/1/"):
        assert client.get(absent).status_code == 404


def test_header_and_footer_show_what_was_entered(client: Client) -> None:
    Office.objects.create(**FIELDS)
    header, footer = text_of(client, "/", "header"), text_of(client, "/", "footer")
    shown = ["organisation", "full_name", "province"]
    assert {name for name in shown if FIELDS[name] not in header} == set()
    shown = ["full_name", "address", "phone", "email", "responsible_person", "licence"]
    assert {name for name in shown if FIELDS[name] not in footer} == set()
    assert FIELDS["full_name"] in text_of(client, "/", "title")


def test_what_was_not_entered_leaves_no_label_behind(client: Client, office: Office) -> None:
    Office.objects.update(address="", province="")
    footer = text_of(client, "/", "footer")
    labels = ["Telephone", "E-mail", "Licence", "Responsible for the content"]
    assert [label for label in labels if gettext(label) in footer] == []
    assert office.full_name in footer
    assert gettext("Demonstration data: all names and events are invented.") not in footer


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "UTC", "America/Argentina/Buenos_Aires"])
def test_time_zone_of_the_world_is_accepted(zone: str) -> None:
    office = Office(full_name="Xa nhà", time_zone=zone)
    office.full_clean()
    assert office.zone.key == zone


@pytest.mark.parametrize("zone", ["", "Hà Nội", "GMT+7", "../../etc/passwd", "asia/ho_chi_minh"])
def test_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Office(full_name="Xa nhà", time_zone=zone).full_clean()
    assert set(caught.value.message_dict) == {"time_zone"}
    assert all(caught.value.message_dict["time_zone"])


def test_office_is_read_once_a_page(
    client: Client, office: Office, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):  # The other asks for the visits.
        response = client.get("/lien-he/")
    assert response.content.decode().count(office.full_name) >= 3


def test_templates_get_the_office_of_the_request_unread(
    rf: RequestFactory, django_assert_num_queries: DjangoAssertNumQueries, office: Office
) -> None:
    request = rf.get("/")
    with django_assert_num_queries(0):
        lazy = office_in_templates(request)["office"]
        request.office = lazy  # type: ignore[attr-defined]
        assert office_in_templates(request)["office"] is lazy
    with django_assert_num_queries(1):
        assert str(lazy) == office.full_name


# Administration


def test_administrator_enters_the_office_with_its_emblem(admin_lan: User, client: Client) -> None:
    browser = signed_in(admin_lan)
    assert browser.get("/quan-tri/branches/office/add/").status_code == 200
    emblem = ContentFile(image_bytes((400, 400)), "Huy hiệu Đoàn.jpg")
    response = browser.post("/quan-tri/branches/office/add/", {**FIELDS, "emblem": emblem})
    assert response.status_code == 302
    office = Office.objects.get()
    stored = {name: getattr(office, name) for name in FIELDS}
    assert stored == FIELDS
    assert (office.emblem_width, office.emblem_height) == (192, 192)
    page = client.get("/").content.decode()
    assert office.emblem.small_url in page
    assert "<svg" not in page
    response = client.get(office.emblem.small_url)
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert read(response).startswith(b"\x89PNG")


def test_emblem_that_is_no_picture_is_refused_at_its_field(admin_lan: User, office: Office) -> None:
    browser = signed_in(admin_lan)
    wrong = ContentFile(b"<svg onload=alert(1)>", "huy-hieu.png")
    response = browser.post("/quan-tri/branches/office/1/change/", {**FIELDS, "emblem": wrong})
    assert response.status_code == 200
    assert set(response.context["adminform"].form.errors) == {"emblem"}
    office.refresh_from_db()
    assert office.full_name != FIELDS["full_name"]


def test_second_office_can_neither_be_added_nor_the_first_deleted(
    admin_lan: User, office: Office
) -> None:
    browser = signed_in(admin_lan)
    answers = {
        "add": browser.get("/quan-tri/branches/office/add/").status_code,
        "post": browser.post("/quan-tri/branches/office/add/", FIELDS).status_code,
        "delete": browser.post("/quan-tri/branches/office/1/delete/", {"post": "yes"}).status_code,
        "change": browser.get("/quan-tri/branches/office/1/change/").status_code,
    }
    assert answers == {"add": 403, "post": 403, "delete": 403, "change": 200}
    listed = browser.get("/quan-tri/branches/office/").content.decode()
    assert "delete_selected" not in listed
    assert list(Office.objects.values_list("full_name", flat=True)) == [office.full_name]


def test_change_is_recorded_with_who_made_it(admin_lan: User, office: Office) -> None:
    signed_in(admin_lan).post("/quan-tri/branches/office/1/change/", FIELDS)
    history = Office.history.values_list("full_name", "history_user__username", "history_type")
    assert list(history) == [
        (FIELDS["full_name"], "lan", "~"),
        ("Huyện đoàn Thử Nghiệm", None, "+"),
    ]
    listed = signed_in(admin_lan).get("/quan-tri/branches/office/1/history/")
    assert listed.status_code == 200


def test_editor_of_news_does_not_reach_the_office(editor_minh: User, office: Office) -> None:
    browser = signed_in(editor_minh)
    assert browser.get("/quan-tri/branches/office/1/change/").status_code == 403
    assert browser.post("/quan-tri/branches/office/1/change/", FIELDS).status_code == 403
    assert Office.objects.get().full_name == office.full_name
