from django.urls import path

from workspace import views

app_name = "workspace"
urlpatterns = [
    path("lam-viec/", views.home, name="home"),
]
