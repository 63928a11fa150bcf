"""Make an administrator's account and print the link by which its owner sets the password."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions import VALID_FOR, invite_user
from accounts.models import User
from core.text import clean_line


class Command(BaseCommand):
    help = "Make an administrator's account and print a one-time link to set its password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", required=True)
        parser.add_argument("--full-name", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        user = User(
            username=clean_line(options["username"]),
            full_name=clean_line(options["full_name"]),
            is_staff=True,
            is_superuser=True,
        )
        user.set_unusable_password()
        try:
            user.full_clean()
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        with transaction.atomic():
            user.save()
            token = invite_user(user, by=None)
        words = _("Open this address of the portal within %(days)d days to set the password:")
        self.stdout.write(words % {"days": VALID_FOR.days})
        self.stdout.write(reverse("accounts:invitation", args=[token]))
