"""Style sheets and scripts with the hash by which the browser checks them."""

import base64
import hashlib
from functools import lru_cache
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


def _served_file(path: str) -> Path:
    """The file as it is served: hashed and rewritten if collected, else the source."""
    if settings.WHITENOISE_USE_FINDERS:
        found = finders.find(path)
        if not isinstance(found, str):
            raise FileNotFoundError(path)
        return Path(found)
    return Path(staticfiles_storage.path(staticfiles_storage.stored_name(path)))  # type: ignore[attr-defined]


def _digest(path: str) -> str:
    digest = hashlib.sha384(_served_file(path).read_bytes()).digest()
    return "sha384-" + base64.b64encode(digest).decode()


_kept_digest = lru_cache(maxsize=256)(_digest)


def integrity(path: str) -> str:
    """Return the `integrity` value of a static file; kept, unless files may change under us."""
    return _digest(path) if settings.WHITENOISE_USE_FINDERS else _kept_digest(path)


@register.simple_tag
def stylesheet(path: str, media: str = "all") -> SafeString:
    """Link a style sheet of the portal."""
    return format_html(
        '<link rel="stylesheet" href="{}" integrity="{}" media="{}">',
        static(path),
        integrity(path),
        media,
    )


@register.simple_tag
def script(path: str) -> SafeString:
    """Load a module of the portal; modules run once the page is there."""
    return format_html(
        '<script type="module" src="{}" integrity="{}"></script>', static(path), integrity(path)
    )
