"""The import of captured pages from files and folders; each file stands or falls alone."""

import os
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.rich_text import paragraphs
from core.text import has_forbidden_characters
from news.actions import ArticleToImport, ImportResult, NamedPhoto, import_article
from news.models import Article, Category
from portal.old_portal import Capture, CaptureError, parse_capture

MAX_BYTES = 1024 * 1024
SUFFIX = ".txt"


class NothingToImport(Exception):
    """A path that leads to no capture, or to no folder of photos."""


@dataclass(frozen=True)
class Source:
    """A captured page on the disk; `key` recognises its article when it is imported again."""

    path: Path
    key: str


def find_sources(paths: Iterable[Path]) -> list[Source]:
    """Return the captures that the paths name, each file once, those of a folder by name.

    Raises NothingToImport for a path that is not there and for a folder without any.
    """
    found: dict[Path, Source] = {}
    for path in paths:
        for source in _sources_in(path):
            found.setdefault(source.path.resolve(), source)
    return list(found.values())


def _sources_in(path: Path) -> list[Source]:
    if path.is_file():
        return [Source(path, _composed(path.name))]
    if not path.is_dir():
        raise NothingToImport(_("There is no file or folder %(path)s.") % {"path": shown(path)})
    sources = [
        Source(file, _composed(file.relative_to(path).as_posix()))
        for file in path.rglob("*")
        if file.suffix.lower() == SUFFIX and _is_plain_file(file, path)
    ]
    if not sources:
        raise NothingToImport(_("There is no .txt file in %(path)s.") % {"path": shown(path)})
    return sorted(sources, key=lambda source: source.key)


def _is_plain_file(file: Path, folder: Path) -> bool:
    """Tell whether `file` is a visible file that lies in `folder` itself, not behind a link."""
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return not hidden and file.is_file() and file.resolve().is_relative_to(folder.resolve())


def shown(path: Path | str) -> str:
    """Return a path fit for a terminal, whatever bytes its name has."""
    text = os.fsencode(path).decode(errors="backslashreplace")
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


class PhotoFolder:
    """The photos of a folder by name alone, whatever the case and the form of diacritics."""

    def __init__(self, folder: Path | None) -> None:
        """Raise NothingToImport if the folder is not there; no folder has no photos."""
        self._exact: dict[str, Path] = {}
        self._folded: dict[str, Path] = {}
        if folder is None:
            return
        if not folder.is_dir():
            raise NothingToImport(_("There is no folder %(path)s.") % {"path": shown(folder)})
        for path in sorted(folder.iterdir()):
            if _is_plain_file(path, folder) and os.access(path, os.R_OK):
                self._exact.setdefault(_composed(path.name), path)
                self._folded.setdefault(_composed(path.name).casefold(), path)

    def find(self, names: Iterable[str]) -> dict[str, Path]:
        """Return those of the named photos that are there; a name with a folder never is."""
        found = {
            name: self._exact.get(name) or self._folded.get(_composed(name.casefold()))
            for name in names
        }
        return {name: path for name, path in found.items() if path is not None}


@dataclass(frozen=True)
class Options:
    """What holds for every file of a run; `zone` for the times that name none."""

    photos: PhotoFolder
    zone: tzinfo
    category: Category | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class FileReport:
    """What became of one file: imported, or skipped whole because of the fault."""

    source: Source
    result: ImportResult = field(default_factory=ImportResult)
    visits_total: int | None = None
    fault: CaptureError | None = None


def import_files(
    sources: Iterable[Source], *, by: AbstractBaseUser | None, options: Options
) -> Iterator[FileReport]:
    """Import file after file and yield what became of each; a broken one stops none after it."""
    seen: set[str] = set()
    for source in sources:
        try:
            if source.key in seen:
                raise CaptureError(_("Another file of this import has the same name."))
            seen.add(source.key)
            yield import_file(source, by=by, options=options)
        except CaptureError as fault:
            yield FileReport(source, fault=fault)


def import_file(source: Source, *, by: AbstractBaseUser | None, options: Options) -> FileReport:
    """Import one capture in one transaction.

    Raises CaptureError if it cannot be read, understood or stored; nothing of it stays then.
    """
    _check_key(source.key)
    try:
        capture = parse_capture(_read(source.path), options.zone)
        result = import_article(
            _article(source.key, capture),
            by=by,
            category=options.category,
            files=options.photos.find(photo.name for photo in capture.photos),
            dry_run=options.dry_run,
        )
    except ValidationError as error:
        raise CaptureError(" ".join(error.messages)) from error
    except OSError as error:
        raise CaptureError(error.strerror or str(error)) from error
    for name in [name for name in result.missing if "/" in name or "\\" in name]:
        result.missing.remove(name)
        result.refused[name] = _("This is not the plain name of a file.")
    return FileReport(source, result, capture.visits_total)


def _check_key(key: str) -> None:
    """Refuse a file name that cannot be stored."""
    limit = Article._meta.get_field("import_key").max_length or 0
    if len(key) > limit:
        fault = _("The name is longer than %(limit)d characters.") % {"limit": limit}
        raise CaptureError(fault)
    # Bytes that are no UTF-8 become lone surrogates in Python's names.
    if has_forbidden_characters(key) or any("\ud800" <= sign <= "\udfff" for sign in key):
        raise CaptureError(_("The name of the file has hidden or broken characters."))


def _read(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise CaptureError(_("This file is larger than 1 MB."))
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CaptureError(_("This file is not UTF-8 text."), line) from error


def _article(key: str, capture: Capture) -> ArticleToImport:
    """Return what the capture becomes; a first paragraph too long for a lead opens the body."""
    longest = Article._meta.get_field("lead").max_length or 0
    lead, texts = capture.lead, capture.paragraphs
    if len(lead) > longest:
        lead, texts = "", [lead, *texts]
    return ArticleToImport(
        key=key,
        digest=capture.digest,
        title=capture.title,
        lead=lead,
        body=paragraphs(texts),
        publish_at=capture.posted_at,
        photos=[NamedPhoto(photo.name, photo.caption) for photo in capture.photos],
    )
