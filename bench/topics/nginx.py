"""An article behind the shipped nginx configuration, beside a file that nginx itself sends."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping

from bench import servers
from bench.load import Figures, Load, Measured, Pace, interleaved, ratio
from bench.report import Budget, NotMeasured, Table, Topic, in_ms, per_second, times
from bench.servers import Scratch
from bench.topics.pages import CONNECTIONS, ENCODINGS, find_pages, need_page
from tests.site.deployment import HOST, Site, free_port, make_certificate, put
from tests.site.deployment import running as site_running

TOOLS = ("nginx", "openssl")
TITLE = "Behind nginx"
FILE = "bench/article.html"
# Below this share of the static file, the page cannot have come from nginx itself.
LEAST_SHARE = 0.1


def missing() -> list[str]:
    """What this machine lacks for it."""
    places = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return [tool for tool in TOOLS if not shutil.which(tool, path=places)]


def measure(scratch: Scratch, pace: Pace) -> Topic:
    """Ask nginx for the article and for a file of the same size, over the same TLS."""
    with scratch.database("SQLite", "nginx") as database:
        database.seed()
        folder = scratch.folder / "site"
        folder.mkdir()
        site = Site(folder, free_port(), free_port(), free_port())
        make_certificate(folder / "tls")
        site.write()
        need_valid(site)
        with (
            servers.portal(database, site.app) as portal,
            site_running(site.command(), folder, site.secure),
        ):
            path = find_pages(portal)["article"]
            for encoding, suffix in (("raw", ""), ("gzip", ".gz")):
                body = need_page(portal + path, ENCODINGS[encoding]).body
                put(folder / "static" / f"{FILE}{suffix}", body)
            return topic(interleaved(loads(f"https://127.0.0.1:{site.secure}", path), pace))


def need_valid(site: Site) -> None:
    """Raise NotMeasured if nginx refuses the configuration."""
    done = subprocess.run(site.command("-t"), capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotMeasured(f"nginx refuses the shipped configuration: {done.stderr.strip()[-300:]}")


def loads(address: str, path: str) -> dict[str, Callable[[int], Figures]]:
    """The page and the file, as they are and compressed."""
    found: dict[str, Callable[[int], Figures]] = {}
    for encoding, headers in ENCODINGS.items():
        named = {**headers, "Host": HOST}
        found[f"page {encoding}"] = Load(address + path, CONNECTIONS, named).run
        found[f"file {encoding}"] = Load(f"{address}/static/{FILE}", CONNECTIONS, named).run
    return found


def budgets(figures: Mapping[str, Measured]) -> list[Budget]:
    """What the figures are compared with; without figures, nothing is met."""
    return [
        Budget(
            f"Article behind nginx, {encoding}, × a static file of the same size",
            ratio(figures, f"page {encoding}", f"file {encoding}"),
            0.6,
        )
        for encoding in ENCODINGS
    ]


def topic(figures: Mapping[str, Measured]) -> Topic:
    """The budgets and the table."""
    made = Topic(TITLE, budgets(figures))
    if figures:
        heads = ("Sent as", "Article/s", "p99 ms", "Static file/s", "p99 ms", "Ratio")
        rows = []
        for encoding in ENCODINGS:
            page, file = figures[f"page {encoding}"], figures[f"file {encoding}"]
            row = [encoding, per_second(page.per_second), in_ms(page.p99_ms)]
            row += [per_second(file.per_second), in_ms(file.p99_ms)]
            rows.append([*row, times(page.per_second / file.per_second)])
        caption = f"Over TLS, {CONNECTIONS} connections, one nginx worker:"
        made.tables = [(caption, Table(heads, rows))]
        if (ratio(figures, "page raw", "file raw") or 0) < LEAST_SHARE:
            made.notes.append("**nginx keeps no pages:** the application makes each article.")
    return made


def left_out(tools: list[str]) -> Topic:
    """Say that this machine has no nginx."""
    made = Topic(TITLE, budgets({}), left_out=True)
    made.notes.append(f"Not measured: this machine has no {' and no '.join(tools)}.")
    return made
