"""`manage.py visits_opening --total 237363 --as-of 2020-11-10 --note "…"`"""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from core.dates import office_zone
from visits.actions import AlreadyOpened, OldTotal, open_balance
from visits.daily_figures import FiguresError, read_daily_figures


class Command(BaseCommand):
    help = "Take over the visits that the old portal counted; once, unless --replace."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--total", type=int, required=True, help="What the old portal showed.")
        parser.add_argument(
            "--as-of", type=date.fromisoformat, required=True, metavar="DATE", help="2020-11-10"
        )
        parser.add_argument("--note", required=True, help="Where the number was read.")
        parser.add_argument(
            "--days", type=Path, metavar="CSV", help="Its daily figures, if there are any."
        )
        parser.add_argument(
            "--replace", action="store_true", help="Add a correction to what was taken over."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["total"] < 0:
            raise CommandError(_("The total cannot be below zero."))
        try:
            days = read_daily_figures(options["days"]) if options["days"] else {}
            old = OldTotal(options["total"], options["as_of"], options["note"], days)
            with timezone.override(office_zone()):
                entry = open_balance(old, replace=options["replace"], by=None)
        except FiguresError as error:
            raise CommandError(f"{options['days']}: {error}") from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except AlreadyOpened as error:
            text = _(
                "The old portal's total of %(total)s was taken over already; "
                "--replace adds a correction."
            )
            raise CommandError(text % {"total": number_format(error.total)}) from error
        if entry is None:
            self.stdout.write(_("The total is the same; nothing was added to the ledger."))
            return
        told = {"amount": number_format(entry.amount), "days": len(days)}
        self.stdout.write(_("Added to the ledger: %(amount)s; days taken over: %(days)d.") % told)
