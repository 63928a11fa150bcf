"""English as offices in Vietnam write it: 08/11/2020, but 237,363."""

from core.formats.vi.formats import *  # noqa: F403

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
