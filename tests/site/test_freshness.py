"""Readers see every change within five seconds, and whoever is signed in at once.

The real server with two workers; the changes are made by other processes, and come at their hour.
"""

import itertools
import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.site.deployment import ROOT, free_port, wait_for

READERS_SECONDS = 5
SERVER = "granian --interface wsgi doanhuyen.wsgi:application --host 127.0.0.1 --workers 2"
BROWSER = {"User-Agent": "Mozilla/5.0 (Linux; Android 14)", "Sec-Fetch-Site": "same-origin"}

FILL = """
from django.core.management import call_command
call_command("migrate", interactive=False, verbosity=0)
from django.test import Client
from accounts.models import User
from branches.models import Office
from tests.factories import make_article, make_category, make_photo, make_published
Office.objects.create(full_name="Donvicu")
category = make_category(name="Cot")
names = ("Suacu", "Rutlai", "Hethan", "Sqlcu")
articles = {name: make_published(title=f"{name} chung") for name in names}
articles["Hendang"] = make_article(title="Hendang chung")
reader = Client()
reader.force_login(User.objects.create_user("an"))
print(json.dumps({
    "photo": make_photo(articles["Rutlai"], is_lead=True).file.url,
    "category": category.get_absolute_url(),
    "session": reader.cookies["sessionid"].value,
    **{name: article.get_absolute_url() for name, article in articles.items()},
}))
"""

# Everything that can happen to what readers see; the last line tells when.
CHANGE = """
import time
from datetime import timedelta
from django.db import connection
from django.utils import timezone
from branches.models import Office
from news.actions import publish_article, withdraw_article
from news.models import Article
hour = timezone.now() + timedelta(seconds=2)
articles = {article.title.split()[0]: article for article in Article.objects.all()}
publish_article(articles["Hendang"], by=None, at=hour)
articles["Hethan"].expire_at = hour
articles["Hethan"].save()
articles["Suacu"].title = "Suamoi chung"
articles["Suacu"].save()
withdraw_article(articles["Rutlai"], by=None)
with connection.cursor() as cursor:
    cursor.execute("UPDATE news_article SET title = 'Sqlmoi chung' WHERE title = 'Sqlcu chung'")
office = Office.objects.get()
office.full_name = "Donvimoi"
office.save()
print(json.dumps({"done": time.time(), "hour": hour.timestamp()}))
"""

ON_SERVER = """
from django.db import connection
connection.cursor().execute("{}")
print("{{}}")
"""


def run_elsewhere(code: str, environment: dict[str, str]) -> dict[str, Any]:
    """Run code in another process of the portal; return what it printed."""
    start = "import json, django\ndjango.setup()\n"
    command = [sys.executable, "-c", start + code]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@contextmanager
def scratch_database() -> Iterator[dict[str, str]]:
    """Give the variables of an empty database like that of the tests, and remove it afterwards."""
    address = os.environ.get("DATABASE_URL", "")
    if not address.startswith("postgres"):
        yield {}
        return
    name = f"freshness_{secrets.token_hex(4)}"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "doanhuyen.settings"}
    run_elsewhere(ON_SERVER.format(f"CREATE DATABASE {name}"), environment)
    try:
        yield {"DATABASE_URL": urlsplit(address)._replace(path=f"/{name}").geturl()}
    finally:
        run_elsewhere(ON_SERVER.format(f"DROP DATABASE {name} WITH (FORCE)"), environment)


class Answer(NamedTuple):
    """What a reader got, and when it was asked for."""

    began: float
    status: int
    headers: dict[str, str]
    text: str

    @property
    def number(self) -> str:
        """The number of the request that made the page."""
        return self.headers["X-Request-Id"]

    def without_time(self) -> tuple[int, dict[str, str], str]:
        """Return all that the portal says of itself; the server adds the date."""
        headers = {name: value for name, value in self.headers.items() if name != "Date"}
        return self.status, headers, self.text


@dataclass
class Portal:
    """The running portal: where it answers, what is in it, and how to change that."""

    port: int
    places: dict[str, str]
    environment: dict[str, str]

    @contextmanager
    def workers(self) -> Iterator[list[HTTPConnection]]:
        """Connect to each of the two: what one made, the other does not have in its memory."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as first:
            for _attempt in range(400):
                with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as other:
                    numbers = [ask(each, "/robots.txt").number for each in (first, other, first)]
                    if numbers[0] == numbers[2] != numbers[1]:
                        yield [first, other]
                        return
                time.sleep(0.05)
        raise AssertionError("only one worker answers")


def ask(connection: HTTPConnection, path: str, method: str = "GET", **headers: str) -> Answer:
    """Ask for a page as a reader does."""
    began = time.time()
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    text = response.read().decode("utf-8", "replace")
    fields = {name.title(): value for name, value in response.getheaders()}
    return Answer(began, response.status, fields, text)


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The portal with a little in it, served as in earnest."""
    folder = tmp_path_factory.mktemp("var")
    with scratch_database() as database:
        environment = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "doanhuyen.settings",
            "PORTAL_MODE": "test",
            "VAR_DIR": str(folder),
            **database,
        }
        portal = Portal(free_port(), run_elsewhere(FILL, environment), environment)
        command = [str(Path(sys.executable).with_name("granian")), *SERVER.split()[1:]]
        command += ["--blocking-threads", "4", "--port", str(portal.port)]
        with (
            (folder / "server.log").open("wb") as log,
            subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as server,
        ):
            try:
                wait_for(portal.port)
                yield portal
            finally:
                server.terminate()
                try:
                    server.wait(20)
                except subprocess.TimeoutExpired:
                    server.kill()


class Rule(NamedTuple):
    """What a page shows no more, and shows instead, from a moment on."""

    path: str
    moment: str
    gone: tuple[str, ...] = ()
    there: tuple[str, ...] = ()
    before: int = 200
    after: int = 200

    def is_old(self, answer: Answer) -> bool:
        """Whether anything of the old state is left."""
        shown = [word for word in self.gone if word in answer.text]
        missing = [word for word in self.there if word not in answer.text]
        return answer.status != self.after or bool(shown or missing)

    def is_wholly_old(self, answer: Answer) -> bool:
        """Whether nothing of the new state is there yet."""
        shown = [word for word in self.there if word in answer.text]
        missing = [word for word in self.gone if word not in answer.text]
        return answer.status == self.before and not shown and not missing


def rules_for(places: dict[str, str]) -> list[Rule]:
    """All that must be seen of CHANGE, wherever it shows."""
    category, month = places["category"], "/luu-tru/2024/10/"
    pages = ["/", "/en/", "/tin-tuc/", category, "/tim-kiem/?tu_khoa=chung"]
    lists = [*pages, "/tin-tuc/rss.xml", f"{category}rss.xml"]
    slugs = {name: f"{path}<" for name, path in places.items() if name.istitle()}
    return [
        *(
            Rule(path, "done", ("Suacu", "Rutlai", "Sqlcu"), ("Suamoi", "Sqlmoi"))
            for path in (*lists, month)
        ),
        *(Rule(path, "done", (">Donvicu<",), (">Donvimoi<",)) for path in (*pages, month)),
        *(Rule(path, "hour", ("Hethan",), ("Hendang",)) for path in lists),
        Rule(month, "hour", ("Hethan",)),
        Rule("/sitemap.xml", "done", (slugs["Suacu"], slugs["Rutlai"]), ("/suamoi-chung/<",)),
        Rule("/sitemap.xml", "hour", (slugs["Hethan"],), (slugs["Hendang"],)),
        Rule(places["Sqlcu"], "done", ("Sqlcu",), ("Sqlmoi",)),
        Rule(places["Suacu"], "done", ("Suacu",), after=301),
        Rule(places["Rutlai"], "done", ("Rutlai",), after=404),
        Rule(places["photo"], "done", after=404),
        Rule(places["Hethan"], "hour", ("Hethan",), after=404),
        Rule(places["Hendang"], "hour", (), ("Hendang",), before=404),
    ]


class Watch:
    """A reader who asks one worker for all pages again and again, until told."""

    def __init__(self, connection: HTTPConnection, rules: list[Rule]) -> None:
        self.connection = connection
        self.rules = rules
        self.end = float("inf")
        # When a page was asked for, which rule it follows, and whether it was old.
        self.seen: list[tuple[float, Rule, bool]] = []

    def run(self) -> None:
        """Read on until everything was asked for once more after the end."""
        began = 0.0
        while began <= self.end:
            began = time.time()
            self.read_all()
            time.sleep(0.02)

    def read_all(self) -> None:
        """Ask for each page once."""
        for path in dict.fromkeys(rule.path for rule in self.rules):
            answer = ask(self.connection, path)
            for rule in self.rules:
                if rule.path == path:
                    self.seen.append((answer.began, rule, rule.is_old(answer)))


def old_for_reader_an(
    connections: list[HTTPConnection], portal: Portal, *moments: str
) -> list[Rule]:
    """Ask both workers once for each page, signed in; return the rules that are not kept."""
    cookie = f"sessionid={portal.places['session']}"
    return [
        rule
        for connection in connections
        for rule in rules_for(portal.places)
        if rule.moment in moments and rule.is_old(ask(connection, rule.path, Cookie=cookie))
    ]


def test_every_change_is_seen_in_time_by_all(portal: Portal) -> None:
    rules = rules_for(portal.places)
    moments: dict[str, float] = {}
    with portal.workers() as workers, portal.workers() as of_reader_an:
        for connection in workers:
            assert [r for r in rules if not r.is_wholly_old(ask(connection, r.path))] == []
        watches = [Watch(connection, rules) for connection in workers]
        for watch in watches:
            watch.read_all()
        with ThreadPoolExecutor(len(watches)) as pool:
            reading = [pool.submit(watch.run) for watch in watches]
            try:
                moments = run_elsewhere(CHANGE, portal.environment)
                assert old_for_reader_an(of_reader_an, portal, "done") == []
                time.sleep(max(0, moments["hour"] - time.time()))
                assert old_for_reader_an(of_reader_an, portal, "done", "hour") == []
            finally:
                for watch in watches:
                    watch.end = max(moments.values(), default=0) + READERS_SECONDS
            for reader in reading:
                reader.result(60)
    for watch in watches:
        late = {
            (rule, is_old)
            for began, rule, is_old in watch.seen
            if began > moments[rule.moment] + READERS_SECONDS
        }
        # Everything was asked for once more, and nothing was old.
        assert late == {(rule, False) for rule in rules}
        assert {is_old for _, _, is_old in watch.seen} == {True, False}


def test_page_from_memory_is_the_answer_that_was_kept(portal: Portal) -> None:
    with portal.workers() as workers:
        for connection, coding in itertools.product(workers, ("", "gzip")):
            answers = [ask(connection, "/lien-he/", **{"Accept-Encoding": coding}) for _ in "x" * 9]
            for answer in answers:
                assert answer.status == 200
                assert "Set-Cookie" not in answer.headers
                assert answer.headers["Vary"] == "Accept-Encoding"
                assert re.fullmatch(r"[2-9A-HJ-NP-Z]{8}", answer.number)
            # Most come from memory, and each is that of the request whose number it has.
            whole = {answer.number: answer.without_time() for answer in answers}
            assert len(whole) < len(answers)
            assert [answer.without_time() for answer in answers] == [
                whole[answer.number] for answer in answers
            ]


def test_server_sends_no_body_where_none_belongs(portal: Portal) -> None:
    with portal.workers() as workers:
        for connection in workers:
            page = ask(connection, "/lien-he/")
            head = ask(connection, "/lien-he/", "HEAD")
            assert (head.status, head.text) == (200, "")
            assert head.headers.keys() == page.headers.keys()
            assert head.headers["Content-Length"] == page.headers["Content-Length"]
            known = {"If-None-Match": f'"x", W/{page.headers["Etag"]}'}
            unchanged = ask(connection, "/lien-he/", **known)
            assert (unchanged.status, unchanged.text) == (304, "")
            assert ask(connection, "/lien-he/").text == page.text


def count(connection: HTTPConnection, token: str = "", **headers: str) -> dict[str, Any]:
    """Tell the counter that a page is seen; return what it answers."""
    connection.request("POST", "/luot-truy-cap/", token, {**BROWSER, **headers})
    response = connection.getresponse()
    assert response.status == 200
    return json.loads(response.read())  # type: ignore[no-any-return]


def test_page_from_memory_counts_as_any_other(portal: Portal) -> None:
    robot = {"User-Agent": "Googlebot/2.1"}
    with portal.workers() as (one, other):
        before = count(one, **robot)
        pages = [ask(one, "/") for _ in range(9)]
        assert len({page.number for page in pages}) < len(pages)
        for page in pages:
            assert 'data-counter="/luot-truy-cap/"' in page.text
            assert re.search(r'<script [^>]*src="/static/js/visit\.js"', page.text)
        assert count(other, **robot) == before
        seen = count(one, secrets.token_hex(16))
        assert (seen["counted"], seen["total"]) == (True, before["total"] + 1)
        assert count(other, **robot)["total"] == before["total"] + 1
