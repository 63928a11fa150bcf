"""Nothing but the allowed elements leaves the sanitiser, whatever goes in."""

import re
import unicodedata
from urllib.parse import urlsplit

import html5lib
import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rich_text import (
    EDITOR_EXTENSIONS,
    MAX_BYTES,
    from_plain_text,
    paragraphs,
    plain_text,
    sanitize,
    validate_size,
)
from core.text import has_forbidden_characters
from tests.core.hostile_html import HOSTILE_HTML

ALLOWED = {
    "p": set(),
    "br": set(),
    "h2": set(),
    "h3": set(),
    "ul": set(),
    "ol": {"start"},
    "li": set(),
    "strong": set(),
    "em": set(),
    "blockquote": set(),
    "a": {"href", "title", "rel"},
}
# What each extension of the editor writes.
WRITTEN_BY = {
    "Bold": "<p><strong>đậm</strong></p>",
    "Italic": "<p><em>nghiêng</em></p>",
    "Heading": "<h2>Mục</h2><h3>Tiểu mục</h3>",
    "BulletList": "<ul><li><p>một</p></li></ul>",
    "OrderedList": '<ol start="3"><li><p>ba</p></li></ol>',
    "ListItem": "<ul><li><p>một</p></li></ul>",
    "Blockquote": "<blockquote><p>lời</p></blockquote>",
    "Link": '<p><a href="https://doan.example" title="Đoàn" rel="noopener noreferrer">Đoàn</a></p>',
    "HardBreak": "<p>dòng<br>dòng</p>",
    "History": "<p>không viết gì</p>",
    "HTML": "<p>không viết gì</p>",
}


def assert_harmless(html: str) -> None:
    """Parse as a browser does and look at every element, attribute and link."""
    tree = html5lib.parseFragment(html, namespaceHTMLElements=True)
    for element in tree.iter():
        if element is tree:
            continue
        assert isinstance(element.tag, str), f"comment or instruction in {html!r}"
        name = element.tag.removeprefix("{http://www.w3.org/1999/xhtml}")
        assert name in ALLOWED, html
        assert set(element.attrib) <= ALLOWED[name], html
        if name == "a":
            assert element.get("rel") == "noopener noreferrer"
            assert_harmless_link(element.get("href"))


def assert_harmless_link(href: str | None) -> None:
    if href is None:
        return
    assert urlsplit(href).scheme in {"http", "https", "mailto", "tel", ""}, href
    if not urlsplit(href).scheme:
        assert re.match(r"/(?![/\\])", re.sub(r"[\t\r\n]", "", href)), href


@pytest.mark.parametrize("text", HOSTILE_HTML)
def test_hostile_text_comes_out_harmless_and_stays_so(text: str) -> None:
    clean = sanitize(text)
    assert_harmless(clean)
    assert sanitize(clean) == clean
    # Shown within a page: nothing that closes the element round it or opens a comment.
    assert_harmless(sanitize(f"<p>trước</p>{text}<p>sau</p>"))


def test_the_collection_is_large_and_without_repeats() -> None:
    assert len(HOSTILE_HTML) >= 100
    assert len(set(HOSTILE_HTML)) == len(HOSTILE_HTML)


pieces = st.sampled_from(
    [*HOSTILE_HTML, "<p>", "</p>", "<a href='", "'>", "e&#x301;", "&#8238;", "<"]
)


@settings(max_examples=150)
@given(st.lists(st.one_of(pieces, st.text(max_size=20)), max_size=6).map("".join))
def test_any_mixture_comes_out_harmless_stable_and_in_nfc(text: str) -> None:
    clean = sanitize(text)
    assert_harmless(clean)
    assert sanitize(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert not has_forbidden_characters(clean)


@pytest.mark.parametrize(
    "href",
    [
        "https://doanthanhnien.example/tin?a=1&amp;b=2",
        "http://xa.example",
        "mailto:doan@xa.example",
        "tel:+84200000000",
        "/tin-tuc/sau-xa-sap-xep/",
        "/anh/tin/abc/960.jpg",
        "/",
    ],
)
def test_honest_link_survives_with_rel(href: str) -> None:
    link = f'<a href="{href}" rel="noopener noreferrer">xem</a>'
    assert sanitize(f'<p><a href="{href}">xem</a></p>') == f"<p>{link}</p>"
    assert sanitize(f'<a href="{href}" rel="opener" target="_blank" class="x">xem</a>') == link


@pytest.mark.parametrize(
    "href", ["//evil.example", "/\\evil.example", "tin.html", "?trang=2", "#x"]
)
def test_link_that_is_neither_full_nor_of_the_portal_loses_its_target(href: str) -> None:
    assert sanitize(f'<a href="{href}">xem</a>') == '<a rel="noopener noreferrer">xem</a>'
    assert plain_text(sanitize(f'<a href="{href}">xem</a>')) == "xem"


def test_editor_and_sanitiser_agree() -> None:
    assert set(WRITTEN_BY) == set(EDITOR_EXTENSIONS)
    kept = "".join(WRITTEN_BY.values())
    assert sanitize(kept) == kept
    names = {match.group(1) for match in re.finditer(r"<([a-z0-9]+)", kept)}
    assert names == set(ALLOWED)
    heading, link = EDITOR_EXTENSIONS["Heading"], EDITOR_EXTENSIONS["Link"]
    assert heading == {"levels": [2, 3]}
    assert link == {"enableTarget": False, "protocols": ["http", "https", "mailto", "tel"]}


def test_spaces_are_ordinary_and_text_is_nfc() -> None:
    typed = "<p>Đoa\u0300n&nbsp;xã\u00a0Yên&#160;Phú&#xA0;</p>\n"
    assert sanitize(typed) == "<p>Đoàn xã Yên Phú </p>"
    assert sanitize("<p>Lời e&#x301; &amp;nbsp;</p>") == "<p>Lời é &amp;nbsp;</p>"
    assert sanitize("&nbsp;") == ""


def test_hidden_signs_are_taken_out_even_as_entities() -> None:
    assert sanitize("<p>a\x00b\u202ec\u200bd</p>") == "<p>abcd</p>"
    assert sanitize("<p>a&#8238;b&#x200b;c&#xFEFF;d</p>") == "<p>abcd</p>"
    assert sanitize("dòng\r\ndòng") == "dòng\ndòng"


def test_text_of_removed_elements_stays_and_of_scripts_goes() -> None:
    assert sanitize("<div><b>Chi đoàn</b> <font>xã</font></div>") == "Chi đoàn xã"
    assert sanitize("<p>a</p><style>p{}</style><script>x()</script>") == "<p>a</p>"
    assert sanitize("<h1>Đầu đề</h1><table><tr><td>ô</td></tr></table>") == "Đầu đề   ô"


def test_more_than_200_kilobytes_are_refused() -> None:
    assert MAX_BYTES == 204_800
    validate_size("x" * MAX_BYTES)
    validate_size("ế" * (MAX_BYTES // 3))
    with pytest.raises(ValidationError) as caught:
        validate_size("ế" * (MAX_BYTES // 3 + 1))
    assert caught.value.code == "too_long"
    with pytest.raises(ValidationError):
        validate_size("x" * (MAX_BYTES + 1))


def test_plain_text_has_one_line_a_block() -> None:
    html = "<h2>Mục</h2>\n<p>Một &amp; <strong>hai</strong><br>ba</p>"
    html += "<ul><li>bốn</li><li><p>năm</p></li></ul>"
    assert plain_text(html) == "Mục\nMột & hai\nba\nbốn\nnăm"
    assert plain_text("") == ""


def test_typed_text_becomes_paragraphs() -> None:
    typed = "Đoạn một,\r\ndòng hai.\r\n\r\n  \n\n1 < 2 & 3"
    assert from_plain_text(typed) == "<p>Đoạn một,<br>dòng hai.</p><p>1 &lt; 2 &amp; 3</p>"
    assert from_plain_text("<p>Đã là HTML</p>") == "<p>Đã là HTML</p>"
    assert from_plain_text(" \n ") == ""
    assert paragraphs(["a", "<b>"]) == "<p>a</p><p>&lt;b&gt;</p>"


@given(st.text(max_size=200).filter(lambda text: not ("<" in text and ">" in text)))
def test_words_survive_the_way_from_typed_text_to_html_and_back(text: str) -> None:
    stored = sanitize(from_plain_text(text))
    assert_harmless(stored)
    kept = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    words = re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", kept)
    if not has_forbidden_characters(words):
        assert plain_text(stored).split() == words.split()


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        (
            "5 < 6 và <Nguyễn Văn A>\n\nĐoạn hai",
            "<p>5 &lt; 6 và &lt;Nguyễn Văn A&gt;</p><p>Đoạn hai</p>",
        ),
        ("Viết cho <an@x.vn>", "<p>Viết cho &lt;an@x.vn&gt;</p>"),
        ("<p>Đã là HTML</p>", "<p>Đã là HTML</p>"),
    ],
)
def test_signs_that_are_no_markup_are_kept_as_typed(typed: str, html: str) -> None:
    assert sanitize(from_plain_text(typed)) == html
    assert plain_text(sanitize(from_plain_text(typed))).split() == plain_text(html).split()


def test_words_of_two_cells_do_not_run_together() -> None:
    html = sanitize("<table><tr><td>Xã A</td><td>12</td></tr></table><h1>Đầu</h1><p>đề</p>")
    assert plain_text(html).split() == ["Xã", "A", "12", "Đầu", "đề"]
    assert sanitize(html) == html
