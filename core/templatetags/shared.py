"""Parts of the frame of every page."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.loader import render_to_string

from core.shared import shared

register = template.Library()


@register.simple_tag(takes_context=True)
def shared_part(context: dict[str, Any], template_name: str) -> str:
    """Include a template that readers share; it sees nothing but `office`, `view` and `bare`.

    So it is the same for all pages of a view, named by `view`. `bare` pages are those made without
    the database.
    """
    request: HttpRequest = context["request"]
    view = request.resolver_match.view_name if request.resolver_match else ""
    bare = context.get("bare", False)

    def make() -> str:
        seen = {"office": context["office"], "view": view, "bare": bare}
        return render_to_string(template_name, seen)

    return shared(request, f"{template_name}-{view}-{bare}", make)
