"""Public pages, kept in memory and made anew, beside a constant view and an ordinary page."""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import servers
from bench.load import APART, Load, Measured, Pace, interleaved, p99_ratio, ratio
from bench.report import Budget, NotMeasured, Table, Topic, in_ms, per_second, times
from bench.servers import Answer, Database, Scratch, ask

CONNECTIONS, MANY = 8, 32
SEARCH = "/tim-kiem/?tu_khoa=chi+%C4%91o%C3%A0n"
ARTICLE_LINK = re.compile(rb'<article\b.*?href="(/tin-tuc/[^"/]+/)"', re.S)
PROSE = re.compile(rb'<div class="prose">(.*?)</div>', re.S)
CARD_PICTURE = b'class="card-picture"'
# The page as it is now, whatever is kept.
ANEW = {"Cookie": "sessionid=bench"}
ENCODINGS = {"raw": {"Accept-Encoding": "identity"}, "gzip": {"Accept-Encoding": "gzip"}}
# Below this, the pages cannot have come from memory.
LEAST_GAIN = 2.0


@dataclass(frozen=True)
class Pages:
    """The pages of a running portal and the references beside it."""

    portal: str
    bare: str
    ordinary: str
    paths: Mapping[str, str]
    bytes: Mapping[str, int]


def find_pages(portal: str) -> dict[str, str]:
    """Return the paths of home, its lead story and a search that finds nearly everything."""
    home = need_page(portal + "/", {})
    story = ARTICLE_LINK.search(home.body)
    if story is None:
        raise NotMeasured("the home page shows no article")
    return {"home": "/", "article": story[1].decode(), "search": SEARCH}


def need_page(url: str, headers: Mapping[str, str]) -> Answer:
    """Return the answer, or raise NotMeasured if it is no page."""
    answer = ask(url, headers)
    if answer.status != 200:
        raise NotMeasured(f"a page was answered with {answer.status}")
    return answer


def seed_reference(database: Database, article: bytes) -> None:
    """Give the ordinary page as many photos, neighbours and letters as ours has."""
    prose = PROSE.search(article)
    numbers = {
        "--photos": article.count(b"<figure>"),
        "--related": article.count(b'<article class="card'),
        "--pictured": article.count(CARD_PICTURE),
        "--size": len(prose[1]) if prose else 0,
    }
    if not all(numbers[name] for name in ("--photos", "--related", "--size")):
        raise NotMeasured(f"the article that is measured is no usual one: {numbers}")
    options = [word for name, number in numbers.items() for word in (name, str(number))]
    database.run("-m", "bench.reference.seed", *options)


def write_bodies(folder: Path, bare: str, answers: Mapping[str, Answer]) -> None:
    """Let the constant view send as many bytes as the portal, heads included."""
    for name, answer in answers.items():
        encoding = name.rpartition("-")[2]
        (folder / f"probe-{encoding}").write_bytes(b"." * len(answer.body))
        head = need_page(f"{bare}/bare/probe-{encoding}/", {}).head_bytes
        (folder / name).write_bytes(answer.body + b" " * (answer.head_bytes - head))


@contextmanager
def running(database: Database) -> Iterator[Pages]:
    """Run the portal and both references on one database."""
    bodies = database.folder / "bodies"
    bodies.mkdir()
    with ExitStack() as stack:
        portal = stack.enter_context(servers.portal(database))
        paths = find_pages(portal)
        seed_reference(database, need_page(portal + paths["article"], ANEW).body)
        bare = stack.enter_context(servers.reference(database, "bare", bodies))
        ordinary = stack.enter_context(servers.reference(database, "page", bodies))
        ordinary += "/news/measured/"
        answers = {
            f"{page}-{encoding}": need_page(portal + paths[page], headers)
            for page in ("home", "article")
            for encoding, headers in ENCODINGS.items()
        }
        write_bodies(bodies, bare, answers)
        sizes = {name: answer.bytes for name, answer in answers.items()}
        sizes["search-raw"] = need_page(portal + SEARCH, {}).bytes
        sizes["ordinary"] = need_page(ordinary, ANEW).bytes
        yield Pages(portal, bare, ordinary, paths, sizes)


def loads(pages: Pages) -> dict[str, Load]:
    """Everything that is measured, by name."""
    found = {}
    for page in ("home", "article"):
        for encoding, headers in ENCODINGS.items():
            name, url = f"{page}-{encoding}", pages.portal + pages.paths[page]
            found[f"{name} from memory"] = Load(url, CONNECTIONS, headers)
            found[f"{name} bare"] = Load(f"{pages.bare}/bare/{name}/", CONNECTIONS, headers)
    raw, packed = ENCODINGS["raw"], ENCODINGS["gzip"]
    found["search-raw from memory"] = Load(pages.portal + SEARCH, CONNECTIONS, raw)
    url = pages.portal + pages.paths["article"]
    found["article at 32"] = Load(url, MANY, packed)
    found["bare at 32"] = Load(f"{pages.bare}/bare/article-gzip/", MANY, packed)
    for page in ("home", "search", "article"):
        url = pages.portal + pages.paths[page]
        found[f"{page} anew"] = Load(url, CONNECTIONS, raw, APART)
    found["ordinary"] = Load(pages.ordinary, CONNECTIONS, raw, APART)
    return found


def measure(scratch: Scratch, name: str, pace: Pace) -> Topic:
    """Put every load on the servers, in turn."""
    with scratch.database(name, "pages") as database:
        database.seed()
        with running(database) as pages:
            runs = {name: load.run for name, load in loads(pages).items()}
            return topic(name, pages, interleaved(runs, pace))


def budgets(database: str, figures: Mapping[str, Measured]) -> list[Budget]:
    """What the figures are compared with; without figures, nothing is met."""
    found = []
    for page in ("article", "home"):
        for encoding in ENCODINGS:
            name = f"{page}-{encoding}"
            value = ratio(figures, f"{name} from memory", f"{name} bare")
            text = f"{database}: {page} from memory, {encoding}, × a bare constant view"
            found.append(Budget(text, value, 1.0))
    value = p99_ratio(figures, "article at 32", "bare at 32")
    text = f"{database}: p99 of the article from memory at {MANY} connections, × the bare view's"
    found.append(Budget(text, value, 3.0, at_least=False))
    value = ratio(figures, "article anew", "ordinary")
    found.append(Budget(f"{database}: article uncached, × an ordinary page", value, 1.0))
    return found


def topic(database: str, pages: Pages | None, figures: Mapping[str, Measured]) -> Topic:
    """The budgets and the tables of one database."""
    made = Topic(f"Pages on {database}", budgets(database, figures))
    if pages is not None and figures:
        made.tables = [
            ("From memory, and a bare constant view of as many bytes:", _kept(pages, figures)),
            (f"The article (gzip) at {MANY} connections:", _many(figures)),
            ("Made anew for each request, without compression:", _anew(pages, figures)),
        ]
        gain = ratio(figures, "article-raw from memory", "article anew")
        if gain is not None and gain < LEAST_GAIN:
            made.notes.append(
                "**The portal keeps no pages in memory:** an article under its own address "
                f"is answered {gain:.2f} times as fast as under one of each request's own."
            )
    return made


def _kept(pages: Pages, figures: Mapping[str, Measured]) -> Table:
    heads = ("Page", "Bytes", "Requests/s", "p99 ms", "Bare view/s", "p99 ms", "Ratio")
    rows = []
    for name in ("home-raw", "home-gzip", "article-raw", "article-gzip", "search-raw"):
        ours = figures[f"{name} from memory"]
        bare = figures.get(f"{name} bare")
        other = ["–"] * 3
        if bare is not None:
            share = times(ours.per_second / bare.per_second)
            other = [per_second(bare.per_second), in_ms(bare.p99_ms), share]
        label = name.replace("-", ", ")
        size = f"{pages.bytes[name]:,}"
        rows.append([label, size, per_second(ours.per_second), in_ms(ours.p99_ms), *other])
    return Table(heads, rows)


def _many(figures: Mapping[str, Measured]) -> Table:
    names = {"article at 32": "article from memory", "bare at 32": "bare view"}
    rows = [
        [label, per_second(figures[name].per_second), in_ms(figures[name].p99_ms)]
        for name, label in names.items()
    ]
    return Table(("What", "Requests/s", "p99 ms"), rows)


def _anew(pages: Pages, figures: Mapping[str, Measured]) -> Table:
    names = {f"{page} anew": page for page in pages.paths} | {"ordinary": "ordinary article page"}
    base = figures["ordinary"].per_second
    rows = []
    for name, label in names.items():
        size = pages.bytes["ordinary" if name == "ordinary" else f"{label}-raw"]
        each = figures[name]
        shown = [per_second(each.per_second), in_ms(each.p99_ms), times(each.per_second / base)]
        rows.append([label, f"{size:,}", *shown])
    return Table(("Page", "Bytes", "Requests/s", "p99 ms", "× ordinary page"), rows)
