"""The portal's addresses: unaccented Vietnamese words; `/en/…` shows the same pages in English."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps.views import index, sitemap
from django.urls import include, path, re_path

from branches.views import emblem
from news.sitemaps import ArticleSitemap
from news.views import photo
from portal.sitemaps import BranchSitemap, CommuneSitemap, PageSitemap
from portal.views import csp_report, robots
from visits.views import beacon

SITEMAPS = {"trang": PageSitemap, "tin": ArticleSitemap}
# There may be more branches than one file may name.
SITEMAPS_OF_BRANCHES = {"cac-xa": CommuneSitemap, "cac-chi-doan": BranchSitemap}

urlpatterns = [
    path("robots.txt", robots, name="robots"),
    path(
        "sitemap.xml",
        login_not_required(sitemap),
        {"sitemaps": SITEMAPS},
        name="sitemap",
    ),
    path(
        "sitemap-chi-doan.xml",
        login_not_required(index),
        {"sitemaps": SITEMAPS_OF_BRANCHES, "sitemap_url_name": "sitemap_section"},
        name="sitemap_of_branches",
    ),
    path(
        "sitemap-<section>.xml",
        login_not_required(sitemap),
        {"sitemaps": SITEMAPS_OF_BRANCHES},
        name="sitemap_section",
    ),
    path("csp-bao-cao/", csp_report, name="csp_report"),
    path("luot-truy-cap/", beacon, name="beacon"),
    re_path(r"^anh/(?P<name>tin/.+)$", photo, name="photo"),
    re_path(r"^anh/(?P<name>don-vi/.+)$", emblem, name="emblem"),
    *i18n_patterns(
        path("", include("portal.urls")),
        path("", include("news.urls")),
        path("", include("visits.urls")),
        path("", include("accounts.urls")),
        path("", include("workspace.urls")),
        path("lam-viec/", include("branches.urls")),
        path("quan-tri/", admin.site.urls),
        prefix_default_language=False,
    ),
]

handler400 = "core.errors.bad_request"
handler403 = "core.errors.permission_denied"
handler404 = "core.errors.page_not_found"
# allauth asks for it where too much was sent.
handler429 = "core.errors.too_many_requests"
handler500 = "core.errors.server_error"
