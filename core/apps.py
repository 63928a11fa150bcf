from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Core")


class PortalAdminConfig(admin_apps.AdminConfig):
    """Django's admin with the portal's own site in it."""

    # Not what `"core"` alone means.
    default = False
    default_site = "core.admin_site.PortalAdminSite"
