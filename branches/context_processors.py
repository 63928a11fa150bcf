"""The office in every template."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from branches.models import Office


def office(request: HttpRequest) -> dict[str, object]:
    """Return the request's office; an error page may come before the middleware has run."""
    if hasattr(request, "office"):
        return {"office": request.office}
    return {"office": SimpleLazyObject(Office.objects.load)}
