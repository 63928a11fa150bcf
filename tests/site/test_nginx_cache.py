"""nginx keeps pages for as long as the app says, and nothing else: the shipped file at work."""

import gzip
import http.client
import re
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.client import HTTPResponse
from pathlib import Path

import pytest

from tests.site.counting_app import SECURITY, Answer, App, app_running
from tests.site.deployment import CONFIG, HOST, ROOT, Site, make_site, nginx_running, running

SESSION = {"Cookie": "__Host-sessionid=abc"}
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, App]]:
    """The shipped nginx file with the stub behind it."""
    with nginx_running(tmp_path_factory.mktemp("kept")) as site, app_running(site) as app:
        yield site, app


@pytest.fixture
def site(both: tuple[Site, App]) -> Site:
    return both[0]


@pytest.fixture
def app(both: tuple[Site, App]) -> App:
    """The stub, as if nobody had asked it."""
    both[1].answers.clear()
    both[1].asked.clear()
    return both[1]


def sent_headers(response: HTTPResponse) -> list[tuple[str, str]]:
    """Return the headers of an answer in their order, without the clock."""
    return [(name, value) for name, value in response.headers.items() if name != "Date"]


def stored(site: Site) -> str:
    """Return all that lies in nginx's folder of pages."""
    files = [path for path in site.cache.rglob("*") if path.is_file()]
    return "\n".join(path.read_bytes().decode("latin-1") for path in files)


def say(site: Site, head: str) -> tuple[HTTPResponse, str]:
    """Send a request as it is written, and return its answer."""
    with site.connect() as connection:
        connection.sendall(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n")
        response = HTTPResponse(connection)
        response.begin()
        return response, response.read().decode()


def wait_until_over(asked: float) -> None:
    """Return when a page is over that was asked for at `asked` and may be kept for a second."""
    time.sleep(max(0, int(asked) + 2.05 - time.time()))


# What may be kept


def test_kept_page_comes_without_the_app_and_unchanged(site: Site, app: App) -> None:
    answers = [site.ask("/same", headers=GZIP) for _request in range(3)]
    assert app.times("/same") == 1
    (first, body), *others = answers
    assert gzip.decompress(body).startswith(b"page #1 ")
    for response, other_body in others:
        assert (response.status, other_body) == (200, body)
        assert sent_headers(response) == sent_headers(first)
    for name, value in (SECURITY | {"Cache-Control": "no-cache", "ETag": 'W/"page"'}).items():
        assert others[0][0].headers.get_all(name) == [value], name
    assert "X-Accel-Expires" not in first.headers
    assert "X-Accel-Expires" not in others[0][0].headers


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [
        ("gzip", True),
        ("GZip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.001", True),
        ("deflate,gzip ; q=1.000,*;q=0", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, identity", False),
        ("deflate, gzip;q=0, br", False),
        ("identity", False),
        ("x-gzip-like", False),
        ("", False),
        (None, False),
    ],
)
def test_compressed_and_plain_pages_do_not_mix(
    site: Site, app: App, accepted: str | None, is_compressed: bool
) -> None:
    path = f"/form/{str(accepted).encode().hex()}"
    told = {} if accepted is None else {"Accept-Encoding": accepted}
    for headers, expected in ((told, is_compressed), ({}, False), (GZIP, True)) * 2:
        response, body = site.ask(path, headers=headers)
        assert response.headers.get("Content-Encoding") == ("gzip" if expected else None)
        assert (gzip.decompress(body) if expected else body).startswith(b"page #")
    assert [asked.headers.get_all("Accept-Encoding") for asked in app.asked] in (
        [["gzip"], None],
        [None, ["gzip"]],
    )


def test_browsers_of_every_kind_share_two_pages(site: Site, app: App) -> None:
    accepted = ["gzip", "gzip, br", "br, gzip;q=0.5", "gzip;q=0", "br", "deflate", "identity"]
    for value in accepted * 2:
        agent = {"Accept-Encoding": value, "User-Agent": value, "Accept-Language": value}
        assert site.ask("/shared", headers=agent)[0].status == 200
    assert app.times("/shared") == 2


def test_page_vanishes_when_its_time_is_over(site: Site, app: App) -> None:
    app.answers["/short"] = Answer("old text", seconds=1)
    kept, asked = site.ask("/short")[1], time.time()
    app.answers["/short"] = Answer("new text", seconds=1)
    wait_until_over(asked)
    # The first after an idle time must not be served the old page while the new one is made.
    bodies = [site.ask("/short")[1] for _request in range(2)]
    assert kept.startswith(b"old text")
    assert all(body.startswith(b"new text") for body in bodies)


def test_page_taken_back_is_not_found_when_its_time_is_over(site: Site, app: App) -> None:
    app.answers["/gone"] = Answer("taken back", seconds=1)
    assert site.ask("/gone")[0].status == 200
    asked = time.time()
    app.answers["/gone"] = Answer("not found", status=404, seconds=None)
    wait_until_over(asked)
    for _request in range(2):
        response, body = site.ask("/gone")
        assert response.status == 404
        assert b"taken back" not in body


def test_time_already_over_is_not_kept(site: Site, app: App) -> None:
    app.answers["/past"] = Answer(seconds=-1)
    assert site.ask("/past")[1] != site.ask("/past")[1]
    assert app.times("/past") == 2


# What is never kept

NEVER = {
    "draft": Answer("secret draft", seconds=None, control="no-store, private"),
    "cookie": Answer("secret cookie", more=(("Set-Cookie", "__Host-csrftoken=abc"),)),
    "not-found": Answer("secret 404", status=404, seconds=None),
    "error": Answer("secret 500", status=500, seconds=None),
    "busy": Answer("secret 503", status=503, seconds=None),
    "moved": Answer("secret 301", status=301, seconds=None, more=(("Location", "/x"),)),
    "max-age": Answer("secret age", seconds=None, control="public, max-age=86400"),
    "expires": Answer(
        "secret date", seconds=None, more=(("Expires", "Thu, 31 Dec 2099 00:00:00 GMT"),)
    ),
    # Should the app ever be wrong:
    "wrong-private": Answer("secret private", control="private"),
    "wrong-draft": Answer("secret no-store", control="max-age=3, no-store"),
    "wrong-error": Answer("secret wrong 500", status=500),
    "wrong-move": Answer("secret wrong 302", status=302, more=(("Location", "/x"),)),
}


@pytest.mark.parametrize("name", NEVER)
def test_never_kept(site: Site, app: App, name: str) -> None:
    answer, path = NEVER[name], f"/never/{name}"
    app.answers |= {path: answer, "/kept-beside": Answer(f"kept beside {name}")}
    for _request in range(2):
        response, body = site.ask(path)
        assert response.status == answer.status
        assert answer.text in body.decode()
        site.ask(f"/kept-beside?{name}")
    assert (app.times(path), app.times("/kept-beside")) == (2, 1)
    assert answer.text not in stored(site)
    assert f"kept beside {name}" in stored(site)


@pytest.mark.parametrize("method", ["POST", "PUT", "PROPFIND", "OPTIONS"])
def test_other_methods_are_never_kept(site: Site, app: App, method: str) -> None:
    path = f"/method/{method}"
    app.answers[path] = Answer(f"secret of {method}")
    bodies = [site.ask(path, method, b"a=1")[1] for _request in range(2)]
    assert bodies[0] != bodies[1]
    assert f"secret of {method}" not in stored(site)
    page = site.ask(path)[1]
    assert page not in bodies
    assert site.ask(path, method, b"a=1")[1] != page
    assert f"secret of {method}" in stored(site)


@pytest.mark.parametrize("is_file", [True, False], ids=["sent by nginx", "sent by the app"])
@pytest.mark.parametrize("path", ["/anh/tin/photo.webp", "/not-the-address-of-photos"])
def test_photos_are_asked_for_each_time(site: Site, app: App, path: str, is_file: bool) -> None:
    redirect = (("X-Accel-Redirect", "/_anh/tin/photo.webp"),) if is_file else ()
    control = "public, max-age=86400"
    app.answers[path] = Answer("secret photo", seconds=None, control=control, more=redirect)
    for _request in range(2):
        response, body = site.ask(path)
        assert response.status == 200
        assert body.startswith(b"RIFF-photo" if is_file else b"secret photo")
        assert response.headers.get_all("Cache-Control") == [control]
    assert app.times(path) == 2
    assert not re.search("secret photo|RIFF-photo", stored(site))
    app.answers[path] = Answer("withdrawn", status=404, seconds=None)
    assert site.ask(path)[0].status == 404


def test_static_files_probes_and_missing_files_are_not_kept(site: Site, app: App) -> None:
    for path in ("/static/css/missing.css", "/healthz", "/_loi/missing.html"):
        app.answers[path] = Answer(f"secret of {path}")
        assert site.ask(path)[1] != site.ask(path)[1]
        assert app.times(path) == 2
        assert f"secret of {path}" not in stored(site)


# Who has signed in


@pytest.mark.parametrize(
    "cookie",
    [
        "__Host-sessionid=abc",
        "__Host-sessionid=",
        "theme=dark; __Host-sessionid=abc",
        "theme=dark;__Host-sessionid=abc; x=1",
        "theme=dark; \t__Host-sessionid =abc",
        "theme=dark;\xa0__Host-sessionid=abc",
        "theme=dark\nCookie: __Host-sessionid=abc",
        "__Host-csrftoken=abc",
    ],
)
def test_whoever_has_the_cookie_gets_pages_of_the_app(site: Site, app: App, cookie: str) -> None:
    # The stub says that the page may be kept: nginx must not, whatever the app says.
    path = f"/signed-in/{cookie.encode().hex()}"
    head = f"GET {path} HTTP/1.1\nHost: {HOST}\nConnection: close"
    app.answers[path] = Answer("secret of Lan")
    own = [say(site, f"{head}\nCookie: {cookie}")[1] for _request in range(2)]
    assert own[0] != own[1]
    assert "secret of Lan" not in stored(site)
    app.answers[path] = Answer("page of all")
    assert site.ask(path)[1].decode().startswith("page of all")
    assert site.ask(path)[1] == site.ask(path)[1]
    app.answers[path] = Answer("secret of Lan")
    assert say(site, f"{head}\nCookie: {cookie}")[1].startswith("secret of Lan")
    assert site.ask(path)[1].decode().startswith("page of all")
    assert app.times(path) == 4


def test_cookie_counts_when_a_browser_sends_each_by_itself(site: Site, app: App) -> None:
    theme, own = ("cookie", "theme=dark"), ("cookie", "__Host-sessionid=abc")
    page = site.ask("/http2")[1]
    assert site.ask_http2("/http2", [theme]) == page
    app.answers["/http2"] = Answer("secret of Lan")
    pages = [site.ask_http2("/http2", cookies) for cookies in ([theme, own], [own, theme])]
    assert all(page.startswith(b"secret of Lan") for page in pages)
    assert site.ask("/http2")[1] == page
    assert app.times("/http2") == 3
    assert "secret of Lan" not in stored(site)


@pytest.mark.parametrize(
    "cookie",
    [
        "my__Host-sessionid=abc",
        "a=1; x-__Host-sessionid=abc",
        "__Host-sessionid2=abc",
        "a=__Host-sessionid=abc",
        "sessionid=abc",
        "__Host-sessionid",
    ],
)
def test_cookies_of_others_change_nothing(site: Site, app: App, cookie: str) -> None:
    page = site.ask("/cookies-of-others")[1]
    asked = app.times("/cookies-of-others")
    assert site.ask("/cookies-of-others", headers={"Cookie": cookie})[1] == page
    assert app.times("/cookies-of-others") == asked


def test_cookies_are_those_of_the_settings() -> None:
    source = (ROOT / "doanhuyen/settings.py").read_text("utf-8")
    names = re.findall(r'_COOKIE_NAME = "(\S+)" if PRODUCTION', source)
    assert sorted(names) == ["__Host-csrftoken", "__Host-sessionid"]
    pattern = re.search(r'"~(\S+)" 1;', CONFIG.read_text("utf-8").partition("$personal {")[2])
    assert pattern
    assert all(re.search(pattern[1], f"a=1; {name}=b") for name in names)


def test_whoever_sends_a_password_gets_pages_of_the_app(site: Site, app: App) -> None:
    app.answers["/password"] = Answer("secret of the password")
    headers = {"Authorization": "Basic bGFuOmxhbg=="}
    own = [site.ask("/password", headers=headers)[1] for _request in range(2)]
    assert own[0] != own[1]
    assert "secret of the password" not in stored(site)
    page = site.ask("/password")[1]
    assert site.ask("/password")[1] == page
    assert site.ask("/password", headers=headers)[1] not in {page, *own}


# One address is not another


def test_addresses_do_not_mix(site: Site, app: App) -> None:
    targets = ["/mix", "/mix/", "//mix", "/mix?a=1", "/mix?a=2", "/mix?", "/m%69x", "/./mix"]
    targets += ["/MIX", "/mix%3Fa=1", "/mix?a=1&b=2", "/mix?b=2&a=1", "/x/../mix"]
    for host in (HOST, "other.example"):
        pages = [site.ask(target, headers={"Host": host})[1].decode() for target in targets]
        assert [page.split()[2:] for page in pages] == [[host, target] for target in targets]
    asked = len(app.asked)
    again = [site.ask(target, headers={"Host": host})[1].decode() for target in targets]
    assert again == pages
    assert len(app.asked) == asked == 2 * len(targets)


def test_host_of_an_absolute_address_counts(site: Site, app: App) -> None:
    own = site.ask("/absolute")[1].decode()
    head = f"HTTP/1.1\nHost: {HOST}\nConnection: close"
    assert say(site, f"GET https://{HOST}/absolute {head}")[1] == own
    assert app.times("/absolute") == 1
    _response, other = say(site, f"GET https://other.example/absolute {head}")
    assert other.split()[2:] == ["other.example", "/absolute"]
    assert site.ask("/absolute")[1].decode() == own


def test_longest_address_works_for_pages_and_redirects(site: Site, app: App) -> None:
    target = f"/long?{'a' * 8000}"
    pages = [site.ask(target)[1] for _request in range(2)]
    assert pages[0] == pages[1]
    assert app.times("/long") == 1
    app.answers["/moved"] = Answer(status=301, seconds=None, more=(("Location", target),))
    response, _body = site.ask(f"/moved?{'b' * 8000}")
    assert (response.status, response.headers["Location"]) == (301, target)


# Parts of pages, and pages a browser has already


def test_head_keeps_the_whole_page(site: Site, app: App) -> None:
    response, body = site.ask("/head", "HEAD")
    assert (response.status, body) == (200, b"")
    page_response, page = site.ask("/head")
    assert page.startswith(b"page #1 ")
    assert sent_headers(page_response) == sent_headers(response)
    assert site.ask("/head", "HEAD")[1] == b""
    assert app.times("/head") == 1


def test_part_of_a_page_is_the_whole_page(site: Site, app: App) -> None:
    ranges = {"Range": "bytes=0-3", "If-Range": '"page"'}
    parts = [site.ask("/part", headers=ranges) for _request in range(2)]
    whole = site.ask("/part")[1]
    assert whole.startswith(b"page #1 ")
    assert [(response.status, body) for response, body in parts] == [(200, whole)] * 2
    assert app.times("/part") == 1


@pytest.mark.parametrize("accepted", [{}, GZIP], ids=["plain", "compressed"])
@pytest.mark.parametrize("tag", ['"page"', 'W/"page"', '"older", W/"page"'])
def test_browser_that_has_the_page_is_told_so(
    site: Site, app: App, accepted: dict[str, str], tag: str
) -> None:
    path = f"/tag/{len(accepted)}/{tag.encode().hex()}"
    conditional = {**accepted, "If-None-Match": tag}
    # Also the first, for whom nginx fetches the page: it must not keep an empty one.
    answers = [site.ask(path, headers=conditional) for _request in range(2)]
    for response, body in answers:
        assert (response.status, body) == (304, b"")
        for name, value in SECURITY.items():
            assert response.headers.get_all(name) == [value], name
    response, body = site.ask(path, headers=accepted)
    assert (gzip.decompress(body) if accepted else body).startswith(b"page #1 ")
    assert site.ask(path, headers={**accepted, "If-None-Match": '"other"'})[1] == body
    assert app.times(path) == 1


def test_304_of_a_signed_in_person_stays_with_them(site: Site, app: App) -> None:
    app.answers["/own"] = Answer("own", seconds=None, control="no-store, private")
    for _request in range(2):
        response, body = site.ask("/own", headers={**SESSION, "If-None-Match": '"own"'})
        assert (response.status, body) == (304, b"")
    assert app.times("/own") == 2
    response, body = site.ask("/own")
    assert (response.status, body.startswith(b"own #3 ")) == (200, True)


# Many at once, restarts, faults


def statuses_of(site: Site, source: str, paths: list[str]) -> list[int]:
    """Ask for one path after the other until the limit is reached; return the statuses."""
    statuses = list[int]()
    with closing(http.client.HTTPConnection(HOST)) as connection:
        connection.sock = site.connect(source)
        for path in paths:
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
            if response.status == 429:
                break
    return statuses


def test_class_behind_one_address_can_read(site: Site, app: App) -> None:
    # Loopback too, but not the address that nginx exempts from its limits.
    visit = ["/class", *(f"/anh/tin/{number}.webp" for number in range(14))]
    assert statuses_of(site, "127.0.0.6", visit * 40) == [200] * 15 * 40
    assert app.times("/class") == 1


@pytest.mark.parametrize(("path", "least"), [("/flood", 300), ("/anh/tin/flood.webp", 600)])
def test_flood_is_slowed_also_where_pages_are_kept(
    site: Site, app: App, path: str, least: int
) -> None:
    statuses = statuses_of(site, f"127.0.0.{7 + least // 600}", [path] * 2000)
    assert statuses[-1] == 429
    assert least <= statuses.count(200) == len(statuses) - 1


def test_restart_and_empty_folder_change_nothing(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    with app_running(site) as app:
        with running(site.command(), tmp_path, site.secure):
            before = site.ask("/restart")[1]
            app.answers["/over"] = Answer("old text", seconds=1)
            assert site.ask("/over")[0].status == 200
            asked = time.time()
        with running(site.command(), tmp_path, site.secure):
            assert site.ask("/restart")[1] == before
            app.answers["/over"] = Answer("new text")
            wait_until_over(asked)
            assert site.ask("/over")[1].startswith(b"new text")
            for path in site.cache.rglob("*"):
                if path.is_file():
                    path.unlink()
            assert site.ask("/over")[0].status == 200
            assert site.ask("/restart", headers=SESSION)[0].status == 200
    assert "[alert]" not in (tmp_path / "error.log").read_text()


def test_app_that_is_down_does_not_lengthen_the_time(tmp_path: Path) -> None:
    with nginx_running(tmp_path) as site, app_running(site) as app:
        app.answers["/down"] = Answer("old text", seconds=1)
        app.answers["/kept"] = Answer("kept text")
        assert site.ask("/down")[0].status == site.ask("/kept")[0].status == 200
        asked = time.time()
        app.is_down = True
        wait_until_over(asked)
        for _request in range(2):
            response, body = site.ask("/down")
            assert response.status == 503
            assert "đang được bảo trì" in body.decode()
        assert "đang được bảo trì".encode().decode("latin-1") not in stored(site)
        assert site.ask("/kept")[1].startswith(b"kept text")
        app.answers["/down"] = replace(app.answers["/down"], text="new text")
        app.is_down = False
        assert site.ask("/down")[1].startswith(b"new text")
