"""The WSGI application that the server runs: the portal behind its store of public pages."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doanhuyen.settings")

portal = get_wsgi_application()

from core.keeping import PageStore  # noqa: E402 — needs the settings, which are there now.

application = PageStore(portal)
