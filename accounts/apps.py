from importlib import import_module

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    admin_place = 30
    verbose_name = _("People with an account")

    def ready(self) -> None:
        import_module("accounts.receivers")
        from accounts import events  # noqa: PLC0415 — models must be there first.
        from accounts.roles import sync_roles  # noqa: PLC0415

        # Once, after all apps of ours: auth stands behind them in INSTALLED_APPS.
        post_migrate.connect(sync_roles, sender=apps.get_app_config("auth"), dispatch_uid="roles")
        events.connect(with_factors=apps.is_installed("allauth.mfa"))
