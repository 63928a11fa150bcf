from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("tai-khoan/vai-tro/", views.roles, name="roles"),
]
