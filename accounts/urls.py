from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("tai-khoan/vai-tro/", views.roles, name="roles"),
    path("tai-khoan/loi-moi/<str:token>/", views.invitation, name="invitation"),
]
