"""`manage.py office_preset district-2020 --place … --province …`"""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from branches.actions import apply_preset
from branches.models import Office
from branches.presets import PRESETS


class Command(BaseCommand):
    help = "Name the office after a preset: a district of 2020, a commune or a province of 2025."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("preset", choices=sorted(PRESETS))
        parser.add_argument("--place", required=True, help="Name of the district or commune.")
        parser.add_argument("--province", default="", help="Name of the province.")
        parser.add_argument(
            "--replace", action="store_true", help="Rename an office that has a name already."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        preset = PRESETS[options["preset"]]
        if "{province}" in preset.parent_body + preset.province and not options["province"]:
            raise CommandError(_("This preset needs --province."))
        present = Office.objects.load()
        if present.full_name and not options["replace"]:
            raise CommandError(
                _("The office is called %(name)s already; --replace renames it.")
                % {"name": present.full_name}
            )
        try:
            office = apply_preset(preset, place=options["place"], province=options["province"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(_("The office is called %(name)s now.") % {"name": office.full_name})
