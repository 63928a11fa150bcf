"""Addresses of the references."""

from django.urls import path

from bench.reference import views

urlpatterns = [
    path("bare/<slug:name>/", views.bare, name="bare"),
    path("upsert/", views.upsert, name="upsert"),
    path("unique/", views.unique_upsert, name="unique"),
    path("", views.home, name="home"),
    path("news/<slug:slug>/", views.article, name="article"),
    path("category/<slug:slug>/", views.home, name="category"),
]
