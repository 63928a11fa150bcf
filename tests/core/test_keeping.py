"""The store in front of everything: whole answers, kept briefly, each for whom it is meant."""

import gzip
import itertools
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from time import sleep
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from pytest_django import Settings

from core import keeping
from core.keeping import EXPIRES, PAGE_SECONDS, RENEW_SECONDS, Environ, PageStore
from tests.core.asking import FIXED, ZIPPED, Answer, Body, Clock, Pages, ask


def expected(number: int, packed: bool = False, text: str = "") -> Answer:
    """What a reader gets of the answer with this number."""
    body = f"answer {number}{text}".encode()
    if packed:
        body = gzip.compress(body, 6, mtime=0)
    etag = f'W/"{number}"' if packed else f'"{number}"'
    size = [("ETag", etag), ("Content-Length", str(len(body))), ("Vary", "Accept-Encoding")]
    coding = [("Content-Encoding", "gzip")] if packed else []
    return Answer("200 OK", [*FIXED, *size, *coding], body)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the store."""
    clock = Clock()
    monkeypatch.setattr(keeping, "monotonic", clock)
    return clock


# What is kept


def test_second_reader_gets_the_same_answer_without_asking() -> None:
    pages = Pages()
    store = PageStore(pages)
    assert ask(store) == ask(store) == expected(1)
    assert len(pages.asked) == 1
    assert pages.given[0].closed


@pytest.mark.parametrize("first", [{}, ZIPPED], ids=["plain", "packed"])
def test_both_forms_are_kept_whoever_came_first(first: dict[str, str]) -> None:
    pages = Pages()
    store = PageStore(pages)
    ask(store, **first)
    assert ask(store) == expected(1)
    assert ask(store, **ZIPPED) == expected(1, packed=True)
    assert gzip.decompress(ask(store, **ZIPPED).body) == b"answer 1"
    assert len(pages.asked) == 1


def test_page_that_came_packed_is_kept_as_it_came() -> None:
    packed = gzip.compress(b"answer", 1)

    def application(environ: Environ, start_response: Any) -> list[bytes]:
        own = [("ETag", 'W/"7"'), ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
        start_response("200 OK", [*FIXED, *own, ("Content-Length", str(len(packed)))])
        return [packed]

    store = PageStore(application)
    for environ, body, etag in (({}, b"answer", '"7"'), (ZIPPED, packed, 'W/"7"')):
        answer = ask(store, **environ)
        assert answer.body == body
        headers = dict(answer.headers)
        assert (headers["ETag"], headers["Content-Length"]) == (etag, str(len(body)))
        assert headers.get("Content-Encoding") == ("gzip" if environ else None)


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("GZip", True),
        ("x-gzip", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("gzip; q=0.001", True),
        ("br ,gzip", True),
        ("", False),
        ("identity", False),
        ("*", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("GZIP;Q=0.0", False),
        ("notgzip, gzipped", False),
    ],
)
def test_page_is_packed_for_whoever_takes_gzip(accepted: str, packed: bool) -> None:
    store = PageStore(Pages())
    for _ in range(2):
        assert ask(store, HTTP_ACCEPT_ENCODING=accepted) == expected(1, packed)


def test_head_gets_the_headers_of_the_page_first_or_later() -> None:
    pages = Pages()
    store = PageStore(pages)
    page = expected(1)
    for _ in range(2):
        assert ask(store, REQUEST_METHOD="HEAD") == page._replace(body=b"")
    assert ask(store) == page
    assert [environ["REQUEST_METHOD"] for environ in pages.asked] == ["GET"]


@pytest.mark.parametrize(
    ("known", "unchanged"),
    [
        ('"1"', True),
        ('W/"1"', True),
        ('"0", W/"1","2"', True),
        ("*", True),
        ('"11"', False),
        ("1", False),
        ('W/"2"', False),
        ("", False),
    ],
)
@pytest.mark.parametrize("form", [{}, ZIPPED, {"REQUEST_METHOD": "HEAD"}], ids=str)
def test_page_that_the_reader_has_is_not_sent_again(
    known: str, unchanged: bool, form: dict[str, str]
) -> None:
    pages = Pages()
    store = PageStore(pages)
    kept = [header for header in FIXED if header[0] != "Content-Type"]
    not_modified = [*kept, ("ETag", 'W/"1"'), ("Vary", "Accept-Encoding")]
    for _ in range(2):
        answer = ask(store, HTTP_IF_NONE_MATCH=known, **form)
        if unchanged:
            assert answer == Answer("304 Not Modified", not_modified, b"")
        else:
            assert answer == ask(store, **form)
            assert answer.status == "200 OK"
    assert len(pages.asked) == 1


@pytest.mark.parametrize(
    "condition",
    [
        {"HTTP_IF_MATCH": '"0"'},
        {"HTTP_IF_UNMODIFIED_SINCE": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"HTTP_IF_MODIFIED_SINCE": "Fri, 31 Dec 2100 00:00:00 GMT"},
        {"HTTP_IF_NONE_MATCH": '"0"'},
    ],
    ids=str,
)
def test_condition_of_one_reader_does_not_shape_the_page(condition: dict[str, str]) -> None:
    pages = Pages()
    store = PageStore(pages)
    assert ask(store, **condition) == ask(store, **condition) == ask(store) == expected(1)
    [name] = condition
    assert name not in pages.asked[0]
    for path in ("/static/css/portal.css", "/anh/tin/1.jpg"):
        ask(store, path, REQUEST_METHOD="HEAD", **condition)
        assert pages.asked[-1][name] == condition[name]
        assert pages.asked[-1]["REQUEST_METHOD"] == "HEAD"


def test_part_of_a_page_is_the_whole_page() -> None:
    store = PageStore(Pages())
    for _ in range(2):
        assert ask(store, HTTP_RANGE="bytes=0-3", HTTP_IF_RANGE='"1"') == expected(1)


def test_server_may_change_the_headers_it_got() -> None:
    store = PageStore(Pages())
    for environ in ({}, ZIPPED, {"HTTP_IF_NONE_MATCH": "*"}):
        for _ in range(2):
            answer = ask(store, **environ)
            assert ("Connection", "close") not in answer.headers
            answer.headers.append(("Connection", "close"))


# What is not


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "get"])
def test_other_methods_are_neither_kept_nor_answered_from_memory(method: str) -> None:
    pages = Pages()
    store = PageStore(pages)
    ask(store, REQUEST_METHOD=method)
    assert store._pages == {}
    assert ask(store) == expected(2)
    assert ask(store, REQUEST_METHOD=method).body == b"answer 3"
    assert [environ["REQUEST_METHOD"] for environ in pages.asked] == [method, "GET", method]


def test_answer_that_is_not_marked_passes_unread() -> None:
    pages = Pages()
    pages.headers.remove((EXPIRES, "@1"))
    store = PageStore(pages)
    environ: Environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_IF_NONE_MATCH": '"1"'}
    setup_testing_defaults(environ)
    begun: list[Any] = []
    body = store(environ, lambda *begin: begun.extend(begin))
    assert body is pages.given[0]
    assert not pages.given[0].closed
    assert begun == ["200 OK", [*pages.headers, ("ETag", '"1"'), ("Content-Length", "8")]]
    assert store._pages == {}
    assert ask(store).body == b"answer 2"


@pytest.mark.parametrize(
    "cookies",
    ["sessionid=x", "a=b; sessionid=x", "a=b;sessionid=", "xsessionid=1", 'sessionid="x"; a=b'],
)
def test_who_may_have_a_session_is_never_served_from_memory(cookies: str) -> None:
    pages = Pages()
    store = PageStore(pages)
    ask(store, HTTP_COOKIE=cookies)
    assert store._pages == {}
    assert ask(store) == expected(2)
    assert [ask(store, HTTP_COOKIE=cookies).body for _ in "ab"] == [b"answer 3", b"answer 4"]
    assert ask(store) == expected(2)


@pytest.mark.parametrize("cookies", ["csrftoken=x", "_ga=GA1.1; lang=en", "sessionid", "=x"])
def test_other_cookies_make_no_other_page(cookies: str) -> None:
    store = PageStore(Pages())
    assert ask(store) == ask(store, HTTP_COOKIE=cookies) == expected(1)


def test_session_is_known_by_the_name_of_the_installation(settings: Settings) -> None:
    settings.SESSION_COOKIE_NAME = "__Host-sessionid"
    store = PageStore(Pages())
    ask(store)
    assert ask(store, HTTP_COOKIE="sessionid=x").body == b"answer 1"
    assert ask(store, HTTP_COOKIE="a=b; __Host-sessionid=x").body == b"answer 2"


# Which page is whose


PLACES: list[dict[str, str]] = [
    {},
    {"HTTP_HOST": "other.example"},
    {"HTTP_HOST": "127.0.0.1:8000"},
    {"wsgi.url_scheme": "https"},
    {"HTTP_X_FORWARDED_PROTO": "https,http"},
    {"path": "/en/"},
    {"path": "/tin-tuc/"},
    {"path": "//"},
    {"path": "/tin-tuc/", "query": "trang=2"},
    {"path": "/tin-tuc/", "query": "trang=3"},
    {"path": "/tin-tuc/", "query": "trang=%32"},
]


def test_each_address_has_its_own_page() -> None:
    store = PageStore(Pages())
    for _ in range(2):
        got = [ask(store, **place) for place in PLACES]
        assert got == [expected(number) for number, _place in enumerate(PLACES, 1)]


def test_scheme_that_the_proxy_tells_is_the_readers() -> None:
    store = PageStore(Pages())
    ask(store, HTTP_X_FORWARDED_PROTO="https")
    assert ask(store, HTTP_X_FORWARDED_PROTO="http").body == b"answer 2"
    assert ask(store).body == b"answer 2"


@pytest.mark.parametrize(
    ("query", "made_of"),
    [
        ("fbclid=IwAR0abc", ""),
        ("utm_source=zalo&utm_medium=zalo&utm_campaign=zalo&zarsrc=31", ""),
        ("utm_source_platform=x&gclid=1", ""),
        ("trang=2&fbclid=x", "trang=2"),
        ("fbclid=x&trang=2", "trang=2"),
        ("tu_khoa=a%26fbclid%3Db&utm_source=x&trang=2", "tu_khoa=a%26fbclid%3Db&trang=2"),
        ("tu_khoa=fbclid=x", "tu_khoa=fbclid=x"),
        ("xfbclid=1", "xfbclid=1"),
        ("fbclid", "fbclid"),
        ("utm_=1&utm_2=1", "utm_=1&utm_2=1"),
    ],
)
def test_what_others_add_to_an_address_reaches_no_page(query: str, made_of: str) -> None:
    pages = Pages()
    store = PageStore(pages)
    assert ask(store, query=query) == ask(store, query=made_of) == expected(1)
    assert [environ["QUERY_STRING"] for environ in pages.asked] == [made_of]
    ask(store, query=query, HTTP_COOKIE="sessionid=x")
    assert pages.asked[-1]["QUERY_STRING"] == made_of
    assert ask(store, query="trang=9") == expected(3)


# For how long


def test_page_is_made_anew_in_time(clock: Clock) -> None:
    store = PageStore(Pages())
    made = [ask(store)]
    for step in (RENEW_SECONDS - 0.01, 0.01, PAGE_SECONDS, 60):
        clock.now += step
        made.append(ask(store))
    assert made == [expected(number) for number in (1, 1, 2, 3, 4)]
    assert 0 < RENEW_SECONDS < PAGE_SECONDS < 4


def test_one_reader_renews_while_the_others_get_the_old_page(clock: Clock) -> None:
    pages = Pages()
    store = PageStore(pages)
    ask(store)
    pages.gates[2] = Event()
    clock.now += RENEW_SECONDS
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(ask, store)
        assert pages.waiting.wait(30)
        assert [ask(store) for _ in range(5)] == [expected(1)] * 5
        assert ask(store, "/en/") == expected(3)
        clock.now += PAGE_SECONDS - RENEW_SECONDS - 0.01
        assert ask(store) == expected(1)
        assert len(pages.asked) == 3
        pages.gates[2].set()
        assert renewing.result(30) == expected(2)
    assert ask(store) == expected(2)


def test_readers_who_come_back_together_have_the_page_made_once(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "WAIT_SECONDS", 30)
    pages = Pages()
    store = PageStore(pages)
    ask(store)
    pages.gates[2] = Event()
    clock.now += PAGE_SECONDS
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(ask, store)
        assert pages.waiting.wait(30)
        others = [pool.submit(ask, store) for _ in range(7)]
        assert wait(others, 0.2).done == set()
        pages.gates[2].set()
        assert [found.result(30) for found in (first, *others)] == [expected(2)] * 8
    assert len(pages.asked) == 2


def test_who_waited_for_a_page_that_failed_makes_it(clock: Clock) -> None:
    pages = Pages()
    store = PageStore(pages)
    ask(store)
    gate = Event()

    def fail() -> None:
        gate.wait(30)
        raise ConnectionError

    pages.before[2] = fail
    clock.now += PAGE_SECONDS
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, store)
        while len(pages.asked) < 2:
            sleep(0.01)
        second = pool.submit(ask, store)
        gate.set()
        assert second.result(30) == expected(3)
        assert isinstance(first.exception(30), ConnectionError)


def test_nobody_gets_a_page_that_is_too_old_however_long_it_takes(clock: Clock) -> None:
    pages = Pages()
    store = PageStore(pages)
    ask(store)
    pages.gates[2] = Event()
    clock.now += RENEW_SECONDS
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(ask, store)
        assert pages.waiting.wait(30)
        clock.now += PAGE_SECONDS - RENEW_SECONDS
        assert ask(store) == expected(3)
        pages.gates[2].set()
        assert renewing.result(30) == expected(2)
    # The one that was begun later stays, and its time is counted from its own beginning.
    assert ask(store) == expected(3)
    clock.now += RENEW_SECONDS
    assert ask(store) == expected(4)


def test_time_of_a_page_is_counted_from_before_it_was_made(clock: Clock) -> None:
    pages = Pages()
    store = PageStore(pages)

    def think() -> None:
        clock.now += PAGE_SECONDS

    pages.before[1] = think
    assert ask(store) == expected(1)
    assert ask(store) == expected(2)


def test_failed_renewal_leaves_it_to_the_next_reader(clock: Clock) -> None:
    pages = Pages()
    store = PageStore(pages)
    ask(store)
    clock.now += RENEW_SECONDS

    def fail() -> None:
        raise ConnectionError

    pages.before[2] = fail
    with pytest.raises(ConnectionError):
        ask(store)
    assert ask(store) == expected(3)


def test_renewal_that_may_not_be_kept_is_given_to_its_reader_alone(clock: Clock) -> None:
    pages = Pages()
    store = PageStore(pages)
    ask(store)
    clock.now += RENEW_SECONDS
    pages.headers.remove((EXPIRES, "@1"))
    assert ask(store).body == b"answer 2"
    assert ask(store).body == b"answer 3"
    clock.now += PAGE_SECONDS
    assert [ask(store).body for _ in "ab"] == [b"answer 4", b"answer 5"]


def test_body_that_breaks_off_is_closed_and_not_kept() -> None:
    pages = Pages()
    store = PageStore(pages)

    given = Body([b"answer"])
    given.broken = True

    def application(environ: Environ, start_response: Any) -> Iterable[bytes]:
        pages(environ, start_response)
        return given

    store.application = application
    with pytest.raises(ConnectionError):
        ask(store)
    assert given.closed
    assert store._pages == {}


# How much


def test_memory_is_bounded_whatever_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    bound, page = 200_000, 7000
    monkeypatch.setattr(keeping, "MAX_BYTES", bound)
    store = PageStore(Pages())
    numbers = set()
    for number in range(300):
        ask(store, query=f"x={number}")
        numbers.add(len(store._pages))
        assert store._bytes <= bound + page
    assert max(numbers) * keeping.PAGE_OVERHEAD_BYTES <= bound + page
    # A long address is counted as well.
    ask(store, query="y" * 50_000)
    assert store._bytes >= 50_000 + keeping.PAGE_OVERHEAD_BYTES
    for letter in "abcdefgh":
        ask(store, query=letter * 50_000)
        assert sum(len(key[3]) for key in store._pages) <= bound + 50_000


def test_page_that_is_replaced_is_counted_once(clock: Clock) -> None:
    store = PageStore(Pages())
    ask(store)
    counted = store._bytes
    for _ in range(9):
        clock.now += RENEW_SECONDS
        ask(store)
    assert len(store._pages) == 1
    assert abs(store._bytes - counted) < 10
    ask(store, "/en/")
    assert store._bytes > 2 * keeping.PAGE_OVERHEAD_BYTES


def test_very_large_page_is_answered_and_not_kept() -> None:
    for size, kept in ((keeping.MAX_PAGE_BYTES - 8, 1), (keeping.MAX_PAGE_BYTES - 7, 0)):
        store = PageStore(Pages(text="x" * size))
        assert ask(store) == expected(1, text="x" * size)
        assert len(store._pages) == kept


def test_many_readers_at_once_get_whole_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MAX_BYTES", 30_000)
    store = PageStore(lambda environ, begin: Pages(text=environ["PATH_INFO"])(environ, begin))
    paths = [f"/{number}" for number in range(20)]
    asked = list(itertools.chain.from_iterable(paths for _ in range(20)))
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda path: ask(store, path), asked))
    assert got == [expected(1, text=path) for path in asked]
    assert store._bytes == sum(itertools.starmap(keeping._size, store._pages.items()))
