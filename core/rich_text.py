"""Rich text that is safe to show: one allow-list for the editor, the import and every save."""

import re
import unicodedata
from html import escape
from html.parser import HTMLParser

import nh3
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.text import without_forbidden_characters

MAX_BYTES = 200 * 1024
MAX_ROUNDS = 5

# The editor offers what the sanitiser keeps, and nothing else.
EDITOR_EXTENSIONS = {
    "Bold": True,
    "Italic": True,
    "Heading": {"levels": [2, 3]},
    "BulletList": True,
    "OrderedList": True,
    "ListItem": True,
    "Blockquote": True,
    "Link": {"enableTarget": False, "protocols": ["http", "https", "mailto", "tel"]},
    "HardBreak": True,
    "History": True,
    "HTML": True,
}


def _own_path(url: str) -> str | None:
    """Keep links within the portal; "//host" and "/\\host" only look like one."""
    own = url.startswith("/") and url[1:2] not in ("/", "\\")
    return url if own and "\t" not in url and "\n" not in url else None


_cleaner = nh3.Cleaner(
    tags={"p", "br", "h2", "h3", "ul", "ol", "li", "strong", "em", "blockquote", "a"},
    clean_content_tags={"script", "style", "noscript", "template", "title", "textarea", "iframe"},
    # Without "*", nh3 would allow `lang` and `title` on every element.
    attributes={"*": set(), "a": {"href", "title"}, "ol": {"start"}},
    url_schemes={"http", "https", "mailto", "tel"},
    url_relative=_own_path,
    link_rel="noopener noreferrer",
    strip_comments=True,
)
_KNOWN_MARKUP = re.compile(
    r"</?(p|br|h[1-6]|ul|ol|li|strong|em|b|i|blockquote|a|div)\b[^<>]*>", re.IGNORECASE
)
# Elements that go while their words stay; without a space, those of two cells would run together.
_LEAVING_BLOCKS = re.compile(
    r"</?(td|th|tr|h[1456]|div|section|article|dt|dd|caption)\b", re.IGNORECASE
)
_BLOCKS = {"p", "br", "h2", "h3", "li", "blockquote"}


def sanitize(html: str) -> str:
    """Return `html` with only the allowed elements, in NFC; doing it twice changes nothing."""
    for _round in range(MAX_ROUNDS):
        # An entity may hide a sign, or half a letter, that only the next round can see.
        before, html = html, _sanitize_once(html)
        if html == before:
            break
    return html


def _sanitize_once(html: str) -> str:
    text = without_forbidden_characters(unicodedata.normalize("NFC", html))
    cleaned = _cleaner.clean(_LEAVING_BLOCKS.sub(r" \g<0>", text))
    # nh3 keeps no-break spaces, which editors put where people typed ordinary ones.
    return cleaned.replace("\u00a0", " ").replace("&nbsp;", " ").strip()


def validate_size(html: str) -> None:
    """Refuse a text of more than 200 KB, which no article needs."""
    if len(html.encode()) > MAX_BYTES:
        raise ValidationError(
            _("This text is longer than 200 KB. Please shorten it or split it in two articles."),
            code="too_long",
        )


class _TextParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def plain_text(html: str) -> str:
    """Return the words of sanitised `html`, one line a block."""
    parser = _TextParser()
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def from_plain_text(text: str) -> str:
    """Return text typed without any markup as paragraphs, cut at empty lines; HTML as it is."""
    if _KNOWN_MARKUP.search(text):
        return text
    return paragraphs(
        [part for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip()]
    )


def paragraphs(texts: list[str]) -> str:
    """Return plain paragraphs as HTML, in order."""
    return "".join(f"<p>{escape(text.strip()).replace(chr(10), '<br>')}</p>" for text in texts)
