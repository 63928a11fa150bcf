"""Files are whole or absent, even when the writer is killed."""

import os
import random
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from core.storage import DurableStorage

SIZE = 300_000
# Writes one file after another; each holds its own number over and over.
WRITER = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from django.conf import settings
settings.configure(FILE_UPLOAD_PERMISSIONS=0o644)
from django.core.files.base import ContentFile
from core.storage import DurableStorage
storage = DurableStorage(location=sys.argv[1])
print("ready", flush=True)
for number in range(1_000_000):
    content = number.to_bytes(4, "big") * {SIZE // 4}
    storage.save(f"tin/{{number}}/960.jpg", ContentFile(content))
"""


class Interrupted(ContentFile[bytes]):
    """A file whose reading fails half way."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"half"
        raise OSError("the connection broke")


def test_storage_of_the_portal_is_the_durable_one() -> None:
    assert isinstance(default_storage._wrapped, DurableStorage)  # type: ignore[attr-defined]
    name = default_storage.save("tin/a/b.jpg", ContentFile(b"pixels"))
    assert name == "tin/a/b.jpg"
    with default_storage.open(name) as file:
        assert file.read() == b"pixels"


def test_file_can_be_read_by_the_web_server(tmp_path: Path) -> None:
    mask = os.umask(0o077)
    try:
        default_storage.save("tin/x/960.webp", ContentFile(b"x"))
    finally:
        os.umask(mask)
    mode = Path(default_storage.path("tin/x/960.webp")).stat().st_mode
    assert stat.S_IMODE(mode) == 0o644
    assert stat.S_ISREG(mode)


def test_present_file_is_never_written_over() -> None:
    first = default_storage.save("tin/x.jpg", ContentFile(b"first"))
    second = default_storage.save("tin/x.jpg", ContentFile(b"second"))
    assert first != second
    assert Path(default_storage.path(first)).read_bytes() == b"first"
    assert Path(default_storage.path(second)).read_bytes() == b"second"


def test_broken_upload_leaves_nothing(tmp_path: Path) -> None:
    storage = DurableStorage(location=tmp_path)
    with pytest.raises(OSError, match="the connection broke"):
        storage.save("tin/x.jpg", Interrupted(b""))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert not storage.exists("tin/x.jpg")


def test_name_outside_the_folder_is_refused(tmp_path: Path) -> None:
    storage = DurableStorage(location=tmp_path / "media")
    with pytest.raises(SuspiciousFileOperation):
        storage.save("../escaped.jpg", ContentFile(b"x"))
    assert list(tmp_path.rglob("*")) == []


def test_large_file_is_copied_whole(tmp_path: Path) -> None:
    storage = DurableStorage(location=tmp_path)
    source = tmp_path / "source"
    source.write_bytes(random.Random(7).randbytes(1_000_000))
    with source.open("rb") as file:
        storage.save("copy", File(file))
    assert (tmp_path / "copy").read_bytes() == source.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"source", "copy"}


def written(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.jpg") if not path.name.startswith(".")]


def test_killed_writer_leaves_no_partial_file_under_a_final_name(tmp_path: Path) -> None:
    chance = random.Random(20)
    total = 0
    for round_number in range(8):
        folder = tmp_path / str(round_number)
        folder.mkdir()
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.001, 0.08))
        writer.kill()
        assert writer.wait() == -signal.SIGKILL
        writer.stdout.close()
        for path in written(folder):
            number = int(path.parent.name)
            assert path.read_bytes() == number.to_bytes(4, "big") * (SIZE // 4), path
        total += len(written(folder))
    assert total > 8
