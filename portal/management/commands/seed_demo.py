"""`manage.py seed_demo`"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.demo_data import ACCOUNTS, PASSWORD, NotEmpty, seed_demo


class Command(BaseCommand):
    help = "Fill an empty database with a fictional district. A second run changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(_("Demonstration data has no place in a production database."))
        try:
            added = seed_demo(today=timezone.localdate())
        except NotEmpty as error:
            raise CommandError(
                _("This database holds other data (%(what)s); the demo needs an empty one.")
                % {"what": error}
            ) from error
        self.stdout.write(_("Demo data is ready.") if added else _("Demo data was there already."))
        for username, _name, role, commune in ACCOUNTS:
            place = f" ({commune})" if commune else ""
            self.stdout.write(f"  {username:9}{role.label}{place}")
        self.stdout.write(_("The password of each: %(password)s") % {"password": PASSWORD})
