"""What the production mode refuses to start with."""

from collections.abc import Sequence


def unsafe_settings(
    key: str, debug: bool, hosts: Sequence[str], *, cache_backend: str = ""
) -> list[str]:
    """Return one sentence for each setting that is unsafe on a public server."""
    faults = []
    if len(key) < 50 or len(set(key)) < 12 or key.startswith("django-insecure-"):
        faults.append("SECRET_KEY must have at least 50 random characters.")
    if debug:
        faults.append("DEBUG must be off.")
    # A leading dot would let in every subdomain, and a dot alone every host.
    if not hosts or any("*" in host or not host.strip(". ") or host[0] == "." for host in hosts):
        faults.append("ALLOWED_HOSTS must name the portal's own hosts, without * or leading dot.")
    if cache_backend.endswith((".LocMemCache", ".DummyCache")):
        faults.append("CACHE_URL must name a cache that all processes share.")
    return faults
