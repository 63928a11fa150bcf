"""Import the pages of the old portal that were captured as text, with their photos."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from branches.models import Office
from news.models import Category
from portal.importing import (
    FileReport,
    NothingToImport,
    Options,
    PhotoFolder,
    find_sources,
    import_files,
    shown,
)
from visits.actions import AlreadyOpened, OldTotal, open_balance


class Command(BaseCommand):
    help = "Import pages of the old portal, captured as text files; a second run changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths",
            nargs="+",
            type=Path,
            metavar="PATH",
            help="A captured page, or a folder whose .txt files are all imported.",
        )
        parser.add_argument("--photos", type=Path, metavar="DIR", help="Where the photos are.")
        parser.add_argument(
            "--category", metavar="SLUG", help="For new articles; by default the first."
        )
        parser.add_argument(
            "--counter",
            action="store_true",
            help="Take over the total of visits that the pages show, too; once.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Check all, keep nothing.")

    def handle(
        self,
        *args: Any,
        paths: list[Path],
        photos: Path | None,
        category: str | None,
        counter: bool,
        dry_run: bool,
        **options: Any,
    ) -> None:
        zone = Office.objects.load().zone
        try:
            sources = find_sources(paths)
            run = Options(PhotoFolder(photos), zone, _category(category), dry_run)
        except NothingToImport as error:
            raise CommandError(str(error)) from error
        if dry_run:
            self.stdout.write(_("Dry run: this is what would be done; nothing is kept."))
        counts: Counter[str] = Counter()
        totals: dict[int, str] = {}
        for report in import_files(sources, by=None, options=run):
            self.tell(report)
            counts.update(_counts(report))
            if report.visits_total is not None:
                totals[report.visits_total] = report.source.key
        self.stdout.write(_summary(counts))
        if counter:
            with timezone.override(zone):
                self.take_counter(totals, dry_run)
        if failed := counts["failed"]:
            said = ngettext("%(n)d file was skipped.", "%(n)d files were skipped.", failed)
            raise CommandError(said % {"n": failed})

    def take_counter(self, totals: dict[int, str], dry_run: bool) -> None:
        """Take over the largest total, which is the latest; say so if there was one before."""
        if not totals:
            raise CommandError(_("None of these pages shows a total of visits."))
        total = max(totals)
        note = _("read from %(name)s of the old portal") % {"name": shown(totals[total])}
        try:
            with transaction.atomic():
                open_balance(OldTotal(total, timezone.localdate(), note), by=None)
                transaction.set_rollback(dry_run)
        except AlreadyOpened as error:
            told = {"total": number_format(error.total)}
            text = _("Visits were taken over before (%(total)s); the counter is unchanged.")
            self.stdout.write(text % told)
            return
        told = {"total": number_format(total)}
        self.stdout.write(_("Visits of the old portal taken over: %(total)s.") % told)

    def tell(self, report: FileReport) -> None:
        """Write a line on the file, and one below it for each photo it still lacks."""
        name = shown(report.source.key)
        if report.fault is not None:
            told = {"name": name, "line": report.fault.line, "reason": report.fault.message}
            self.stdout.write(_("FAILED %(name)s:%(line)d %(reason)s") % told)
            return
        self.stdout.write(f"{_outcome(report)} {name}")
        for photo in report.result.missing:
            self.stdout.write("  " + _("missing photo: %(name)s") % {"name": photo})
        for photo, reason in report.result.refused.items():
            told = {"name": photo, "reason": reason}
            self.stdout.write("  " + _("refused photo: %(name)s: %(reason)s") % told)


def _category(slug: str | None) -> Category | None:
    if slug is None:
        return None
    found = Category.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(_("There is no category with the address %(slug)s.") % {"slug": slug})
    return found


def _outcome(report: FileReport) -> str:
    if report.result.outcome == "unchanged" and report.result.attached:
        return _("photo added")
    outcomes = {"created": _("created"), "updated": _("updated"), "unchanged": _("unchanged")}
    return outcomes[report.result.outcome]


def _counts(report: FileReport) -> dict[str, int]:
    """Return what the file adds to the summary; one that only got photos counts as unchanged."""
    result = report.result
    return {
        "failed" if report.fault else result.outcome: 1,
        "attached": len(result.attached),
        "missing": len(result.missing),
        "refused": len(result.refused),
    }


def _summary(counts: Counter[str]) -> str:
    keys = ("created", "updated", "unchanged", "failed", "attached", "missing", "refused")
    told = {key: counts[key] for key in keys}
    text = _(
        "%(created)d created, %(updated)d updated, %(unchanged)d unchanged, %(failed)d failed; "
        "%(attached)d photos attached, %(missing)d missing"
    )
    return text % told + (_(", %(refused)d refused") % told if told["refused"] else "")
