"""Which views are no person's: robots, browsers run by programs, pages fetched in advance."""

import re
from functools import lru_cache

from crawleruseragents import is_crawler
from django.http import HttpRequest

from visits.models import VisitBotDay

Kind = VisitBotDay.Kind

_HEADLESS = re.compile(r"headless|phantomjs|puppeteer|playwright|selenium|webdriver", re.I)
# What the maintained list may not know yet. Only the fetchers of previews of Zalo and Facebook
# are robots; their apps' own browsers, with "Zalo android/…" or "FBAN", are people. A CUBOT is
# a telephone.
_ROBOT = re.compile(
    r"(?<!cu)bot\b|crawl|spider|scrap|preview|externalhit|fetcher|archiver|monitor(?:ing)?\b"
    r"|^(?:curl|wget|python|go-http|java|okhttp|libwww|axios|node|php|ruby|perl)\b",
    re.I,
)


@lru_cache(maxsize=4096)
def _kind_of_agent(agent: str) -> Kind | None:
    if not agent.strip():
        return Kind.UNNAMED
    if _HEADLESS.search(agent):
        return Kind.HEADLESS
    return Kind.CRAWLER if _ROBOT.search(agent) or is_crawler(agent) else None


def bot_kind(request: HttpRequest) -> Kind | None:
    """Return what kind of machine asks, or None for a person's browser."""
    # A page that was only prepared sends nothing until it is seen; this is for other programs.
    purpose = request.META.get("HTTP_SEC_PURPOSE", "") + request.META.get("HTTP_PURPOSE", "")
    if "prefetch" in purpose or "prerender" in purpose:
        return Kind.PREFETCH
    return _kind_of_agent(request.META.get("HTTP_USER_AGENT", "")[:512])
