"""How a stored photo leaves: fixed type, no guessing, nothing that could run."""

from __future__ import annotations

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase

from core.photos import EXTENSIONS, NAME, photo_fields

CONTENT_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
PUBLIC = "public, max-age=86400"
PRIVATE = "private, no-store"


def photo_response(name: str, *, public: bool) -> HttpResponseBase:
    """Return the response that sends the photo stored as `name`, relative to MEDIA_ROOT.

    Whoever calls has decided that it may be seen; `public` tells whether by everybody, so that
    shared caches may keep it for a day. Raises Http404 for a name no photo can have or that has
    no file.
    """
    found = NAME.fullmatch(name)
    if found is None or not default_storage.exists(name):
        raise Http404
    kind = CONTENT_TYPES[found["ext"]]
    response: HttpResponseBase
    if settings.MEDIA_ACCEL_URL:
        response = HttpResponse(content_type=kind)
        response["X-Accel-Redirect"] = settings.MEDIA_ACCEL_URL + name
    else:
        response = FileResponse(_open(name), content_type=kind)
    response["Content-Disposition"] = "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = PUBLIC if public else PRIVATE
    return response


def main_names(name: str) -> list[str]:
    """Return the stored names of which the rendition `name` can be a part; mostly one.

    A row stores its largest rendition only. Each photo field that keeps its files in the folder
    of `name` and has a rendition of that width and kind gives one candidate, so that a view
    finds the row by `file__in=main_names(name)`, an exact match. Empty for any other name.
    """
    found = NAME.fullmatch(name)
    if found is None:
        return []
    names = set()
    for _model, field in photo_fields():
        ext = EXTENSIONS[field.fallback]
        known = int(found["width"]) in field.widths and found["ext"] in ("webp", ext)
        if field.folder == found["folder"] and known:
            names.add(f"{found['folder']}/{found['token']}/{field.widths[-1]}.{ext}")
    return sorted(names)


def _open(name: str) -> File[bytes]:
    try:
        return default_storage.open(name)
    except FileNotFoundError as error:
        # Removed since it was looked for.
        raise Http404 from error
