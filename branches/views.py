"""Files of the organisation that everybody may see."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from core.serving import photo_response


@login_not_required
@require_safe
def emblem(request: HttpRequest, name: str) -> HttpResponseBase:
    """The office's emblem, which stands on every page."""
    return photo_response(name, public=True)
