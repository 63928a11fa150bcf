"""The import command: what it makes, repeats, updates, refuses and leaves behind."""

import os
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, models
from django.test import Client
from django.utils import translation

from accounts.models import User
from branches.models import Office
from core.rich_text import plain_text
from core.storage import DurableStorage
from news import actions
from news.models import Address, Article, Category, Photo
from portal.importing import Options, PhotoFolder, find_sources, import_files
from tests.factories import image_bytes, make_article, make_category, make_photo
from tests.portal.captures import SAMPLE, page, real_capture

pytestmark = pytest.mark.django_db
KEPT: list[type[models.Model]] = [
    *(Article, Photo, Address, Category, Article.history.model, Photo.history.model)
]
TWO_PHOTOS = "một.jpg\n(Ảnh một)\nhai.jpg\n(Ảnh hai)"


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    (tmp_path / "pages").mkdir()
    return tmp_path / "pages"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with một.jpg, hai.jpg and no other."""
    (tmp_path / "photos").mkdir()
    for name in ("một.jpg", "hai.jpg"):
        (tmp_path / "photos" / name).write_bytes(image_bytes((64, 40)))
    return tmp_path / "photos"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def run(*args: Any) -> list[str]:
    """Run the command, which must succeed, and return its lines."""
    out = StringIO()
    call_command("import_old_portal", *map(str, args), stdout=out)
    return out.getvalue().splitlines()


def run_with_faults(*args: Any) -> tuple[list[str], str]:
    """Run the command, which must fail, and return its lines and its last word."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("import_old_portal", *map(str, args), stdout=out)
    assert caught.value.returncode == 1
    return out.getvalue().splitlines(), str(caught.value)


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every row that an import may touch."""
    return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in KEPT}


def media(settings: Any) -> list[str]:
    """Every file and folder of the media."""
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


def captions(article: Article) -> list[tuple[str, str, bool, bool]]:
    """The photos in order: name, caption, whether there is a file, whether it leads."""
    return [
        (photo.original_name, photo.caption, bool(photo.file), photo.is_lead)
        for photo in article.photos.all()
    ]


def summary(*numbers: int) -> str:
    return (
        "{} created, {} updated, {} unchanged, {} failed; {} photos attached, {} missing"
    ).format(*numbers)


# The pages on the disk


def test_the_sample_becomes_the_published_article(
    category: Category, photos: Path, client: Client
) -> None:
    (photos / "anh-lop-tap-huan-thon-dong.jpg").write_bytes(image_bytes((640, 400)))
    lines = [line.strip() for line in SAMPLE.read_text("utf-8").split("\n") if line.strip()]
    at = lines.index("Đăng lúc: 09:30:05 14/10/2019 (GMT+7)")

    told = run(SAMPLE, "--photos", photos)

    article = Article.objects.get()
    assert told == [
        "created bai-viet-mau.txt",
        "  missing photo: anh-thieu-trong-kho.jpg",
        summary(1, 0, 0, 0, 1, 1),
    ]
    assert article.title == lines[at - 1]
    assert article.publish_at == datetime(2019, 10, 14, 2, 30, 5, tzinfo=UTC)
    assert (article.status, article.category, article.status_by) == ("published", category, None)
    assert article.lead == lines[at + 1]
    assert plain_text(article.body).split("\n") == lines[at + 2 : -4]
    assert captions(article) == [
        ("anh-lop-tap-huan-thon-dong.jpg", lines[-3][1:-1], True, True),
        ("anh-thieu-trong-kho.jpg", lines[-1][1:-1], False, False),
    ]
    assert [
        (entry.history_type, entry.history_change_reason) for entry in article.history.all()
    ] == [("+", "nhập từ bai-viet-mau.txt")]
    assert client.get(article.get_absolute_url()).status_code == 200


def test_the_real_page_is_imported_once(category: Category, settings: Any) -> None:
    source = real_capture()
    text = unicodedata.normalize("NFC", source.read_text("utf-8"))
    lines = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
    first = run(source)
    before = rows()

    second = run(source)

    article = Article.objects.get()
    assert first[-1] == summary(1, 0, 0, 0, 0, 1)
    assert second == [
        f"unchanged {source.name}",
        f"  missing photo: {lines[-2]}",
        summary(0, 0, 1, 0, 0, 1),
    ]
    assert article.publish_at == datetime(2020, 11, 8, 3, 1, 36, tzinfo=UTC)
    assert [article.title, article.lead, *plain_text(article.body).split("\n")] == [
        lines[-10],
        *lines[-8:-2],
    ]
    assert captions(article) == [(lines[-2], lines[-1][1:-1], False, False)]
    assert (rows(), media(settings)) == (before, [])


# Again and changed


def test_a_second_run_changes_nothing(pages: Path, photos: Path, settings: Any) -> None:
    write(pages, "a.txt", page(photos=TWO_PHOTOS))
    write(pages, "b.txt", page(title="Trang hai", photos="một.jpg\nba.jpg\n(Ảnh ba)"))
    run(pages, "--photos", photos)
    before = (rows(), media(settings))

    told = run(pages, "--photos", photos)

    assert told == [
        "unchanged a.txt",
        "unchanged b.txt",
        "  missing photo: ba.jpg",
        summary(0, 0, 2, 0, 0, 1),
    ]
    assert (rows(), media(settings)) == before
    assert Article.history.count() == 2
    assert len([path for path in media(settings) if path.endswith(".jpg")]) == 3


def test_a_photo_found_later_is_attached_and_nothing_else(pages: Path, photos: Path) -> None:
    source = write(pages, "a.txt", page(photos="ba.jpg\n(Ảnh ba)"))
    run(source, "--photos", photos)
    before = rows()
    (photos / "ba.jpg").write_bytes(image_bytes((64, 40)))

    told = run(source, "--photos", photos)

    article = Article.objects.get()
    after = rows()
    assert told == ["photo added a.txt", summary(0, 0, 1, 0, 1, 0)]
    assert captions(article) == [("ba.jpg", "Ảnh ba", True, True)]
    assert [after["news.Article"], after["news.HistoricalArticle"]] == [
        before["news.Article"],
        before["news.HistoricalArticle"],
    ]
    assert [entry.history_change_reason for entry in Photo.history.all()] == [
        "nhập từ a.txt",
        "nhập từ a.txt",
    ]


def test_a_changed_page_updates_through_history(
    pages: Path, photos: Path, settings: Any, client: Client
) -> None:
    source = write(pages, "a.txt", page(title="Tên cũ", photos=f"{TWO_PHOTOS}\nbỏ.jpg"))
    run(source, "--photos", photos)
    old = Article.objects.get()
    files = {photo.original_name: str(photo.file) for photo in old.photos.all()}
    changed = "hai.jpg\n(Ảnh hai mới)\nba.jpg\n(Ảnh ba)\nmột.jpg\n(Ảnh một)"
    write(pages, "a.txt", page(title="Tên mới", body=["Mở.", "Thân."], photos=changed))

    told = run(source, "--photos", photos)

    article = Article.objects.get()
    assert told == ["updated a.txt", "  missing photo: ba.jpg", summary(0, 1, 0, 0, 0, 1)]
    assert (article.title, article.lead, article.body) == ("Tên mới", "Mở.", "<p>Thân.</p>")
    assert (article.pk, article.publish_at, article.status_at) == (
        old.pk,
        old.publish_at,
        old.status_at,
    )
    assert captions(article) == [
        ("hai.jpg", "Ảnh hai mới", True, False),
        ("ba.jpg", "Ảnh ba", False, False),
        ("một.jpg", "Ảnh một", True, True),
    ]
    assert {p.original_name: str(p.file) for p in article.photos.all() if p.file} == {
        name: file for name, file in files.items() if file
    }
    assert [entry.history_type for entry in article.history.all()] == ["~", "+"]
    removed = Photo.history.get(history_type="-")
    assert (removed.original_name, removed.history_change_reason) == (
        "bỏ.jpg",
        "nhập từ a.txt",
    )
    response = client.get(old.get_absolute_url())
    assert (response.status_code, response["Location"]) == (301, article.get_absolute_url())


def test_the_next_photo_leads_when_the_leading_one_is_gone(pages: Path, photos: Path) -> None:
    source = write(pages, "a.txt", page(photos=TWO_PHOTOS))
    run(source, "--photos", photos)
    file = str(Photo.objects.get(is_lead=True).file)
    write(pages, "a.txt", page(photos="hai.jpg\n(Ảnh hai)"))
    run(source, "--photos", photos)
    assert captions(Article.objects.get()) == [("hai.jpg", "Ảnh hai", True, True)]
    # An earlier version still shows it; `sweep_photos` knows.
    assert file in Photo.history.values_list("file", flat=True)
    assert Path(Photo.objects.get().file.storage.path(file)).is_file()


def test_what_an_editor_did_stays(
    pages: Path, photos: Path, editor_minh: User, client: Client
) -> None:
    source = write(pages, "a.txt", page(photos=TWO_PHOTOS))
    run(source, "--photos", photos)
    article = Article.objects.get()
    other = make_category(name="Khác", position=99)
    own = make_photo(article, caption="Ảnh của Minh", position=9)
    article.photos.filter(original_name="một.jpg").update(is_lead=False)
    article.photos.filter(pk=own.pk).update(is_lead=True)
    Article.objects.filter(pk=article.pk).update(category=other, author="Minh")
    actions.withdraw_article(article, by=editor_minh)
    assert run(source)[0] == "unchanged a.txt"
    write(pages, "a.txt", page(body=["Mở mới."], photos="hai.jpg\n(Ảnh hai)"))

    assert run(source)[0] == "updated a.txt"

    article = Article.objects.get()
    assert (article.status, article.status_by) == ("withdrawn", editor_minh)
    assert (article.lead, article.category, article.author) == ("Mở mới.", other, "Minh")
    assert captions(article) == [
        ("hai.jpg", "Ảnh hai", True, False),
        ("", "Ảnh của Minh", True, True),
    ]
    assert client.get(article.get_absolute_url()).status_code == 404


def test_one_name_stands_for_one_article(pages: Path) -> None:
    source = write(pages, "a.txt", page(title="Một", time="10:00:00 01/01/2020"))
    run(source)
    write(pages, "a.txt", page(title="Hai", time="10:00:00 01/01/2020"))
    run(source)
    write(pages, "a.txt", page(title="Hai", time="10:00:00 02/01/2020"))
    run(source)
    before = rows()
    write(pages, "a.txt", page(title="Ba", time="10:00:00 03/01/2020"))

    told, last = run_with_faults(source)

    assert told == [
        "FAILED a.txt:1 Another article was imported under this name: “Hai”.",
        summary(0, 0, 0, 1, 0, 0),
    ]
    assert last == "1 file was skipped."
    assert rows() == before
    assert Article.history.count() == 3


# Categories and zone


def test_the_category_is_the_chosen_the_first_or_a_new_one(pages: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        write(pages, name, page(title=f"Trang {name}"))
    run(pages / "a.txt")
    first = make_category(name="Đầu tiên", position=0)
    Category.objects.filter(name="Tin tức").update(position=5)
    run(pages / "b.txt")
    run(pages / "c.txt", "--category", "tin-tuc")
    found = Article.objects.order_by("import_key").values_list("import_key", "category__name")
    assert list(found) == [("a.txt", "Tin tức"), ("b.txt", first.name), ("c.txt", "Tin tức")]
    with pytest.raises(CommandError, match="There is no category with the address la"):
        call_command("import_old_portal", str(pages), "--category", "la")


def test_a_time_without_zone_is_the_office_s(pages: Path, office: Office) -> None:
    office.time_zone = "Asia/Tokyo"
    office.save()
    run(write(pages, "a.txt", page(time="09:00:00 01/02/2020")))
    assert Article.objects.get().publish_at == datetime(2020, 2, 1, tzinfo=UTC)
    assert Article.objects.get().is_published is True


def test_who_imports_is_recorded(pages: Path, editor_minh: User) -> None:
    write(pages, "a.txt", page(photos="một.jpg"))
    options = Options(PhotoFolder(None), ZoneInfo("Asia/Ho_Chi_Minh"))
    reports = list(import_files(find_sources([pages]), by=editor_minh, options=options))
    assert [report.result.outcome for report in reports] == ["created"]
    assert Article.objects.get().status_by == editor_minh
    assert [Article.history.get().history_user, Photo.history.get().history_user] == [
        editor_minh,
        editor_minh,
    ]


# Texts


def test_markup_in_a_page_is_text(pages: Path, client: Client) -> None:
    attack = "<script>alert(1)</script> <a href='javascript:x'>a</a> & <b>đậm</b>"
    run(
        write(
            pages, "a.txt", page(title=attack, body=[attack, attack], photos=f"a.jpg\n({attack})")
        )
    )
    article = Article.objects.get()
    assert (article.title, article.lead, plain_text(article.body)) == (attack, attack, attack)
    assert article.photos.get().caption == attack
    assert b"<script>alert" not in client.get(article.get_absolute_url()).content


def test_a_first_paragraph_too_long_for_a_lead_opens_the_body(pages: Path) -> None:
    run(write(pages, "a.txt", page(body=["a" * 1501, "Hai"])))
    run(write(pages, "b.txt", page(title="b", body=["a" * 1500, "Hai"])))
    found = Article.objects.order_by("import_key").values_list("lead", "body")
    assert list(found) == [
        ("", f"<p>{'a' * 1501}</p><p>Hai</p>"),
        ("a" * 1500, "<p>Hai</p>"),
    ]


# Folders


def test_a_broken_file_is_skipped_and_the_rest_goes_on(pages: Path, photos: Path) -> None:
    write(pages, "1-tốt.txt", page(title="Tốt một"))
    (pages / "2-mã.txt").write_bytes("Một\nHai\n".encode() + b"\xff\xfe")
    write(pages, "3-rỗng.txt", " \n")
    (pages / "4-lớn.txt").write_bytes(b"a" * (1024 * 1024 + 1))
    write(pages, "5-giờ.txt", page(time="25:00:00 08/11/2020", photos=TWO_PHOTOS))
    write(pages, "6-tên.txt", page(title=""))
    write(pages, "7-dài.txt", page(body=["Mở.", *["a" * 999] * 210]))
    write(pages, "8/tốt.txt", page(title="Tốt hai"))
    write(pages, "9-ảnh.txt", page(photos="a.jpg\n(mở"))

    told, last = run_with_faults(pages, "--photos", photos)

    assert told == [
        "created 1-tốt.txt",
        "FAILED 2-mã.txt:3 This file is not UTF-8 text.",
        "FAILED 3-rỗng.txt:1 This file is empty.",
        "FAILED 4-lớn.txt:1 This file is larger than 1 MB.",
        "FAILED 5-giờ.txt:12 The time must be written as 10:01:36 08/11/2020 (GMT+7), "
        "not “25:00:00 08/11/2020”.",
        "FAILED 6-tên.txt:12 There is no title above the time.",
        "FAILED 7-dài.txt:1 This text is longer than 200 KB. "
        "Please shorten it or split it in two articles.",
        "created 8/tốt.txt",
        "FAILED 9-ảnh.txt:21 The bracket of this caption is not closed.",
        summary(2, 0, 0, 7, 0, 0),
    ]
    assert last == "7 files were skipped."
    assert sorted(Article.objects.values_list("import_key", "title")) == [
        ("1-tốt.txt", "Tốt một"),
        ("8/tốt.txt", "Tốt hai"),
    ]


def test_which_files_of_a_folder_are_taken(pages: Path, tmp_path: Path) -> None:
    for name in ("b/d.txt", "b/c.TXT", "a.txt", ".hidden.txt", ".git/e.txt", "f.md"):
        write(pages, name, page(title=name))
    outside = write(tmp_path, "outside/secret.txt", page(title="secret"))
    (pages / "link.txt").symlink_to(outside)
    (pages / "linked").symlink_to(outside.parent)
    (pages / "z.txt").symlink_to(pages / "a.txt")
    (pages / "gone.txt").symlink_to(pages / "nothing.txt")

    told = run(pages, pages / "b" / "d.txt", pages / "a.txt", pages)

    assert told == [
        "created a.txt",
        "created b/c.TXT",
        "created b/d.txt",
        summary(3, 0, 0, 0, 0, 0),
    ]
    assert Article.objects.count() == 3


def test_two_files_of_one_name_in_one_run(pages: Path) -> None:
    write(pages, "2019/a.txt", page(title="Một"))
    write(pages, "2020/a.txt", page(title="Hai"))
    told, _last = run_with_faults(pages / "2019", pages / "2020")
    assert told == [
        "created a.txt",
        "FAILED a.txt:1 Another file of this import has the same name.",
        summary(1, 0, 0, 1, 0, 0),
    ]
    assert Article.objects.get().title == "Một"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nothing"], "There is no file or folder nothing."),
        (["pages"], "There is no .txt file in pages."),
        (["pages/good", "nothing"], "There is no file or folder nothing."),
        (["pages/good", "--photos", "nothing"], "There is no folder nothing."),
        (["pages/good", "--photos", "pages/good"], "There is no folder pages/good."),
    ],
)
def test_a_path_that_leads_nowhere_stops_all(
    args: list[str], message: str, pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(pages, "good", page())
    monkeypatch.chdir(pages.parent)
    told, last = run_with_faults(*args)
    assert (told, last) == ([], message)
    assert Article.objects.count() == 0


def test_names_of_files_are_composed_and_fit_to_be_stored(pages: Path) -> None:
    write(pages, unicodedata.normalize("NFD", "điểm.txt"), page())
    write(pages, "/".join(["d" * 120, "e" * 120, "ffff.txt"]), page(title="Lâu"))
    write(pages, "g\u202etxt.txt", page(title="Ngược"))
    Path(os.fsdecode(os.fsencode(pages) + b"/h\xff.txt")).write_text(page(title="Hỏng"), "utf-8")

    told, _last = run_with_faults(pages)

    assert told == [
        f"created {'d' * 120}/{'e' * 120}/ffff.txt",
        "FAILED g\\u202etxt.txt:1 The name of the file has hidden or broken characters.",
        "FAILED h\\xff.txt:1 The name of the file has hidden or broken characters.",
        "created điểm.txt",
        summary(2, 0, 0, 2, 0, 0),
    ]
    write(pages, "/".join(["d" * 120, "e" * 120, "fffff.txt"]), page(title="Dài"))
    told, _last = run_with_faults(pages)
    assert told[1] == (
        f"FAILED {'d' * 120}/{'e' * 120}/fffff.txt:1 The name is longer than 250 characters."
    )


# Photos


def test_photos_are_found_whatever_the_case_and_the_form(pages: Path, photos: Path) -> None:
    (photos / unicodedata.normalize("NFD", "Điểm.JPG")).write_bytes(image_bytes((64, 40)))
    (photos / "MỘT.JPG").write_bytes(image_bytes((80, 40)))
    source = write(pages, "a.txt", page(photos="điểm.jpg\nmột.jpg\nMột.JPG"))
    told = run(source, "--photos", photos)
    assert told == ["created a.txt", summary(1, 0, 0, 0, 3, 0)]
    # The exact name comes first; where none is, the first by name.
    assert [photo.width for photo in Article.objects.get().photos.all()] == [64, 64, 80]


def test_a_name_never_leads_out_of_the_folder(pages: Path, photos: Path, settings: Any) -> None:
    for place in (photos.parent / "out.jpg", photos / "sub" / "in.jpg"):
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(image_bytes((64, 40)))
    (photos / "link.jpg").symlink_to(photos.parent / "out.jpg")
    (photos / "folder.jpg").mkdir()
    names = ["../out.jpg", str(photos / "một.jpg"), "sub/in.jpg", "..\\out.jpg"]
    source = write(pages, "a.txt", page(photos="\n".join([*names, "link.jpg", "folder.jpg"])))

    told = run(source, "--photos", photos)

    assert told == [
        "created a.txt",
        "  missing photo: link.jpg",
        "  missing photo: folder.jpg",
        *[f"  refused photo: {name}: This is not the plain name of a file." for name in names],
        summary(1, 0, 0, 0, 0, 2) + ", 4 refused",
    ]
    assert media(settings) == []


def test_a_photo_that_is_none_is_refused_and_its_caption_kept(
    pages: Path, photos: Path, settings: Any
) -> None:
    (photos / "a.gif").write_bytes(image_bytes((64, 40), "GIF"))
    (photos / "b.jpg").write_bytes(b"")
    (photos / "c.jpg").write_bytes(image_bytes()[:600])
    names = "a.gif\n(Ảnh a)\nb.jpg\n(Ảnh b)\nc.jpg\n(Ảnh c)\nmột.jpg\n(Ảnh một)"
    source = write(pages, "a.txt", page(photos=names))

    told = run(source, "--photos", photos)

    assert told == [
        "created a.txt",
        "  refused photo: a.gif: Please choose a JPEG, PNG or WebP photo.",
        "  refused photo: b.jpg: This file is empty. Please choose the photo again.",
        "  refused photo: c.jpg: This photo is damaged or incomplete. "
        "Please open it in a photo program, save it as a new JPEG and try again.",
        summary(1, 0, 0, 0, 1, 0) + ", 3 refused",
    ]
    assert captions(Article.objects.get()) == [
        ("a.gif", "Ảnh a", False, False),
        ("b.jpg", "Ảnh b", False, False),
        ("c.jpg", "Ảnh c", False, False),
        ("một.jpg", "Ảnh một", True, True),
    ]
    assert len(list((Path(settings.MEDIA_ROOT) / "tin").iterdir())) == 1


def test_one_photo_named_twice_stays_two(pages: Path, photos: Path) -> None:
    source = write(pages, "a.txt", page(photos="một.jpg\n(Đầu)\nmột.jpg\n(Cuối)"))
    run(source, "--photos", photos)
    write(pages, "a.txt", page(photos="một.jpg\n(Đầu)\nmột.jpg\n(Cuối cùng)"))
    told = run(source, "--photos", photos)
    assert told == ["updated a.txt", summary(0, 1, 0, 0, 0, 0)]
    assert captions(Article.objects.get()) == [
        ("một.jpg", "Đầu", True, True),
        ("một.jpg", "Cuối cùng", True, False),
    ]


# Nothing by halves


def test_a_dry_run_tells_all_and_keeps_nothing(pages: Path, photos: Path, settings: Any) -> None:
    old = write(pages, "a.txt", page(title="Cũ", photos="một.jpg\nba.jpg"))
    later = write(pages, "b.txt", page(title="Trang hai", photos="bốn.jpg"))
    run(pages, "--photos", photos)
    write(old.parent, "a.txt", page(title="Mới", photos="hai.jpg\na.gif"))
    write(later.parent, "c.txt", page(title="Trang ba", photos=f"{TWO_PHOTOS}\nba.jpg"))
    write(pages, "d.txt", "")
    (photos / "bốn.jpg").write_bytes(image_bytes((64, 40)))
    (photos / "a.gif").write_bytes(image_bytes((64, 40), "GIF"))
    before = (rows(), media(settings))

    told, last = run_with_faults(pages, "--photos", photos, "--dry-run")

    lines = [
        "updated a.txt",
        "  refused photo: a.gif: Please choose a JPEG, PNG or WebP photo.",
        "photo added b.txt",
        "created c.txt",
        "  missing photo: ba.jpg",
        "FAILED d.txt:1 This file is empty.",
        summary(1, 1, 1, 1, 4, 1) + ", 1 refused",
    ]
    assert told == ["Dry run: this is what would be done; nothing is kept.", *lines]
    assert last == "1 file was skipped."
    assert (rows(), media(settings)) == before
    assert run_with_faults(pages, "--photos", photos) == (lines, last)


def test_a_first_dry_run_makes_neither_category_nor_folder(
    pages: Path, photos: Path, settings: Any
) -> None:
    source = write(pages, "a.txt", page(photos=TWO_PHOTOS))
    told = run(source, "--photos", photos, "--dry-run")
    assert told[1:] == ["created a.txt", summary(1, 0, 0, 0, 2, 0)]
    assert rows() == {model._meta.label: [] for model in KEPT}
    assert Path(settings.MEDIA_ROOT).exists() is False


@pytest.fixture
def disk_that_fills(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the disk fail when it is asked to write its nth file."""

    def fail_at(number: int) -> None:
        whole = DurableStorage._save
        written: list[str] = []

        def save(self: DurableStorage, name: str, content: Any) -> str:
            written.append(name)
            if len(written) == number:
                raise OSError(28, "No space left on device")
            return whole(self, name, content)

        monkeypatch.setattr(DurableStorage, "_save", save)

    return fail_at


@pytest.mark.parametrize("number", [1, 3, 4])
def test_a_full_disk_leaves_neither_row_nor_file(
    number: int,
    pages: Path,
    photos: Path,
    settings: Any,
    disk_that_fills: Callable[[int], None],
) -> None:
    """Each photo has two small files: the third is of the second photo, the fourth its last."""
    write(pages, "a.txt", page(photos=TWO_PHOTOS))
    write(pages, "b.txt", page(title="Trang hai"))
    disk_that_fills(number)

    told, _last = run_with_faults(pages, "--photos", photos)

    assert told == [
        "FAILED a.txt:1 No space left on device",
        "created b.txt",
        summary(1, 0, 0, 1, 0, 0),
    ]
    assert list(Article.objects.values_list("import_key", flat=True)) == ["b.txt"]
    assert [Photo.objects.count(), Photo.history.count(), Article.history.count()] == [0, 0, 1]
    assert [path for path in media(settings) if path != "tin"] == []


def test_a_failed_update_leaves_the_article_and_its_photos(
    pages: Path, photos: Path, settings: Any, disk_that_fills: Callable[[int], None]
) -> None:
    source = write(pages, "a.txt", page(title="Cũ", photos="một.jpg\nbỏ.jpg"))
    run(source, "--photos", photos)
    before = (rows(), media(settings))
    write(pages, "a.txt", page(title="Mới", photos="một.jpg\nhai.jpg"))
    disk_that_fills(2)
    told, _last = run_with_faults(source, "--photos", photos)
    assert told[0] == "FAILED a.txt:1 No space left on device"
    assert (rows(), media(settings)) == before


def test_a_history_that_cannot_be_written_takes_all_back(
    pages: Path, photos: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audit breaks on the second photo, after the first has its files."""
    source = write(pages, "a.txt", page(photos=TWO_PHOTOS))
    write_history = Photo.history.model.save

    def broken(self: Any, *args: Any, **kwargs: Any) -> None:
        if self.original_name == "hai.jpg":
            raise RuntimeError("no history")
        write_history(self, *args, **kwargs)

    monkeypatch.setattr(Photo.history.model, "save", broken)
    with pytest.raises(RuntimeError, match="no history"):
        run(source, "--photos", photos)
    assert rows() == {model._meta.label: [] for model in KEPT}
    assert [path for path in media(settings) if path != "tin"] == []


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_fails_leaves_neither_row_nor_file(
    pages: Path, photos: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_commit() -> None:
        raise OperationalError("disk I/O error")

    source = write(pages, "a.txt", page(photos=TWO_PHOTOS))
    with monkeypatch.context() as broken:
        broken.setattr(connection, "_commit", no_commit)
        with pytest.raises(OperationalError, match="disk I/O error"):
            run(source, "--photos", photos)
    assert rows() == {model._meta.label: [] for model in KEPT}
    assert [path for path in media(settings) if path != "tin"] == []


def test_an_update_that_breaks_a_rule_of_the_article_is_refused(pages: Path) -> None:
    source = write(pages, "a.txt", page())
    run(source)
    shown_until = datetime(2020, 12, 1, tzinfo=UTC)
    Article.objects.update(expire_at=shown_until)
    write(pages, "a.txt", page(time="10:00:00 02/12/2020"))
    told, _last = run_with_faults(source)
    assert told[0] == "FAILED a.txt:1 The last day must be later than the publishing time."
    assert Article.objects.get().publish_at == datetime(2020, 11, 8, 3, 1, 36, tzinfo=UTC)


def test_articles_of_editors_are_never_touched(pages: Path) -> None:
    own = make_article(title="Ra quân dọn đường làng")
    run(write(pages, "a.txt", page()))
    imported = Article.objects.get(import_key="a.txt")
    assert (own.slug, imported.slug) == ("ra-quan-don-duong-lang", "ra-quan-don-duong-lang-2")
    assert Article.objects.get(pk=own.pk).version == own.version


def test_page_imported_under_another_name_is_the_same_article(pages: Path) -> None:
    folder = pages / "nam-2019"
    folder.mkdir()
    text = SAMPLE.read_text("utf-8")
    (folder / "a.txt").write_text(text, "utf-8")
    run(pages)
    before = Article.objects.get()
    assert run(folder)[0].startswith("unchanged")
    (folder / "b.txt").write_text(text.replace("trưởng thôn", "Trưởng thôn") + " ", "utf-8")
    run(folder / "b.txt")
    after = Article.objects.get()
    assert (after.pk, after.import_key) == (before.pk, "nam-2019/a.txt")
