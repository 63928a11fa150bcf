"""Signed-in pages about branches, for whoever keeps them."""

from django.urls import path

from branches import views

app_name = "branches"
urlpatterns = [
    path("chi-doan/", views.branch_list, name="list"),
    path("chi-doan/dem/", views.count, name="count"),
    path("chi-doan/xuat-excel/", views.export_list, name="export"),
    path("chi-doan/<uuid:public_id>/", views.edit, name="edit"),
    path("don-vi/", views.commune_contact, name="commune_contact"),
    path("bao-sai/", views.reports, name="reports"),
    path("bao-sai/<uuid:public_id>/", views.settle, name="settle"),
    path("so-lieu/", views.figures, name="figures"),
]
