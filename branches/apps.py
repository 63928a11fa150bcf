from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BranchesConfig(AppConfig):
    name = "branches"
    admin_place = 20
    figures = ["branches.queries.figures"]
    tasks = ["branches.queries.branch_tasks"]
    verbose_name = _("Organisation")

    def ready(self) -> None:
        import_module("branches.checks")
