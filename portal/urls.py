"""Addresses of the portal's own pages."""

from django.urls import path

from portal import directory, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("lien-he/", views.contact, name="contact"),
    path("chi-doan/", directory.directory, name="directory"),
    path("chi-doan/<slug:commune>/", directory.commune, name="commune"),
    path("chi-doan/<slug:commune>/<slug:branch>/", directory.branch, name="branch"),
    path(
        "chi-doan/<slug:commune>/<slug:branch>/bao-sai/",
        directory.report_mistake,
        name="report_mistake",
    ),
]
