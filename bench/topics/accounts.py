"""Whether the time of an answer tells strangers which accounts there are."""

import http.client
import socketserver
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from bench.report import Budget, NotMeasured, Table, Topic, in_ms, times
from bench.servers import PORTAL, Database, Scratch, serving

SAMPLES = 12
MOST_RATIO = 1.2
# What a mail server on the Internet takes, roughly.
MAIL_S = 0.3
SIGN_IN = "/tai-khoan/dang-nhap/"
FORGET = "/tai-khoan/mat-khau/quen/"
TOKEN = "a" * 32
KNOWN, UNKNOWN = "nguoi", "khong"
PEOPLE = (
    "from accounts.models import User; from django.contrib.auth.hashers import make_password; "
    "word = make_password('vườn ươm bí thư chi đoàn'); "
    f"[User.objects.create(username=f'{KNOWN}{{n}}', email=f'{KNOWN}{{n}}@xa.example', "
    "password=word) "
    f"for n in range({SAMPLES + 1})]"
)


class MailServer(socketserver.ThreadingTCPServer):
    """Counts the mails that it takes."""

    daemon_threads = True
    taken = 0


class SlowMail(socketserver.StreamRequestHandler):
    """Enough of SMTP to take a mail, slowly."""

    server: MailServer

    def handle(self) -> None:
        self._say("220 ready")
        for line in self.rfile:
            word = line[:4].upper().strip()
            if word == b"DATA":
                self._say("354 go on")
                while self.rfile.readline().strip() != b".":
                    pass
                self.server.taken += 1
                time.sleep(MAIL_S)
            self._say("221 bye" if word == b"QUIT" else "250 ok")
            if word == b"QUIT":
                return

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def slow_mail() -> Iterator[MailServer]:
    """A mail server until the block ends."""
    with MailServer(("127.0.0.1", 0), SlowMail) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@dataclass(frozen=True)
class Question:
    """A form that strangers may send: with an account's name and with one that nobody has."""

    name: str
    path: str
    status: int
    fields: Callable[[str], Mapping[str, str]]


QUESTIONS = (
    Question("sign-in", SIGN_IN, 200, lambda who: {"login": who, "password": "sai mất rồi"}),
    Question("sign-in by e-mail", SIGN_IN, 200, lambda who: _by_mail(who, "login")),
    Question("reset", FORGET, 302, lambda who: _by_mail(who, "email")),
)


def _by_mail(who: str, field: str) -> dict[str, str]:
    return {field: f"{who}@xa.example", "password": "sai mất rồi"}


def ask(portal: str, question: Question, who: str, source: str) -> float:
    """Send the form from an address of this machine; return the milliseconds of the answer."""
    host = urlsplit(portal)
    connection = http.client.HTTPConnection(
        host.hostname or "", host.port, timeout=30, source_address=(source, 0)
    )
    body = urlencode({"csrfmiddlewaretoken": TOKEN, **question.fields(who)})
    headers = {
        "Cookie": f"csrftoken={TOKEN}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    with closing(connection):
        connection.connect()
        start = time.perf_counter()
        connection.request("POST", question.path, body, headers)
        response = connection.getresponse()
        response.read()
        took = (time.perf_counter() - start) * 1000
    if response.status != question.status:
        raise NotMeasured(f"{question.name} was answered {response.status}")
    return took


def compare(portal: str) -> dict[str, tuple[float, float]]:
    """Medians in milliseconds for known and unknown accounts, asked in turn."""
    found = {}
    for number, question in enumerate(QUESTIONS):
        took: dict[str, list[float]] = {KNOWN: [], UNKNOWN: []}
        for sample in range(SAMPLES + 1):
            for place, who in enumerate((KNOWN, UNKNOWN)):
                # Each from an address of its own: the first of one sender takes a little longer.
                source = f"127.{number + 1}.{place}.{sample + 1}"
                took[who].append(ask(portal, question, f"{who}{sample}", source))
        # The first finds a server that has kept nothing yet.
        found[question.name] = (
            statistics.median(took[KNOWN][1:]),
            statistics.median(took[UNKNOWN][1:]),
        )
    return found


def measure(scratch: Scratch, name: str) -> Topic:
    """Ask the portal, which mails through a slow server."""
    with scratch.database(name, "accounts") as database, slow_mail() as mail:
        database.seed()
        database.run("manage.py", "shell", "--verbosity", "0", "-c", PEOPLE)
        with _portal(database, f"smtp://127.0.0.1:{mail.server_address[1]}") as portal:
            found = compare(portal)
        if not mail.taken:
            raise NotMeasured("no mail was sent, so no account was known")
        return topic(name, found)


def _portal(database: Database, mail: str) -> AbstractContextManager[str]:
    environment = database.environment(EMAIL_URL=mail)
    return serving(PORTAL, environment, database.folder / "portal.log")


def budgets(database: str, found: Mapping[str, tuple[float, float]]) -> list[Budget]:
    """What the figures are compared with; without figures, nothing is met."""
    made = []
    for question in QUESTIONS:
        pair = found.get(question.name)
        value = max(pair) / min(pair) if pair else None
        text = f"{database}: {question.name}, known and unknown accounts, slower ÷ quicker"
        made.append(Budget(text, value, MOST_RATIO, at_least=False))
    return made


def topic(database: str, found: Mapping[str, tuple[float, float]]) -> Topic:
    """The budgets and the table of one database."""
    made = Topic(f"Accounts on {database}", budgets(database, found))
    if found:
        heads = ("Question", "Known ms", "Unknown ms", "Known ÷ unknown")
        rows = [
            [name, in_ms(known), in_ms(unknown), times(known / unknown)]
            for name, (known, unknown) in found.items()
        ]
        caption = f"Medians of {SAMPLES}; the mail server takes {MAIL_S * 1000:.0f} ms:"
        made.tables = [(caption, Table(heads, rows))]
    return made
