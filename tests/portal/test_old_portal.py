"""The parser of captured pages: the two real kinds, every broken kind, any rendering."""

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from core.text import clean_line
from news.models import Article, Photo
from portal import old_portal
from portal.old_portal import Capture, CapturedPhoto, CaptureError, parse_capture
from tests.portal.captures import (
    NO_VISITORS,
    SAMPLE,
    VISITORS,
    VISITORS_IN_LINES,
    Style,
    page,
    real_capture,
    rendered,
)

VIETNAM = timezone(timedelta(hours=7))
POSTED_AT = datetime(2020, 11, 8, 10, 1, 36, tzinfo=VIETNAM)


def fault(text: str) -> tuple[str, int]:
    """The message and the line with which a page is refused."""
    with translation.override("en"), pytest.raises(CaptureError) as caught:
        parse_capture(text)
    return caught.value.message, caught.value.line


# The pages on the disk


def test_the_sample_is_read_whole() -> None:
    lines = [line.strip() for line in SAMPLE.read_text("utf-8").split("\n") if line.strip()]
    posted = next(at for at, line in enumerate(lines) if line.startswith("Đăng lúc"))
    first_photo, second_photo = "anh-lop-tap-huan-thon-dong.jpg", "anh-thieu-trong-kho.jpg"
    texts = lines[posted + 1 : lines.index(first_photo)]

    capture = parse_capture(SAMPLE.read_text("utf-8"))

    assert capture.title == lines[posted - 1]
    assert capture.posted_at == datetime(2019, 10, 14, 9, 30, 5, tzinfo=VIETNAM)
    assert [capture.lead, *capture.paragraphs] == texts
    assert len(texts) == 6
    assert capture.photos == [
        CapturedPhoto(first_photo, lines[-3][1:-1]),
        CapturedPhoto(second_photo, lines[-1][1:-1]),
    ]


def test_the_real_page_is_read_whole() -> None:
    text = unicodedata.normalize("NFC", real_capture().read_text("utf-8"))
    lines = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
    posted = next(at for at, line in enumerate(lines) if line.startswith("Đăng lúc"))

    capture = parse_capture(text)

    assert capture.title == lines[posted - 1]
    assert capture.posted_at == POSTED_AT
    assert [capture.lead, *capture.paragraphs] == lines[posted + 1 : -2]
    assert len(capture.paragraphs) == 5
    assert capture.photos == [CapturedPhoto(lines[-2], lines[-1][1:-1])]


# Any rendering reads back

TEXT = st.text(
    st.one_of(
        st.sampled_from("ăâđêôơưẮậĐểỗợữ ,.?!:“”–123abc"),
        st.characters(exclude_categories=("C", "Zl", "Zp", "Zs"), exclude_characters="()"),
    ),
    min_size=1,
    max_size=60,
)
LINES = TEXT.map(clean_line).filter(bool)
PARAGRAPHS = LINES.filter(
    lambda line: not line.lower().endswith(("jpg", "jpeg", "png", "webp", "gif"))
)
TITLES = PARAGRAPHS.filter(lambda line: len(line) <= 200)
NAMES = st.builds(
    lambda stem, suffix: clean_line(f"{stem}.{suffix}"),
    st.text(st.sampled_from("aăđễ019_-. /"), min_size=1, max_size=20).filter(str.strip),
    st.sampled_from(["jpg", "JPG", "jpeg", "png", "WebP", "gif"]),
)
CAPTIONS = st.one_of(
    st.just(""),
    PARAGRAPHS,
    PARAGRAPHS.map(lambda line: f"{line} (bên trái) (ảnh: Lan)"),
    PARAGRAPHS.map(lambda line: f"(từ trái) {line}"),
)
CAPTURES = st.builds(
    Capture,
    title=TITLES,
    posted_at=st.datetimes(datetime(1995, 1, 1), datetime(2098, 1, 1)).map(  # noqa: DTZ001
        lambda moment: moment.replace(microsecond=0, tzinfo=VIETNAM)
    ),
    lead=PARAGRAPHS,
    paragraphs=st.lists(PARAGRAPHS, max_size=5),
    photos=st.lists(st.builds(CapturedPhoto, NAMES, CAPTIONS), max_size=4),
    visits_total=st.none(),
)
STYLES = st.builds(
    Style,
    visitors=st.sampled_from([NO_VISITORS, VISITORS, VISITORS_IN_LINES]),
    empty_lines=st.booleans(),
    zone=st.sampled_from([" (GMT+7)", "(GMT+07:00)", " (utc+7)", "  ( GMT +7 )"]),
)


@given(
    capture=CAPTURES,
    places=st.lists(st.integers(0, 6), min_size=4, max_size=4),
    style=STYLES,
    form=st.sampled_from(["NFC", "NFD"]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    before=st.sampled_from(["", "\ufeff", "\n\n", " \u00a0\n"]),
)
def test_any_rendering_reads_back(
    *, capture: Capture, places: list[int], style: Style, form: str, line_end: str, before: str
) -> None:
    # Photos come back in the order of the page.
    ordered = sorted(places[: len(capture.photos)])
    text = unicodedata.normalize(form, rendered(capture, ordered, style))  # type: ignore[arg-type]
    found = parse_capture(before + text.replace("\n", line_end))
    total = None if style.visitors == NO_VISITORS else 237_363
    assert found == replace(capture, visits_total=total)
    assert found.digest == capture.digest


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    for source in (text, page(photos=text), page(title=text)):
        last = source.count("\n") + source.count("\r") + 1
        try:
            capture = parse_capture(source)
            told, line = capture.title + capture.lead, 1
        except CaptureError as refusal:
            told, line = refusal.message, refusal.line
        assert told
        assert 1 <= line <= last


# Ways to write the parts


@pytest.mark.parametrize(
    "line",
    [
        "Đăng lúc: 10:01:36 08/11/2020 (GMT+7)",
        "đăng lúc : 10:01:36 8/11/2020 (gmt+07:00)",
        "ĐĂNG  LÚC:10:01:36 08/11/2020(UTC+7)",
        "\u00d0ăng\u00a0lúc 10:01:36 08/11/2020",
        unicodedata.normalize("NFD", "  Đăng lúc:   10:01:36   08/11/2020  "),
    ],
)
def test_ways_to_write_the_time(line: str) -> None:
    text = page().replace("Đăng lúc: 10:01:36 08/11/2020 (GMT+7)", line)
    capture = parse_capture(text, VIETNAM)
    assert capture.posted_at == POSTED_AT
    assert capture.title == "Ra quân dọn đường làng"


@pytest.mark.parametrize(
    ("time", "utc"),
    [
        ("23:59:59 31/12/2019 (GMT+7)", datetime(2019, 12, 31, 16, 59, 59, tzinfo=UTC)),
        ("00:00 01/01/2020 (UTC-03:30)", datetime(2020, 1, 1, 3, 30, tzinfo=UTC)),
        ("00:00:00 29/02/2020 (GMT+0)", datetime(2020, 2, 29, tzinfo=UTC)),
        ("9:05:00 1/6/2020", datetime(2020, 6, 1, 0, 5, tzinfo=UTC)),
    ],
)
def test_the_zone_is_the_one_in_the_brackets_else_the_office_s(time: str, utc: datetime) -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    posted_at = parse_capture(page(time=time), tokyo).posted_at
    assert posted_at == utc
    assert (posted_at.tzinfo == tokyo) is ("(" not in time)


def test_without_bracket_and_zone_the_current_zone_holds() -> None:
    assert parse_capture(page(time="10:01:36 08/11/2020")).posted_at == POSTED_AT
    assert parse_capture(page(time="10:01:36 08/11/2020")).digest == parse_capture(page()).digest


@pytest.mark.parametrize(
    ("above", "title"),
    [
        ("Ra quân\n", "Ra quân"),
        (f"{VISITORS}Ra quân dọn\nđường làng\n\n", "Ra quân dọn đường làng"),
        (f"{VISITORS}Kế hoạch năm\n2021\n", "Kế hoạch năm 2021"),
        (f"Trang chủ\nTin tức\n{VISITORS_IN_LINES}\nRa quân\n", "Ra quân"),
        (f"Ra quân\n{VISITORS}", "Ra quân"),
        ("Thống kê truy cập\nĐang truy cập 5\nHôm nay\n43\nRa quân\n", "Ra quân"),
        ("Hôm nay:\nTất cả:\nRa quân\n", "Ra quân"),
        (f"{VISITORS}Truy cập\n", "Truy cập"),
        (f"{VISITORS}2020\n", "2020"),
        ("Hôm nay: ra quân\n", "Hôm nay: ra quân"),
    ],
)
def test_the_title_stands_between_visitors_and_time(above: str, title: str) -> None:
    capture = parse_capture(f"{above}Đăng lúc: 10:01:36 08/11/2020\nMở đầu")
    assert capture.title == title
    assert [capture.lead, *capture.paragraphs] == ["Mở đầu"]


@pytest.mark.parametrize(
    ("above", "total"),
    [
        (VISITORS, 237_363),
        (VISITORS_IN_LINES, 237_363),
        ("Tổng lượt truy cập: 1,204,001\n", 1_204_001),
        ("Tổng số\n0\n", 0),
        ("Hôm nay:\n43\nTuần này:\n69\n", None),
        ("Hôm nay:\nTất cả:\n", None),
        ("Tất cả: 9999999999999\n", None),
        ("", None),
    ],
)
def test_total_of_the_visitor_block_is_read(above: str, total: int | None) -> None:
    capture = parse_capture(f"{above}\nRa quân\nĐăng lúc: 10:01:36 08/11/2020\nMở đầu")
    assert capture.visits_total == total
    assert capture.title == "Ra quân"
    assert capture.digest == replace(capture, visits_total=5).digest


def test_lines_are_paragraphs_only_where_no_empty_line_parts_text() -> None:
    head = "Ra quân\nĐăng lúc: 10:01:36 08/11/2020\n"
    by_lines = parse_capture(f"{head}\nMột\nHai\n\na.jpg\n\nBa\nBốn\n")
    by_gaps = parse_capture(f"{head}Một\ncòn một\n \nHai\n\n\n\na.jpg\nBa\ncòn ba")
    assert [by_lines.lead, *by_lines.paragraphs] == ["Một", "Hai", "Ba", "Bốn"]
    assert [by_gaps.lead, *by_gaps.paragraphs] == ["Một\ncòn một", "Hai", "Ba\ncòn ba"]


@pytest.mark.parametrize(
    ("text", "photos", "rest"),
    [
        ("a.jpg\n(Một)\nb.PNG\n(Hai)", [("a.jpg", "Một"), ("b.PNG", "Hai")], []),
        ("a.jpg\n\n(Một)", [("a.jpg", "Một")], []),
        ("a.jpg\n(Một\nhai (ba)\nbốn)\nNăm", [("a.jpg", "Một hai (ba) bốn")], ["Năm"]),
        ("a.jpg\n(Từ trái: a) Lan, b) Huệ)", [("a.jpg", "Từ trái: a) Lan, b) Huệ")], []),
        ("a.jpg\n(Một).", [("a.jpg", "Một")], []),
        ("a.jpg\n()", [("a.jpg", "")], []),
        ("a.jpg\nb.gif\n\n", [("a.jpg", ""), ("b.gif", "")], []),
        ("a.jpg\n\n(Theo báo) Một", [("a.jpg", "")], ["(Theo báo) Một"]),
        ("a.jpg\n(Theo) báo (Một)", [("a.jpg", "")], ["(Theo) báo (Một)"]),
        ("a.jpg\n\n(Chưa đóng\n\nHai", [("a.jpg", "")], ["(Chưa đóng", "Hai"]),
        ("ảnh lớp tập huấn 1.jpeg\n(Một)", [("ảnh lớp tập huấn 1.jpeg", "Một")], []),
        ("../anh/a.webp", [("../anh/a.webp", "")], []),
        ("https://example.vn/a.jpg", [], ["https://example.vn/a.jpg"]),
        (f"{'a' * 247}.jpg", [], [f"{'a' * 247}.jpg"]),
        ("a.jpg là ảnh", [], ["a.jpg là ảnh"]),
    ],
)
def test_photos_and_captions(text: str, photos: list[tuple[str, str]], rest: list[str]) -> None:
    capture = parse_capture(page(body=["Mở đầu.", "Một."], photos=text))
    assert [(photo.name, photo.caption) for photo in capture.photos] == photos
    assert capture.paragraphs == ["Một.", *rest]


def test_signs_without_width_are_left_out() -> None:
    capture = parse_capture(
        "\ufeff" + page(title="Ra\u200b quân", body=["\ufeffMở\u00a0 đầu\u2060"])
    )
    assert (capture.title, capture.lead) == ("Ra quân", "Mở đầu")
    assert capture.digest == parse_capture(page(title="Ra quân", body=["Mở đầu"])).digest


def test_the_digest_tells_every_change_of_the_article_and_no_other() -> None:
    plain = page(photos="a.jpg\n(Một)")
    changed = [
        page(title="Khác", photos="a.jpg\n(Một)"),
        page(time="10:01:37 08/11/2020 (GMT+7)", photos="a.jpg\n(Một)"),
        page(body=["Khác"], photos="a.jpg\n(Một)"),
        page(photos="a.jpg\n(Hai)"),
        page(photos="b.jpg\n(Một)"),
    ]
    same = [plain.replace("10:01:36", "12:01:36").replace("+7", "+9"), plain.replace("43", "44")]
    same += [plain.replace("\n", "\r\n"), plain.replace(VISITORS, "")]
    digests = {parse_capture(text).digest for text in [plain, *changed]}
    assert len(digests) == 6
    assert {parse_capture(text).digest for text in same} == {parse_capture(plain).digest}


# Broken pages


@pytest.mark.parametrize("text", ["", "\ufeff", " \n\r\n\u00a0\n"])
def test_an_empty_page_is_refused(text: str) -> None:
    assert fault(text) == ("This file is empty.", 1)


@pytest.mark.parametrize(
    "time",
    [
        *("31/02/2020", "10:01:36", "hôm qua", "10:01:36 08-11-2020", "10h01 08/11/2020"),
        *("25:00:00 08/11/2020", "10:60:00 08/11/2020", "10:01:61 08/11/2020"),
        *("10:01:36 31/02/2020 (GMT+7)", "10:01:36 29/02/2019", "10:01:36 00/11/2020"),
        *("10:01:36 11/13/2020", "10:01:36 08/11/20", "00:00:00 01/01/0001 (GMT+7)"),
        *("10:01:36 08/11/2020 (GMT+25)", "10:01:36 08/11/2020 (GMT+7:75)"),
        *("10:01:36 08/11/2020 (giờ Hà Nội)", "10:01:36 08/11/2020 sáng", "٠٨:٠١:٣٦ 08/11/2020"),
    ],
)
def test_a_time_that_is_none_is_refused_with_its_line(time: str) -> None:
    wanted = "The time must be written as 10:01:36 08/11/2020 (GMT+7), not “%s”."
    message, line = fault(page(time=time))
    assert message == wanted % clean_line(time)
    assert line == 12


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("Chỉ có\n\nchữ", "There is no line “Đăng lúc: …” with the time.", 1),
        (page(title=""), "There is no title above the time.", 12),
        ("Đăng lúc: 10:01:36 08/11/2020\nMở đầu", "There is no title above the time.", 1),
        (page(body=[]), "There is no text after the time.", 12),
        (page(body=[], photos="a.jpg\n(Một)"), "There is no text after the time.", 12),
        (page(title="a" * 201), "The title is longer than 200 characters.", 10),
        (page(title="á " * 60 + "\n" + "b " * 60), "The title is longer than 200 characters.", 10),
        (page(body=["Một\x00"]), "This line contains hidden control characters.", 14),
        (page(body=["Một", "\u202egpj.a"]), "This line contains hidden control characters.", 16),
        (page(photos="a.jpg\n(Một"), "The bracket of this caption is not closed.", 21),
        (page(photos="a.jpg\n(Một\nb.jpg"), "The bracket of this caption is not closed.", 21),
        (page(photos=f"a.jpg\n({'a' * 401})"), "The caption is longer than 400 characters.", 21),
        (page(photos="a.jpg\n" * 101), "There are more than 100 photos.", 120),
    ],
)
def test_what_is_broken_is_named_with_its_line(text: str, message: str, line: int) -> None:
    assert fault(text) == (message, line)
    assert fault(text.replace("\n", "\r\n")) == (message, line)


def test_what_just_fits_is_taken() -> None:
    capture = parse_capture(page(title="a" * 200, photos=f"{'b' * 246}.jpg\n({'c' * 400})"))
    assert capture.title == "a" * 200
    assert capture.photos == [CapturedPhoto("b" * 246 + ".jpg", "c" * 400)]


def test_the_limits_are_those_of_the_models() -> None:
    assert Article._meta.get_field("title").max_length == old_portal.MAX_TITLE
    assert Photo._meta.get_field("caption").max_length == old_portal.MAX_CAPTION
    assert Photo._meta.get_field("original_name").max_length == old_portal.MAX_PHOTO_NAME
