"""Tags for the components in templates/components, known in every template without `load`."""

from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core.photos import PhotoField, PhotoFieldFile

register = template.Library()


@register.simple_tag
def picture(
    photo: PhotoFieldFile,
    alt: str,
    sizes: str = "100vw",
    lazy: bool = True,
    css_class: str = "",
) -> str:
    """Show a stored photo in the width that suits the screen; the template states the contract."""
    if not photo or not photo.is_stored:
        return ""
    size = (photo.width, photo.height)
    how = {"alt": alt, "sizes": sizes, "lazy": lazy, "css_class": css_class}
    return _picture(photo.field, str(photo.name), size, **how)


# Everything follows from the arguments, and a photo is shown far more often than it is stored.
# Typed, since a text that is safe already is written otherwise than the same text that is not.
@lru_cache(maxsize=1024, typed=True)
def _picture(field: PhotoField, name: str, size: tuple[int, int], **how: Any) -> SafeString:
    photo = PhotoFieldFile.of_size(field, name, size)
    shown = {
        **how,
        "photo": photo,
        "webp": photo.srcset("webp"),
        "fallback": photo.srcset(photo.fallback_ext),
    }
    return render_to_string("components/picture.html", shown)
