"""The block "Truy cập" for the base template, which knows no other part of the counter."""

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils import timezone

from core.shared import shared
from visits.queries import kept_figures

register = template.Library()


@register.simple_tag(takes_context=True)
def visitor_block(context: dict[str, Any]) -> str:
    """Show the five numbers in the side column, at most a minute old; the script renews them."""

    def make() -> str:
        figures = kept_figures(timezone.localdate())
        return render_to_string("visits/_block.html", {"figures": figures})

    return shared(context["request"], "visits", make)


@register.simple_tag
def visitor_figures() -> Any:
    """The five numbers, for the page that shows them large."""
    return kept_figures(timezone.localdate())
