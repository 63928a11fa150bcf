"""`manage.py clean_visits`"""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import ngettext

from visits.actions import clean_up


class Command(BaseCommand):
    help = "Remove browsers not seen for a day and salts of earlier days. No figure changes."

    def handle(self, *args: Any, **options: Any) -> None:
        removed = clean_up()
        text = ngettext("%(n)d row was removed.", "%(n)d rows were removed.", removed)
        self.stdout.write(text % {"n": removed})
