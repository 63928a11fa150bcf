"""Parts of the frame of every page."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.loader import render_to_string

from core.shared import shared

register = template.Library()


@register.simple_tag(takes_context=True)
def shared_part(context: dict[str, Any], template_name: str) -> str:
    """Include a template that readers share; it sees the office and the view's name alone."""
    request: HttpRequest = context["request"]
    view = request.resolver_match.view_name if request.resolver_match else ""

    def make() -> str:
        return render_to_string(template_name, {"office": context["office"], "view": view})

    return shared(request, f"{template_name}-{view}", make)
