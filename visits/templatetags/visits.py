"""The block "Truy cập" for the base template, which knows no other part of the counter."""

from typing import Any

from django import template
from django.utils import timezone

from visits.queries import kept_figures

register = template.Library()


@register.inclusion_tag("visits/_block.html")
def visitor_block() -> dict[str, Any]:
    """Show the five numbers in the side column, at most a minute old; the script renews them."""
    return {"figures": kept_figures(timezone.localdate())}


@register.simple_tag
def visitor_figures() -> Any:
    """The five numbers, for the page that shows them large."""
    return kept_figures(timezone.localdate())
