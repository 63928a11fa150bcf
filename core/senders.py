"""Who sends a request: from which address, and from a page of which site.

From META: `request.headers` is made anew of all headers, which the counter need not pay for.
"""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the address of the browser, as far as it can be believed.

    Each of the `TRUSTED_PROXIES` proxies of ours adds to the end of X-Forwarded-For the address
    it was asked from; what stands before those may be forged. Without proxies, or with fewer
    entries than proxies, it is the address of the connection.
    """
    told: list[str] = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    trusted: int = settings.TRUSTED_PROXIES
    if 0 < trusted <= len(told) and (address := told[-trusted].strip()):
        return address
    return str(request.META.get("REMOTE_ADDR", ""))


def is_same_origin(request: HttpRequest) -> bool:
    """Tell whether a browser says that a page of this very portal sent the request.

    Every browser sends Sec-Fetch-Site or, the older ones, Origin with a POST by script.
    """
    site: str | None = request.META.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site == "same-origin"
    origin: str | None = request.META.get("HTTP_ORIGIN")
    return origin == f"{request.scheme}://{request.get_host()}"
