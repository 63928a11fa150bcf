"""Files on disk that are whole or absent."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


class DurableStorage(FileSystemStorage):
    """Write aside, fsync, then rename, so that a power cut leaves no partial file under a name."""

    def _save(self, name: str, content: File[bytes]) -> str:
        target = Path(self.path(name))
        new_folders = [folder for folder in target.parents if not folder.exists()]
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{uuid4().hex}.part")
        try:
            with aside.open("xb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if self.file_permissions_mode is not None:
                aside.chmod(self.file_permissions_mode)
            aside.rename(target)
        finally:
            aside.unlink(missing_ok=True)
        # A new folder is an entry in the one above, which must last as well.
        for folder in {target.parent, *(new.parent for new in new_folders)}:
            _fsync_folder(folder)
        return name


def _fsync_folder(folder: Path) -> None:
    """Make the rename itself durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
