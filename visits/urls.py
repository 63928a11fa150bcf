"""Addresses of the counter's pages."""

from django.urls import path

from visits import views

app_name = "visits"
urlpatterns = [path("thong-ke-truy-cap/", views.statistics, name="statistics")]
