"""Remove the photos no row refers to: replaced, of a failed save, of a machine that stopped."""

import shutil
import time
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.photos import NAME, PhotoField, photo_fields

# A form may be open, or a transaction running, for as long as this.
MIN_AGE_HOURS = 24


def managers_of(model: type[models.Model]) -> Iterable[Any]:
    """Yield what reads every row of `model`, and every row of its history if it keeps one."""
    yield model._base_manager
    if history := getattr(model._meta, "simple_history_manager_attribute", None):
        yield getattr(model, history).model._base_manager


def names_in_use(model: type[models.Model], field: PhotoField) -> set[str]:
    """Return the stored names in `field` now and earlier: a restored version needs its file."""
    return {
        name
        for manager in managers_of(model)
        for name in manager.values_list(field.attname, flat=True).distinct().iterator()
        if name
    }


def newest_change(folder: Path) -> float:
    """Return when anything in `folder` last changed, in seconds since 1970."""
    return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))


def old_folders(root: Path, before: float) -> list[Path]:
    """Return the photo folders in `root` in which nothing changed since `before`."""
    if not root.is_dir():
        return []
    return sorted(
        path
        for path in root.iterdir()
        if NAME.fullmatch(f"{root.name}/{path.name}/1600.jpg")
        and path.is_dir()
        and not path.is_symlink()
        and newest_change(path) < before
    )


def old_parts(root: Path, before: float) -> list[Path]:
    """Return the files under `root` whose writing was broken off before `before`."""
    return sorted(
        path for path in root.rglob(".*.part") if path.is_file() and path.stat().st_mtime < before
    )


class Command(BaseCommand):
    help = "Remove photos that no row and no earlier version refers to."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="List only, remove nothing.")
        parser.add_argument(
            "--older-than",
            type=float,
            default=MIN_AGE_HOURS,
            metavar="HOURS",
            help="Leave alone what changed within these hours (default: %(default)s).",
        )

    def handle(self, *args: Any, dry_run: bool, older_than: float, **options: Any) -> None:
        if older_than < 0:
            raise CommandError(_("The hours must not be negative."))
        root = Path(settings.MEDIA_ROOT)
        before = time.time() - older_than * 3600
        # Listed before the rows are read: what is attached meanwhile is found in use.
        parts = old_parts(root, before)
        folders = self.unused_folders(root, before)
        said = _("would remove %(name)s") if dry_run else _("removed %(name)s")
        for path in [*parts, *folders]:
            if not dry_run:
                self.remove(path)
            self.stdout.write(said % {"name": path.relative_to(root)})
        self.summarise(len(folders), len(parts), dry_run)

    def unused_folders(self, root: Path, before: float) -> list[Path]:
        fields = defaultdict(list)
        for model, field in photo_fields():
            fields[field.folder].append((model, field))
        unused = []
        for folder in sorted(fields):
            candidates = old_folders(root / folder, before)
            names = set().union(*(names_in_use(*pair) for pair in fields[folder]))
            used = {Path(name).parent.name for name in names}
            unused += [path for path in candidates if path.name not in used]
        return unused

    def remove(self, path: Path) -> None:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def summarise(self, photos: int, parts: int, dry_run: bool) -> None:
        found = ngettext("%(count)d photo", "%(count)d photos", photos) % {"count": photos}
        broken = ngettext("%(count)d broken-off file", "%(count)d broken-off files", parts)
        text = (
            _("Would remove: %(photos)s, %(parts)s.")
            if dry_run
            else _("Removed: %(photos)s, %(parts)s.")
        )
        self.stdout.write(text % {"photos": found, "parts": broken % {"count": parts}})
