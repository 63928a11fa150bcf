"""Browsers as people call them, from what they send of themselves."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.text import clean_line, without_forbidden_characters

LONGEST = 48
# The first that is found counts: most browsers name those they are made of, too.
BROWSERS = [
    ("coc_coc_browser/", "Cốc Cốc"),
    ("Zalo", "Zalo"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
]
DEVICES = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
]


def browser_in_words(agent: str) -> str:
    """Return such words as "Chrome on Windows"; of an unknown browser, the start of `agent`."""
    browser, device = _first_in(agent, BROWSERS), _first_in(agent, DEVICES)
    if browser and device:
        return _("%(browser)s on %(device)s") % {"browser": browser, "device": device}
    own_words = clean_line(without_forbidden_characters(agent))[:LONGEST]
    return browser or own_words or _("unknown")


def _first_in(agent: str, names: Iterable[tuple[str, str]]) -> str:
    return next((name for sign, name in names if sign in agent), "")
