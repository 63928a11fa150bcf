"""Tags for the components in templates/components, known in every template without `load`."""

from typing import Any

from django import template

from core.photos import PhotoFieldFile

register = template.Library()


@register.inclusion_tag("components/picture.html")
def picture(
    photo: PhotoFieldFile,
    alt: str,
    sizes: str = "100vw",
    lazy: bool = True,
    css_class: str = "",
) -> dict[str, Any]:
    """Show a stored photo in the width that suits the screen; the template states the contract."""
    if not photo or not photo.is_stored:
        return {"photo": None}
    return {
        "photo": photo,
        "alt": alt,
        "sizes": sizes,
        "lazy": lazy,
        "css_class": css_class,
        "webp": photo.srcset("webp"),
        "fallback": photo.srcset(photo.fallback_ext),
    }
