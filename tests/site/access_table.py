"""Who may open which address: one rule for each name. An address that is not here fails the suite.

A rule is PUBLIC, SIGNED_IN (any account), BACK_OFFICE (any role of the admin), or the permission
that the address asks for; NOBODY stands for what Django offers and the portal refuses. Two rules
are one for reading and one for sending. A permission in the admin asks for a role of the back
office, too; behind WORKSPACE it does not, and behind OWN_COMMUNE it holds for the commune's own
officers and for the whole office.
"""

from typing import Final

PUBLIC: Final = "public"
SIGNED_IN: Final = "signed in"
BACK_OFFICE: Final = "back office"
NOBODY: Final = "nobody"
WORKSPACE: Final = "workspace: "
OWN_COMMUNE: Final = "own commune: "
COUNT: Final = "branches.count_branch"
SETTLE: Final = "branches.change_mistakereport"

# Records whose admin shows an earlier version beside the present one.
WITH_VERSIONS = {
    "accounts_user",
    "branches_office",
    "branches_branch",
    "branches_commune",
    "branches_mistakereport",
    "branches_threshold",
    "news_article",
    "news_category",
}

# Records of the admin: model → whether they may be added, changed, deleted there at all.
RECORDS: dict[str, dict[str, bool]] = {
    "accounts_event": {"add": False, "change": False, "delete": False},
    "accounts_user": {"add": True, "change": True, "delete": False},
    # There is one office, and it is there already.
    "branches_office": {"add": False, "change": True, "delete": False},
    "branches_branch": {"add": True, "change": True, "delete": False},
    "branches_commune": {"add": True, "change": True, "delete": False},
    "branches_mistakereport": {"add": False, "change": True, "delete": False},
    "branches_threshold": {"add": True, "change": True, "delete": False},
    "news_article": {"add": True, "change": True, "delete": True},
    "news_category": {"add": True, "change": True, "delete": True},
    "visits_visitadjustment": {"add": True, "change": False, "delete": False},
    "visits_visitbotday": {"add": False, "change": False, "delete": False},
    "visits_visitday": {"add": False, "change": False, "delete": False},
}

RULES: dict[str, str | tuple[str, str]] = {
    "robots": PUBLIC,
    "sitemap": PUBLIC,
    "sitemap_of_branches": PUBLIC,
    "sitemap_section": PUBLIC,
    "csp_report": PUBLIC,
    "photo": PUBLIC,
    "emblem": PUBLIC,
    "beacon": PUBLIC,
    "portal:home": PUBLIC,
    "portal:contact": PUBLIC,
    "portal:directory": PUBLIC,
    "portal:commune": PUBLIC,
    "portal:branch": PUBLIC,
    "portal:report_mistake": PUBLIC,
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
    "accounts:email": SIGNED_IN,
    "accounts:email_confirm": SIGNED_IN,
    "accounts:invitation": PUBLIC,
    "workspace:home": SIGNED_IN,
    "branches:export": WORKSPACE + "branches.view_branch",
    "branches:list": WORKSPACE + COUNT,
    "branches:count": WORKSPACE + COUNT,
    "branches:edit": OWN_COMMUNE + COUNT,
    "branches:commune_contact": WORKSPACE + COUNT,
    "branches:reports": WORKSPACE + SETTLE,
    "branches:settle": OWN_COMMUNE + SETTLE,
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_inactive": PUBLIC,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_set_password": SIGNED_IN,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "usersessions_list": SIGNED_IN,
    # Only amid a sign-in; else it leads to the sign-in page.
    "mfa_authenticate": PUBLIC,
    "mfa_index": SIGNED_IN,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    # These lead to the pages above.
    "admin_login": PUBLIC,
    "admin_password": SIGNED_IN,
    "admin:login": PUBLIC,
    "admin:logout": SIGNED_IN,
    "admin:index": BACK_OFFICE,
    "admin:app_list": BACK_OFFICE,
    "admin:changes": "accounts.view_historicaluser",
    "admin:jsi18n": BACK_OFFICE,
    "admin:password_change": SIGNED_IN,
    "admin:password_change_done": BACK_OFFICE,
    "admin:autocomplete": BACK_OFFICE,
    "admin:view_on_site": BACK_OFFICE,
    # What nothing else answers: the admin says 404 to whom it knows.
    "admin:None": NOBODY,
    "admin:accounts_user_invite": "accounts.change_user",
    "admin:accounts_user_end_sessions": "accounts.change_user",
    "admin:auth_user_password_change": "accounts.change_user",
    "admin:branches_branch_export": "branches.view_branch",
    "admin:branches_commune_export": "branches.view_commune",
    "branches:figures": "branches.view_branch",
}


def _permission(model: str, verb: str) -> str:
    app, _, name = model.partition("_")
    return f"{app}.{verb}_{name}"


for _model, _may in RECORDS.items():
    _verbs = {
        verb: _permission(_model, verb) if _may[verb] else NOBODY
        for verb in ("add", "change", "delete")
    }
    _view = _permission(_model, "view")
    RULES[f"admin:{_model}_add"] = _verbs["add"]
    RULES[f"admin:{_model}_delete"] = _verbs["delete"]
    RULES[f"admin:{_model}_changelist"] = RULES[f"admin:{_model}_history"] = _view
    RULES[f"admin:{_model}_change"] = (_view, _verbs["change"])
    if _model in WITH_VERSIONS:
        RULES[f"admin:{_model}_simple_history"] = (_view, _verbs["change"])
# Sending puts a removed photo back.
RULES["admin:news_article_history"] = ("news.view_article", "news.change_article")
# An account is looked up as it was, not put back.
RULES["admin:accounts_user_simple_history"] = ("accounts.view_user", NOBODY)


def rule(name: str, method: str) -> str:
    """The rule of an address for `get` or `post`."""
    found = RULES[name]
    return found if isinstance(found, str) else found[method == "post"]
