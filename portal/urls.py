"""Addresses of the portal's own pages."""

from django.urls import path

from portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("lien-he/", views.contact, name="contact"),
]
