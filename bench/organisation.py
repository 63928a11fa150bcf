"""How long the lists of a large organisation take: `python -m bench.organisation`.

Fills the empty database that DATABASE_URL names with the communes and branches of a whole country
and prints one line of JSON: the server's time for each page in milliseconds.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import django
from django.core.management import call_command
from django.db import close_old_connections, connection, transaction

from core.text import fold, search_key, sort_key

if TYPE_CHECKING:
    from django.test import Client

    from branches.models import Branch, Commune

COMMUNES = 3_321
BRANCHES = 64_000
ROUNDS = 30
BATCH = 500
LATER_PAGE = 40
DEEP_PAGE = 500
FIRST_COUNT, SECOND_COUNT = date(2024, 5, 15), date(2024, 9, 20)
SYLLABLES = """
An Ân Bắc Bình Cao Cát Cẩm Châu Chi Cường Dân Dương Đại Đan Đào Đình Đoài Đông Đồng Đức Giang Hà Hải
Hạnh Hậu Hiệp Hòa Hồng Hợp Huy Hưng Hương Khánh Kim Kỳ Lạc Lai Lâm Lập Liên Long Lộc Lương Mai Mỹ
Minh Nam Nghĩa Ngọc Nguyên Nhân Ninh Phong Phú Phúc Phương Quang Quế Sơn Tân Tây Thái Thành Thanh
Thắng Thịnh Thọ Thuận Thủy Thượng Tiến Trung Trường Tuấn Tường Vạn Vân Việt Vĩnh Xuân Yên
"""
# Planted in so many branches; no other name holds the word.
RARE, TIMES = "Khướu", 5
OTHERS = [
    ("school", "Trường THCS {name}"),
    ("police", "Công an xã {name}"),
    ("agency", "Cơ quan xã {name}"),
]


def commune_names(number: int) -> list[str]:
    """So many names of two syllables, no two of which fold to the same."""
    pairs = [" ".join(pair) for pair in product(SYLLABLES.split(), repeat=2) if pair[0] != pair[1]]
    names = [*{fold(name): name for name in pairs}.values()]
    _chance("communes").shuffle(names)
    return names[:number]


def branch_names(commune: str, number: int) -> Iterator[tuple[str, str, str]]:
    """Yield kind, kind of area and name: numbers first, then names, then the agencies."""
    chance = _chance(commune)
    numbered = min(number, chance.randint(4, 12))
    area_kind = chance.choice(["thon", "thon", "thon", "thon", "ban", "xom", "ap", "to-dan-pho"])
    for n in range(1, numbered + 1):
        yield "residential", area_kind, f"{'số ' if area_kind == 'to-dan-pho' else ''}{n}"
    others = OTHERS[: max(0, number - numbered)]
    syllables = chance.sample([*{fold(word): word for word in SYLLABLES.split()}.values()], 60)
    for word in syllables[: number - numbered - len(others)]:
        yield "residential", area_kind, word
    for kind, name in others:
        yield kind, "", name.format(name=commune)


def fill(communes: int, branches: int) -> None:
    """Write the rows straight into the tables, with their keys and two counts of each branch."""
    from branches.models import Branch, Commune  # noqa: PLC0415 — after django.setup().

    made = Commune.objects.bulk_create(
        [_commune(name) for name in commune_names(communes)], batch_size=BATCH
    )
    rows = []
    for place, commune in enumerate(made):
        number = branches * (place + 1) // communes - branches * place // communes
        for kind, area_kind, name in branch_names(commune.name, number):
            rows.append(Branch(commune=commune, kind=kind, area_kind=area_kind, name=name))
    for branch in _chance("rare").sample(rows, min(TIMES, len(rows))):
        branch.name = f"{branch.name} {RARE}"
    for start in range(0, len(rows), BATCH):
        _write(rows[start : start + BATCH])


def _chance(what: str) -> random.Random:
    return random.Random(what)  # noqa: S311 — the same organisation each time.


def _commune(name: str) -> "Commune":
    from branches.models import Commune  # noqa: PLC0415

    return Commune(name=name, folded_name=search_key(name).strip(), sort_key=sort_key(name))


def _write(branches: "list[Branch]") -> None:
    """What `Branch.save` and `HeadCount.save` would have written."""
    from branches.models import Branch, HeadCount  # noqa: PLC0415

    for branch in branches:
        branch.set_keys()
    with transaction.atomic():
        Branch.objects.bulk_create(branches)
        for day in (FIRST_COUNT, SECOND_COUNT):
            counts = HeadCount.objects.bulk_create([_count(branch, day) for branch in branches])
        for branch, count in zip(branches, counts, strict=True):
            branch.last_count = count
        Branch.objects.bulk_update(branches, ["last_count"])


def _count(branch: "Branch", day: date) -> Any:
    from branches.models import HeadCount  # noqa: PLC0415

    chance = _chance(f"{branch.pk} {day}")
    members = chance.randint(1, 30)
    day += timedelta(days=chance.randint(0, 60))
    return HeadCount(branch=branch, counted_on=day, members=members, party_members=members // 4)


def addresses() -> dict[str, str]:
    """What is asked for: pages of readers and lists of the office."""
    from branches.models import Branch, Commune  # noqa: PLC0415

    branch = Branch.objects.select_related("commune").order_by("sort_key")[BRANCHES // 3 :][:1]
    one = branch[0] if branch else Branch.objects.select_related("commune").latest("pk")
    commune = Commune.objects.order_by("sort_key")[1]
    home, office = "/chi-doan/", "/quan-tri/branches/branch/"
    found = {
        "home": "/",
        "directory": home,
        "directory, later page": f"{home}?{urlencode({'trang': LATER_PAGE})}",
    }
    for what, text in _questions(one.commune.name).items():
        found[f"search, {what}"] = f"{home}?{urlencode({'q': text})}"
    found |= {"commune": commune.get_absolute_url(), "branch": one.get_absolute_url()}
    found |= {"office list": office, "office list, page 500": f"{office}?p={DEEP_PAGE}"}
    for what, text in _questions(one.commune.name).items():
        found[f"office search, {what}"] = f"{office}?{urlencode({'q': text})}"
    return found


def _questions(commune: str) -> dict[str, str]:
    return {
        "rare word": RARE,
        "frequent word": "thôn",
        "frequent words": "thôn 1",
        "words with commune": f"thôn 1 {commune}",
        "in vain": "thôn zyxwv",
    }


def office_client() -> "Client":
    """A client in which an administrator of the district is signed in."""
    from django.test import Client  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415
    from accounts.roles import Role  # noqa: PLC0415

    client = Client()
    client.force_login(User.objects.create_user("do", role=Role.DISTRICT_ADMIN))
    return client


def measure(paths: dict[str, str]) -> dict[str, list[float]]:
    """Milliseconds of each page, asked in turn; the first round only warms."""
    from django.test import Client  # noqa: PLC0415

    reader, office = Client(), office_client()
    taken: dict[str, list[float]] = {what: [] for what in paths}
    for round_number in range(ROUNDS + 1):
        for what, path in paths.items():
            client = office if what.startswith("office") else reader
            start = time.perf_counter()
            # What a server does before each request; on SQLite it opens the file anew.
            close_old_connections()
            answer = client.get(path)
            passed = (time.perf_counter() - start) * 1000
            if answer.status_code != 200:
                raise SystemExit(f"{path} answered {answer.status_code}")
            if round_number:
                taken[what].append(passed)
    return taken


def report(communes: int, branches: int, taken: dict[str, list[float]]) -> dict[str, Any]:
    """The figures: median and 95th percentile of each page."""
    pages = {}
    for what, times in taken.items():
        parts = statistics.quantiles(times, n=100)
        pages[what] = {"p50_ms": round(parts[49], 1), "p95_ms": round(parts[94], 1)}
    return {"communes": communes, "branches": branches, "pages": pages}


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--communes", type=int, default=COMMUNES)
    parser.add_argument("--branches", type=int, default=BRANCHES)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doanhuyen.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from branches.models import Branch, Commune  # noqa: PLC0415

    if Branch.objects.exists():
        sys.exit("The database holds branches; the measurement needs an empty one.")
    start = time.perf_counter()
    fill(options.communes, options.branches)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    print(f"filled in {time.perf_counter() - start:.0f} s", file=sys.stderr)
    numbers = Commune.objects.count(), Branch.objects.count()
    print(json.dumps(report(*numbers, measure(addresses())), ensure_ascii=False))


if __name__ == "__main__":
    main()
