"""The block "Truy cập" for the base template, which knows no other part of the counter."""

from typing import Any

from django import template
from django.utils import timezone

from core.shared import render_once
from visits.queries import kept_figures

register = template.Library()


@register.simple_tag
def visitor_block() -> str:
    """Show the five numbers in the side column, at most a minute old; the script renews them."""

    figures = kept_figures(timezone.localdate())
    return render_once("visits/_block.html", (figures,), {"figures": figures})


@register.simple_tag
def visitor_figures() -> Any:
    """The five numbers, for the page that shows them large."""
    return kept_figures(timezone.localdate())
