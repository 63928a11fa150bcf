"""The sweep removes what nothing refers to, and nothing else."""

import os
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.utils import translation
from pytest_django import Settings

from tests.core import hostile_photos as hostile
from tests.core.test_photos import Emblem, Picture, create_tables, registry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("core.photos.apps", registry)
    settings.MEDIA_ROOT = tmp_path
    create_tables()
    return tmp_path


def photo_row(number: int, model: Any = Picture) -> Any:
    row = model(id=number)
    row.file.save("x.jpg", ContentFile(hostile.encoded(hostile.picture(500, 300))), save=False)
    row.save()
    return row


def age(root: Path, hours: float) -> None:
    """Make everything under `root`, itself included, look `hours` old."""
    then = time.time() - hours * 3600
    for path in (root, *root.rglob("*")):
        os.utime(path, (then, then), follow_symlinks=False)


def sweep(*arguments: str) -> list[str]:
    out = StringIO()
    with translation.override("en"):
        call_command("sweep_photos", *arguments, stdout=out)
    return out.getvalue().splitlines()


def names(media: Path) -> set[str]:
    return {str(path.relative_to(media)) for path in media.rglob("*")}


def test_photo_of_no_row_is_removed_and_others_stay(media: Path) -> None:
    kept, emblem, lost = photo_row(1), photo_row(2, Emblem), photo_row(3)
    folder = lost.file.name.rpartition("/")[0]
    Picture.objects.filter(id=3).delete()
    Picture.history.model.objects.filter(id=3).delete()
    age(media, 25)
    before = names(media)
    assert sweep() == [f"removed {folder}", "Removed: 1 photo, 0 broken-off files."]
    assert not (media / folder).exists()
    assert before - names(media) == {n for n in before if n.startswith(folder)}
    assert (media / kept.file.name).is_file()
    assert (media / emblem.file.name).is_file()
    assert sweep() == ["Removed: 0 photos, 0 broken-off files."]


def test_photo_of_an_earlier_version_stays(media: Path) -> None:
    row = photo_row(1)
    first = row.file.name
    row.file.save("y.jpg", ContentFile(hostile.encoded(hostile.picture())), save=True)
    assert row.file.name != first
    Picture.objects.filter(id=1).delete()
    age(media, 1000)
    assert sweep() == ["Removed: 0 photos, 0 broken-off files."]
    assert (media / first).is_file()
    Picture.history.model.objects.filter(file=first).delete()
    assert len(sweep()) == 2
    assert not (media / first).exists()
    assert (media / row.file.name).is_file()


def test_young_files_stay_until_they_are_old(media: Path) -> None:
    row = Picture(id=1)
    row.file.save("x.jpg", ContentFile(hostile.encoded(hostile.picture())), save=False)
    age(media, 25)
    main = media / row.file.name
    os.utime(main, (time.time() - 3600,) * 2)
    assert sweep() == ["Removed: 0 photos, 0 broken-off files."]
    assert len(sweep("--older-than", "0.5")) == 2
    assert not main.exists()


def test_dry_run_lists_and_removes_nothing(media: Path) -> None:
    row = Picture(id=1)
    row.file.save("x.jpg", ContentFile(hostile.encoded(hostile.picture())), save=False)
    age(media, 25)
    before = names(media)
    said = sweep("--dry-run")
    assert said[0] == f"would remove {row.file.name.rpartition('/')[0]}"
    assert said[1] == "Would remove: 1 photo, 0 broken-off files."
    assert names(media) == before


def test_broken_off_files_and_empty_folders_go(media: Path) -> None:
    row = photo_row(1)
    part = (media / row.file.name).with_name(".0f.part")
    young = (media / row.file.name).with_name(".1f.part")
    empty = media / "thu" / ("z" * 26)
    empty.mkdir()
    part.write_bytes(b"half")
    age(media, 25)
    young.write_bytes(b"half")
    said = sweep()
    assert said[-1] == "Removed: 1 photo, 1 broken-off file."
    assert not part.exists()
    assert not empty.exists()
    assert young.exists()
    assert (media / row.file.name).is_file()


def test_what_is_no_photo_folder_is_left_alone(media: Path, tmp_path_factory: Any) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "precious").write_bytes(b"x")
    (media / "thu").mkdir()
    (media / "thu" / ("l" * 26)).symlink_to(elsewhere)
    (media / "thu" / "notes.txt").write_bytes(b"x")
    (media / "thu" / "Short").mkdir()
    (media / "khac" / ("k" * 26)).mkdir(parents=True)
    age(media, 25)
    before = names(media)
    assert sweep() == ["Removed: 0 photos, 0 broken-off files."]
    assert names(media) == before
    assert (elsewhere / "precious").exists()


def test_missing_media_and_negative_hours(settings: Settings, media: Path) -> None:
    settings.MEDIA_ROOT = media / "none"
    assert sweep() == ["Removed: 0 photos, 0 broken-off files."]
    with pytest.raises(CommandError, match="negative"):
        sweep("--older-than", "-1")
