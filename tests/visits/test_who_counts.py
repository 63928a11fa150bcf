"""Who counts as a visitor: people once, machines and people who work here not at all."""

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.conftest import signed_in
from tests.visits.clock import Clock
from tests.visits.helpers import PHONE, bot_days, days, local, send, token, view
from visits.models import VisitBotDay, VisitSalt, VisitSession

pytestmark = pytest.mark.django_db
TODAY = date(2024, 5, 15)
Kind = VisitBotDay.Kind
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0"
MACHINES = {
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)": Kind.CRAWLER,
    f"Mozilla/5.0 {CHROME} Mobile Safari/537.36 (compatible; GoogleOther)": Kind.CRAWLER,
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)": Kind.CRAWLER,
    "Mozilla/5.0 (compatible; coccocbot-web/1.0; +http://help.coccoc.com/)": Kind.CRAWLER,
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)": Kind.CRAWLER,
    "meta-externalagent/1.1": Kind.CRAWLER,
    "Mozilla/5.0 (compatible; ZaloBot/1.0)": Kind.CRAWLER,
    "Zalo-Link-Preview/2.1": Kind.CRAWLER,
    "TelegramBot (like TwitterBot)": Kind.CRAWLER,
    "Twitterbot/1.0": Kind.CRAWLER,
    "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (Applebot/0.1)": Kind.CRAWLER,
    "Mozilla/5.0 (compatible; YandexBot/3.0)": Kind.CRAWLER,
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)": Kind.CRAWLER,
    "Mozilla/5.0 (compatible; SemrushBot/7~bl)": Kind.CRAWLER,
    "Mozilla/5.0 AppleWebKit/537.36 (compatible; GPTBot/1.2)": Kind.CRAWLER,
    "Mozilla/5.0 (compatible; Bytespider; spider-feedback@bytedance.com)": Kind.CRAWLER,
    "Mozilla/5.0 (compatible; archive.org_bot +http://archive.org)": Kind.CRAWLER,
    "curl/8.5.0": Kind.CRAWLER,
    "Wget/1.21.4": Kind.CRAWLER,
    "python-requests/2.32": Kind.CRAWLER,
    "Go-http-client/2.0": Kind.CRAWLER,
    "okhttp/4.12.0": Kind.CRAWLER,
    f"Mozilla/5.0 (X11; Linux x86_64) {CHROME.replace('Chrome', 'HeadlessChrome')}": Kind.HEADLESS,
    "Mozilla/5.0 (Unknown; Linux) AppleWebKit/538.1 PhantomJS/2.1.1": Kind.HEADLESS,
    "": Kind.UNNAMED,
    "   ": Kind.UNNAMED,
}
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
PEOPLE = {
    "Zalo on Android": f"{PHONE} Zalo android/12100625 ZaloTheme/light ZaloLanguage/vi",
    "Zalo on iPhone": f"{IPHONE} Zalo iOS/536 ZaloTheme/dark ZaloLanguage/vn",
    "Facebook on iPhone": f"{IPHONE} [FBAN/FBIOS;FBAV/468.0.0;FBDV/iPhone14,5;FBLC/vi_VN]",
    "Facebook on Android": f"{PHONE} [FB_IAB/FB4A;FBAV/468.0.0.0;]",
    "Messenger": f"{PHONE} [FB_IAB/Orca-Android;FBAV/460.0.0;]",
    "TikTok": f"{PHONE} musical_ly_2023 BytedanceWebview/d8a21c6",
    "CUBOT": f"Mozilla/5.0 (Linux; Android 10; CUBOT_X20_PRO) {CHROME} Mobile Safari/537.36",
    "CUBOT without number": f"Mozilla/5.0 (Linux; Android 9; CUBOT) {CHROME} Safari/537.36",
    "Cốc Cốc": f"Mozilla/5.0 (Windows NT 10.0) coc_coc_browser/124.0 {CHROME} Safari/537.36",
    "Samsung": f"Mozilla/5.0 (Linux; Android 14) SamsungBrowser/25.0 {CHROME} Mobile Safari",
    "Firefox": "Mozilla/5.0 (Windows NT 10.0; rv:132.0) Gecko/20100101 Firefox/132.0",
    "old": "Opera/9.80 (J2ME/MIDP; Opera Mini/4.2) Presto/2.8.119 Version/11.10",
}


def test_machines_add_nothing_and_are_counted_apart(clock: Clock) -> None:
    answers = [view(token(n), agent=agent) for n, agent in enumerate(MACHINES)]
    assert [answer.counted for answer in answers] == [False] * len(MACHINES)
    assert {answer.figures for answer in answers} == {(0, 0, 0, 0, 0)}
    assert days() == {}
    assert VisitSession.objects.count() == 0
    expected = {(TODAY, kind): [*MACHINES.values()].count(kind) for kind in MACHINES.values()}
    assert bot_days() == expected
    assert len(MACHINES) >= 20


@pytest.mark.parametrize("agent", PEOPLE.values(), ids=PEOPLE)
def test_browsers_of_people_add_one(clock: Clock, agent: str) -> None:
    answer = view(token(1), agent=agent)
    assert answer.counted
    assert answer.figures == (1, 0, 1, 1, 1)
    assert days() == {TODAY: 1}
    assert bot_days() == {}


@pytest.mark.parametrize(
    "header", [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}], ids=str
)
def test_page_fetched_in_advance_adds_nothing(clock: Clock, header: dict[str, str]) -> None:
    answer = view(token(1), headers={"Sec-Fetch-Site": "same-origin", **header})
    assert not answer.counted
    assert days() == {}
    assert bot_days() == {(TODAY, Kind.PREFETCH): 1}


def test_bots_of_two_days_are_kept_apart(clock: Clock) -> None:
    for moment in (local(2024, 5, 15, 23, 59, 59), local(2024, 5, 16)):
        clock.move_to(moment)
        view(agent="curl/8")
    day = TODAY + timedelta(days=1)
    assert bot_days() == {(TODAY, Kind.CRAWLER): 1, (day, Kind.CRAWLER): 1}


def test_whoever_is_signed_in_adds_nothing_and_sees_the_figures(
    clock: Clock, reader_an: User, editor_minh: User, admin_lan: User
) -> None:
    view(token(1))
    for user in (reader_an, editor_minh, admin_lan):
        for body in (token(2), ""):
            answer = view(body, client=signed_in(user))
            assert (answer.counted, answer.figures) == (False, (1, 0, 1, 1, 1))
        assert not view(token(2), client=signed_in(user), agent="curl/8").counted
    assert days() == {TODAY: 1}
    assert bot_days() == {}
    assert VisitSession.objects.count() == 1


def test_session_that_is_over_is_a_readers(
    clock: Clock, reader_an: User, settings: Settings
) -> None:
    client = signed_in(reader_an)
    client.logout()
    client.cookies[settings.SESSION_COOKIE_NAME] = "dead"
    assert view(token(1), client=client).counted
    assert days() == {TODAY: 1}


# Without a token


def test_browser_without_a_token_is_known_by_address_and_name(clock: Clock) -> None:
    kinds = [("10.0.0.1", PHONE), ("10.0.0.2", PHONE), ("10.0.0.1", f"{PHONE} khác")]
    for address, agent in kinds:
        assert view(address=address, agent=agent).counted
        assert not view(address=address, agent=agent).counted
    assert days() == {TODAY: 3}
    clock.move_to(local(2024, 5, 16, 0, 0, 1))
    assert [view(address=a, agent=b).counted for a, b in kinds] == [True] * 3
    assert VisitSession.objects.count() == 6


@pytest.mark.parametrize(
    ("proxies", "first", "second", "visits"),
    [
        (0, "1.1.1.1", "2.2.2.2", 1),
        (1, "1.1.1.1", "2.2.2.2", 2),
        (1, "9.9.9.9, 1.1.1.1", "8.8.8.8, 1.1.1.1", 1),
        (2, "1.1.1.1, 5.5.5.5", "2.2.2.2, 5.5.5.5", 2),
        (2, "9.9.9.9, 1.1.1.1, 5.5.5.5", "8.8.8.8, 1.1.1.1, 6.6.6.6", 1),
        (2, "1.1.1.1", "2.2.2.2", 1),
        (1, " ", "", 1),
    ],
)
def test_forwarded_address_is_believed_of_our_proxies_only(
    clock: Clock, settings: Settings, *, proxies: int, first: str, second: str, visits: int
) -> None:
    settings.TRUSTED_PROXIES = proxies
    for forwarded in (first, second):
        view(headers={"Sec-Fetch-Site": "same-origin", "X-Forwarded-For": forwarded})
    assert days() == {TODAY: visits}


def test_salt_is_one_a_day_and_forgotten_with_the_day(clock: Clock) -> None:
    view()
    (first,) = VisitSalt.objects.all()
    assert (first.day, len(bytes(first.salt))) == (TODAY, 32)
    clock.move_to(local(2024, 5, 16, 0, 0, 1))
    view()
    (second,) = VisitSalt.objects.all()
    assert second.day == TODAY + timedelta(days=1)
    assert bytes(second.salt) != bytes(first.salt)


# What is refused


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
        {"Origin": "http://evil.example"},
        {"Origin": "https://testserver"},
        {"Origin": "http://testserver:8080"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://eviltestserver"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "", "Origin": "http://testserver"},
        {"Sec-Fetch-Site": "same-origin, cross-site"},
        {"Referer": "http://testserver/"},
        {},
    ],
    ids=str,
)
def test_other_sites_are_refused(clock: Clock, headers: dict[str, str]) -> None:
    response = send(token(1), headers=headers)
    assert response.status_code == 403
    assert days() == {}
    assert VisitSession.objects.count() == 0


def test_older_browser_says_the_origin(clock: Clock) -> None:
    assert view(token(1), headers={"Origin": "http://testserver"}).counted


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"0" * 31, 400),
        (b"0" * 33, 400),
        (b"G" * 32, 400),
        (b"A" * 32, 400),
        (b"0" * 32 + b"\n", 400),
        (b"\xff\x00", 400),
        (b"{}", 400),
        (b"\n", 400),
        (b"\x00" * 32, 400),
        ("٣".encode() * 32, 400),
        (b"token=" + b"0" * 32, 400),
        (b"0" * 1024, 400),
        (b"0" * 1025, 413),
        (b"0" * 100_000, 413),
    ],
)
def test_what_is_no_token_is_refused(
    clock: Clock, reader_an: User, body: bytes, status: int, signed: bool
) -> None:
    client = signed_in(reader_an) if signed else Client()
    assert send(body, client=client).status_code == status
    assert days() == {}


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch", "options"])
def test_only_posts_are_taken(clock: Clock, method: str) -> None:
    headers = {"sec-fetch-site": "same-origin", "user-agent": PHONE}
    response = getattr(Client(), method)("/luot-truy-cap/", headers=headers)
    assert response.status_code == 405
    assert days() == {}


def test_answer_is_for_nobodys_store_and_sets_no_cookie(clock: Clock, reader_an: User) -> None:
    for client in (Client(), signed_in(reader_an), Client(enforce_csrf_checks=True)):
        client.cookies.pop("csrftoken", None)
        response = send(token(1), client=client)
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
        assert not response.cookies
        assert response["Content-Security-Policy"].startswith("default-src 'none'")


def test_short_way_and_long_way_answer_alike(clock: Clock, settings: Settings) -> None:
    short = send(token(1))
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "dead"
    long = send(token(2), client=client)
    assert short.json() == {**long.json(), **dict.fromkeys(("today", "week", "month", "total"), 1)}
    assert long.json()["today"] == 2
    assert set(short.headers) - {"Vary"} <= set(long.headers)


def test_frozen_clock_is_the_tests_own(clock: Clock) -> None:
    """The fixture itself: a later view is later for both clocks."""
    view(token(1))
    with time_machine.travel(local(2024, 5, 15, 9), tick=False):
        clock.move_to(local(2024, 5, 15, 9, 29, 59))
    assert not view(token(1)).counted
