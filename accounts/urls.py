"""Sign-in and everything about one's own account: allauth's views at Vietnamese addresses.

The names are allauth's own, since its views lead to each other by them; there is no address for
signing up.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import include, path, re_path

from accounts import views

own = [
    path("vai-tro/", views.roles, name="roles"),
    path("thu-dien-tu/", views.email, name="email"),
    path("thu-dien-tu/<str:token>/", views.email_confirm, name="email_confirm"),
    path("loi-moi/<str:token>/", views.invitation, name="invitation"),
]
sign_in = [
    path("dang-nhap/", account.login, name="account_login"),
    path("dang-xuat/", account.logout, name="account_logout"),
    path("ngung-hoat-dong/", account.account_inactive, name="account_inactive"),
    path("xac-nhan/", account.reauthenticate, name="account_reauthenticate"),
    path("phien/", views.sessions, name="usersessions_list"),
]
password = [
    path("doi/", account.password_change, name="account_change_password"),
    path("dat/", account.password_set, name="account_set_password"),
    path("quen/", account.password_reset, name="account_reset_password"),
    path("quen/da-gui/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^dat-lai/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "dat-lai/xong/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
second_factor = [
    path("", mfa.index, name="mfa_index"),
    path("nhap-ma/", mfa.authenticate, name="mfa_authenticate"),
    path("xac-nhan/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("ung-dung/bat/", totp.activate_totp, name="mfa_activate_totp"),
    path("ung-dung/tat/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("ma-du-phong/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("ma-du-phong/tao/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("khoa/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("khoa/them/", webauthn.add_webauthn, name="mfa_add_webauthn"),
    path("khoa/xac-nhan/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("khoa/<int:pk>/go/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
    path("khoa/<int:pk>/doi-ten/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
]
urlpatterns = [
    path("tai-khoan/", include((own, "accounts"))),
    path("tai-khoan/", include(sign_in)),
    path("tai-khoan/mat-khau/", include(password)),
    path("tai-khoan/xac-thuc/", include(second_factor)),
    # The admin's own pages for the same know no second factor.
    path("quan-tri/login/", views.admin_login, name="admin_login"),
    path("quan-tri/password_change/", views.admin_password, name="admin_password"),
]
