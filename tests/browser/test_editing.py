"""What editors do with an article, from the first word to an old version brought back."""

import uuid
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MakeVisitor, Visitor
from tests.browser.demo import Demo
from tests.browser.words import field, press, say
from tests.browser.writing import add_photo, prose, public_path, publish_text, start_article

pytestmark = pytest.mark.browser


def unique(title: str) -> str:
    """A title that no other test uses, whichever runs first."""
    return f"{title} {uuid.uuid4().hex[:8]}"


@pytest.fixture
def tam(visitor: MakeVisitor, workshop: Demo) -> Visitor:
    """Tâm of the district, signed in."""
    editor = visitor(workshop)
    editor.sign_in()
    return editor


@pytest.fixture
def reader(visitor: MakeVisitor, workshop: Demo) -> Visitor:
    """Somebody who reads on a phone."""
    return visitor(workshop, 360)


def test_article_with_formats_and_photo_reaches_readers(
    tam: Visitor, reader: Visitor, jpeg: Path
) -> None:
    title = unique("Chi đoàn thôn Đông họp mặt")
    page = start_article(tam, title)
    field(page, "lead").fill("Buổi họp mặt đầu năm.")
    prose(page).click()
    page.keyboard.press("Control+b")
    page.keyboard.type("Chữ đậm")
    page.keyboard.press("Control+b")
    page.keyboard.type(" và chữ thường")
    page.keyboard.press("Enter")
    page.keyboard.type("- việc một")
    page.keyboard.press("Enter")
    page.keyboard.type("việc hai")
    add_photo(page, jpeg)
    field(page, "caption").first.fill("Đoàn viên chụp ảnh chung")
    page.get_by_label(say("lead photo"), exact=True).first.check()
    press(page, "Save and publish")
    path = public_path(tam)

    reader.open(path)
    article = reader.page.get_by_role("article").first
    expect(article.locator("strong", has_text="Chữ đậm")).to_be_visible()
    expect(article.get_by_role("listitem")).to_have_text(["việc một", "việc hai"])
    expect(article.get_by_role("img", name="Đoàn viên chụp ảnh chung")).to_be_visible()
    reader.open("/")
    expect(reader.page.get_by_role("link", name=title)).to_be_visible()
    assert tam.watch.faults == []
    assert reader.watch.faults == []


def test_new_title_moves_the_article_and_the_old_address_leads_there(
    tam: Visitor, reader: Visitor
) -> None:
    page = start_article(tam, unique("Tên cũ của bản tin"))
    press(page, "Save and publish")
    old = public_path(tam)
    title = unique("Tên mới của bản tin")
    field(page, "title").fill(title)
    press(page, "Save and continue editing")
    expect(field(page, "title")).to_have_value(title)
    assert public_path(tam) != old
    reader.open(old)
    assert reader.page.url.removeprefix(reader.address) != old
    expect(reader.page.get_by_role("heading", level=1)).to_have_text(title)


def test_file_that_is_no_photo_is_refused_beside_its_field(tam: Visitor, tmp_path: Path) -> None:
    false_photo = tmp_path / "ảnh.jpg"
    false_photo.write_text("<script>alert(1)</script>", "utf-8")
    title = unique("Bản tin có tệp lạ")
    page = start_article(tam, title)
    prose(page).click()
    page.keyboard.type("Nội dung đã gõ")
    add_photo(page, false_photo)
    field(page, "caption").first.fill("Chú thích đã gõ")
    press(page, "Save and publish")
    choice = field(page, "photo").first
    expect(choice).to_have_attribute("aria-invalid", "true")
    described_by = choice.get_attribute("aria-describedby") or ""
    message = page.locator(f"#{described_by.split()[0]}")
    expect(message).to_contain_text(say("Please choose a JPEG, PNG or WebP photo."))
    expect(field(page, "title")).to_have_value(title)
    expect(field(page, "caption").first).to_have_value("Chú thích đã gõ")
    expect(prose(page)).to_have_text("Nội dung đã gõ")
    assert tam.watch.faults == []


def test_second_of_two_editors_is_told_and_keeps_what_was_typed(
    tam: Visitor, visitor: MakeVisitor, workshop: Demo, hoa: tuple[str, str]
) -> None:
    page = start_article(tam, unique("Bản tin hai người sửa"))
    press(page, "Save and continue editing")
    page.wait_for_url("**/change/")
    second = visitor(workshop)
    second.sign_in(*hoa)
    second.open(page.url.removeprefix(tam.address))
    field(page, "lead").fill("Tâm viết trước.")
    press(page, "Save and continue editing")
    expect(field(page, "lead")).to_have_value("Tâm viết trước.")

    prose(second.page).click()
    second.page.keyboard.type("Hòa viết sau.")
    field(second.page, "lead").fill("Phần mở đầu của Hòa.")
    press(second.page, "Save")
    expect(second.page.get_by_role("main")).to_contain_text("Vũ Thị Minh Tâm")
    expect(field(second.page, "lead")).to_have_value("Phần mở đầu của Hòa.")
    expect(prose(second.page)).to_have_text("Hòa viết sau.")
    tam.open(page.url.removeprefix(tam.address))
    expect(field(page, "lead")).to_have_value("Tâm viết trước.")


def test_earlier_version_is_compared_and_restored(tam: Visitor) -> None:
    first = unique("Bản đầu")
    page = start_article(tam, first)
    press(page, "Save and continue editing")
    page.wait_for_url("**/change/")
    form = page.url.removeprefix(tam.address)
    field(page, "title").fill("Bản sau, sửa nhầm")
    press(page, "Save and continue editing")
    expect(field(page, "title")).to_have_value("Bản sau, sửa nhầm")
    page.get_by_role("link", name=say("History")).click()
    versions = page.get_by_role("main").get_by_role("table").get_by_role("row")
    expect(versions.nth(1).locator("del")).to_have_text([first])
    expect(versions.nth(1).locator("ins")).to_have_text(["Bản sau, sửa nhầm"])
    versions.last.get_by_role("link").click()
    expect(page.locator("del", has_text=first)).to_be_visible()
    press(page, "Restore this version")
    expect(field(page, "title")).to_have_value(first)
    assert page.url.removeprefix(tam.address) == form
    assert tam.watch.faults == []


def test_back_button_shows_nothing_after_sign_out(tam: Visitor) -> None:
    tam.open("/quan-tri/news/article/")
    press(tam.page, "Log out")
    tam.page.wait_for_load_state()
    tam.page.go_back()
    tam.page.wait_for_load_state()
    expect(tam.page.locator("[name=password]")).to_be_visible()
    expect(tam.page.get_by_role("table")).to_have_count(0)


def test_withdrawn_article_is_gone_for_readers(tam: Visitor, reader: Visitor) -> None:
    page = start_article(tam, unique("Bản tin sẽ gỡ"))
    press(page, "Save and publish")
    path = public_path(tam)
    assert reader.open(path).status == 200
    press(page, "Save and withdraw")
    expect(page.get_by_role("button", name=say("Save and publish")).first).to_be_visible()
    # Readers may see for five seconds what was; then it is gone.
    statuses = [reader.open(path).status]
    while statuses[-1] == 200 and len(statuses) < 60:
        reader.page.wait_for_timeout(100)
        statuses.append(reader.open(path).status)
    assert statuses[-1] == 404


def test_editor_without_script_writes_html_that_the_prose_editor_reads(
    visitor: MakeVisitor, workshop: Demo, tam: Visitor
) -> None:
    plain = visitor(workshop, java_script_enabled=False)
    plain.sign_in()
    form = publish_text(plain, unique("Hai cách soạn thảo"), "<p>Một</p><p><em>Hai</em></p>")
    tam.open(form)
    expect(prose(tam.page).get_by_role("paragraph")).to_have_text(["Một", "Hai"])


def test_photo_that_is_too_large_is_named_before_anything_is_sent(
    tam: Visitor, tmp_path: Path
) -> None:
    large = tmp_path / "anh-lon.jpg"
    large.write_bytes(b"\xff\xd8\xff" + bytes(10 * 1024 * 1024))
    title = unique("Bản tin có ảnh quá lớn")
    page = start_article(tam, title)
    add_photo(page, large)
    press(page, "Save and publish")
    expect(page.get_by_role("alert")).to_contain_text("10 MB")
    expect(field(page, "title")).to_have_value(title)
    assert page.url.endswith("/add/")
    assert tam.watch.faults == []
