"""How many reports may come from one address, whichever process answers."""

from django.core.cache import cache
from django.utils.crypto import salted_hmac

PER_ADDRESS = 5
SECONDS = 3600


def may_send(address: str, report: str) -> bool:
    """Tell whether this address may send one more report: five begin within an hour.

    Each takes one of five places in the cache that all processes share; the same report finds its
    own again. The address is kept as a keyed hash, which nobody can turn back without the key.
    """
    sender = salted_hmac("portal.brake", address, algorithm="sha256").hexdigest()
    return any(
        cache.get_or_set(f"report-{sender}-{place}", report, SECONDS) == report
        for place in range(PER_ADDRESS)
    )
