"""Content Security Policy with the names of Django 6, to be deleted with that upgrade."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class CSP:
    """Source expressions, as in `django.utils.csp`."""

    NONE = "'none'"
    SELF = "'self'"
    NONCE = "<CSP_NONCE_SENTINEL>"


def build_policy(config: Mapping[str, Sequence[str]], nonce: str | None) -> str:
    """Return the header's value; the nonce appears only where a page asked for one."""
    directives = []
    for name, sources in config.items():
        values = [f"'nonce-{nonce}'" if s == CSP.NONCE else s for s in sources]
        directives.append(" ".join([name, *(v for v in values if nonce or "'nonce-" not in v)]))
    return "; ".join(directives)


class Nonce:
    """A nonce that is made when first printed, so that pages without it stay the same each time."""

    def __init__(self) -> None:
        self.value: str | None = None

    def __str__(self) -> str:
        if self.value is None:
            self.value = secrets.token_urlsafe(16)
        return self.value


class ContentSecurityPolicyMiddleware:
    """Set the policy on every response that has none of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    @cached_property
    def policy_without_nonce(self) -> str:
        """The policy of most answers, built once."""
        return build_policy(settings.SECURE_CSP, None)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        nonce = Nonce()
        request._csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        policy = self.policy_without_nonce
        if nonce.value is not None:
            policy = build_policy(settings.SECURE_CSP, nonce.value)
        response.headers.setdefault("Content-Security-Policy", policy)
        return response


def get_nonce(request: HttpRequest) -> Nonce:
    """Return the request's nonce, as `django.middleware.csp.get_nonce` does."""
    return request._csp_nonce  # type: ignore[attr-defined, no-any-return]
