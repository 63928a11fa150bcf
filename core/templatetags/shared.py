"""Parts of the frame of every page."""

from typing import Any

from django import template
from django.http import HttpRequest

from core.shared import render_once

register = template.Library()


@register.simple_tag(takes_context=True)
def shared_part(context: dict[str, Any], template_name: str) -> str:
    """Include a template that pages share; it sees nothing but `office`, `view` and `bare`.

    So it is the same for all pages of a view, named by `view`, as long as the office is the same.
    `bare` pages are those made without the database.
    """
    request: HttpRequest = context["request"]
    view = request.resolver_match.view_name if request.resolver_match else ""
    bare = bool(context.get("bare", False))
    office = context["office"]
    fields = [] if bare else office._meta.concrete_fields
    state = (str(getattr(office, field.attname)) for field in fields)
    seen = {"office": office, "view": view, "bare": bare}
    return render_once(template_name, (view, bare, *state), seen)
