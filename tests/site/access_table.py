"""Who may open which address: one rule for each name. An address that is not here fails the suite.

A rule is PUBLIC, SIGNED_IN (any account), BACK_OFFICE (any role of the admin), or the permission
that the address asks for; NOBODY stands for addresses that Django offers and the portal refuses.
"""

from typing import Final

PUBLIC: Final = "public"
SIGNED_IN: Final = "signed in"
BACK_OFFICE: Final = "back office"
NOBODY: Final = "nobody"

# Records of the admin: model → whether they may be added, changed, deleted there at all.
RECORDS: dict[str, dict[str, bool]] = {
    "accounts_event": {"add": False, "change": False, "delete": False},
    "accounts_user": {"add": True, "change": True, "delete": False},
    # There is one office, and it is there already.
    "branches_office": {"add": False, "change": True, "delete": False},
    "branches_commune": {"add": True, "change": True, "delete": False},
    "news_article": {"add": True, "change": True, "delete": True},
    "news_category": {"add": True, "change": True, "delete": True},
    "visits_visitadjustment": {"add": True, "change": False, "delete": False},
    "visits_visitbotday": {"add": False, "change": False, "delete": False},
    "visits_visitday": {"add": False, "change": False, "delete": False},
}

RULES: dict[str, str] = {
    "robots": PUBLIC,
    "sitemap": PUBLIC,
    "csp_report": PUBLIC,
    "photo": PUBLIC,
    "emblem": PUBLIC,
    "beacon": PUBLIC,
    "portal:home": PUBLIC,
    "portal:contact": PUBLIC,
    "news:index": PUBLIC,
    "news:feed": PUBLIC,
    "news:article": PUBLIC,
    "news:category": PUBLIC,
    "news:category_feed": PUBLIC,
    "news:archive": PUBLIC,
    "news:month": PUBLIC,
    "news:search": PUBLIC,
    "visits:statistics": PUBLIC,
    "accounts:roles": SIGNED_IN,
    "accounts:invitation": PUBLIC,
    "workspace:home": SIGNED_IN,
    "admin:login": PUBLIC,
    "admin:logout": SIGNED_IN,
    "admin:index": BACK_OFFICE,
    "admin:app_list": BACK_OFFICE,
    "admin:jsi18n": BACK_OFFICE,
    "admin:password_change": BACK_OFFICE,
    "admin:password_change_done": BACK_OFFICE,
    "admin:autocomplete": BACK_OFFICE,
    "admin:view_on_site": BACK_OFFICE,
    # What nothing else answers: the admin says 404 to whom it knows.
    "admin:None": NOBODY,
    "admin:accounts_user_invite": "accounts.change_user",
    "admin:auth_user_password_change": "accounts.change_user",
}


def _permission(model: str, verb: str) -> str:
    app, _, name = model.partition("_")
    return f"{app}.{verb}_{name}"


for _model, _may in RECORDS.items():
    _views = {"changelist": "view", "history": "view", "change": "view"}
    for _view, _verb in _views.items():
        RULES[f"admin:{_model}_{_view}"] = _permission(_model, _verb)
    for _verb in ("add", "delete"):
        RULES[f"admin:{_model}_{_verb}"] = _permission(_model, _verb) if _may[_verb] else NOBODY
