"""The authorisation matrix: every address × every person × reading and writing."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from accounts.actions import invite_user
from accounts.models import Event, User
from accounts.roles import Role
from branches.models import Commune, MistakeReport, Office, Threshold
from news.models import Article
from tests.conftest import read, signed_in
from tests.factories import (
    make_article,
    make_branch,
    make_category,
    make_photo,
    make_published,
)
from tests.site.access_table import (
    BACK_OFFICE,
    NOBODY,
    OWN_COMMUNE,
    PUBLIC,
    RULES,
    SIGNED_IN,
    WORKSPACE,
    rule,
)
from tests.site.test_rules import patterns
from visits.models import VisitAdjustment, VisitBotDay, VisitDay

ANONYMOUS = "anonymous"
DIRECTORY = {"portal:directory", "portal:commune", "portal:branch", "portal:report_mistake"}
METHODS = ("get", "post")
LEAST_CELLS = 500


@pytest.fixture
def people(
    office: Office, officer_a: User, officer_b: User, reader_an: User, admin_lan: User
) -> dict[str, User | None]:
    """One of each role, two officers of different communes, one without a role, and nobody."""
    others: dict[str, User | None] = {
        role: User.objects.create_user(role, full_name=f"Người {role}", role=role)
        for role in set(Role) - {Role.COMMUNE_OFFICER}
    }
    return {
        ANONYMOUS: None,
        "officer_a": officer_a,
        "officer_b": officer_b,
        "no role": reader_an,
        "superuser": admin_lan,
        **others,
    }


@pytest.fixture
def objects(office: Office, commune_a: Commune, admin_lan: User) -> dict[str, Any]:
    """A record of each kind, for addresses that name one; none of them the person's own."""
    article = make_article(title="Bản nháp")
    branch = make_branch(commune_a, area_kind="thon", name="Đoài")
    return {
        "branch": branch,
        "report": MistakeReport.objects.create(branch=branch, text="Sai tên thôn."),
        "accounts_event": Event.objects.create(kind=Event.Kind.REFUSED, subject="ai-do"),
        "accounts_user": User.objects.create_user("ai-do"),
        "branches_office": office,
        "branches_branch": branch,
        "branches_commune": commune_a,
        "branches_mistakereport": MistakeReport.objects.create(branch=branch, text="Sai tên."),
        "branches_threshold": Threshold.objects.create(
            subject="count_months", value=3, document="Thử", valid_from="2024-05-15"
        ),
        "news_article": article,
        "news_category": make_category(name="Chưa có bài"),
        "visits_visitadjustment": VisitAdjustment.objects.create(
            effective_on="2024-05-15", amount=1, reason="Thử", by=admin_lan
        ),
        "visits_visitbotday": VisitBotDay.objects.create(day="2024-05-15", kind="crawler"),
        "visits_visitday": VisitDay.objects.create(day="2024-05-15", visits=1),
    }


def addresses(objects: dict[str, Any]) -> dict[str, str]:
    """One address for each name."""
    published = make_published(title="Tin đã đăng")
    photo = make_photo(published)
    branch = make_branch(objects["branches_commune"], area_kind="thon", name="Công Khai")
    known: dict[str, str] = {
        "branches:edit": reverse("branches:edit", args=[objects["branch"].public_id]),
        "branches:settle": reverse("branches:settle", args=[objects["report"].public_id]),
        "photo": photo.file.url,
        "emblem": "/anh/don-vi/khong-co.png",
        "sitemap_section": "/sitemap-cac-chi-doan.xml",
        "portal:commune": branch.commune.get_absolute_url(),
        "portal:branch": branch.get_absolute_url(),
        "portal:report_mistake": f"{branch.get_absolute_url()}bao-sai/",
        "news:article": published.get_absolute_url(),
        "news:category": published.category.get_absolute_url(),
        "news:category_feed": f"{published.category.get_absolute_url()}rss.xml",
        "news:month": "/luu-tru/2024/10/",
        "admin:app_list": reverse("admin:app_list", args=["news"]),
        "admin:view_on_site": reverse("admin:view_on_site", args=[1, 1]),
        "admin:None": "/quan-tri/khong-co",
        "account_reset_password_from_key": "/tai-khoan/mat-khau/dat-lai/1-khong-co/",
        "mfa_remove_webauthn": "/tai-khoan/xac-thuc/khoa/1/go/",
        "mfa_edit_webauthn": "/tai-khoan/xac-thuc/khoa/1/doi-ten/",
        "accounts:email_confirm": "/tai-khoan/thu-dien-tu/khong-co/",
        "accounts:invitation": reverse(
            "accounts:invitation", args=[invite_user(objects["accounts_user"], by=None)]
        ),
        "admin:accounts_user_invite": reverse(
            "admin:accounts_user_invite", args=[objects["accounts_user"].pk]
        ),
        "admin:accounts_user_end_sessions": reverse(
            "admin:accounts_user_end_sessions", args=[objects["accounts_user"].pk]
        ),
        "admin:auth_user_password_change": reverse(
            "admin:auth_user_password_change", args=[objects["accounts_user"].pk]
        ),
    }
    for name in set(RULES) - set(known):
        model = name.removeprefix("admin:").rpartition("_")[0]
        view = name.rpartition("_")[2]
        if name.endswith("_simple_history"):
            model = model.removesuffix("_simple")
            found = objects[model]
            arguments = [found.pk, found.history.first().pk]
        else:
            takes_one = model in objects and view in ("change", "delete", "history")
            arguments = [objects[model].pk] if takes_one else []
        known[name] = reverse(name, args=arguments)
    return known


def may_open(user: User | None, needed: str) -> bool:
    """What the rule says for this person."""
    if needed == PUBLIC:
        return True
    if user is None or needed == NOBODY:
        return False
    if needed == SIGNED_IN:
        return True
    if needed.startswith(WORKSPACE):
        return user.has_perm(needed.removeprefix(WORKSPACE))
    if needed.startswith(OWN_COMMUNE):
        # Whose records those of `objects` are.
        is_own = user.commune is None or user.commune.name == "Hồng Lạc"
        return is_own and user.has_perm(needed.removeprefix(OWN_COMMUNE))
    return user.is_staff and (needed == BACK_OFFICE or user.has_perm(needed))


def is_refused(response: Any) -> bool:
    """Not there, not allowed, or first to sign in."""
    to_sign_in = (reverse("account_login"), reverse("admin:login"))
    leads_there = response.status_code == 302 and response["Location"].startswith(to_sign_in)
    return leads_there or response.status_code in (403, 404)


def ask(user: User | None, method: str, address: str) -> Any:
    """Send an empty request as this person."""
    client = signed_in(User.objects.get(pk=user.pk)) if user else Client()
    response = getattr(client, method)(address)
    read(response)
    return response


def test_every_address_has_a_rule() -> None:
    names = {name for name, _pattern in patterns(get_resolver())}
    assert names == set(RULES)


def test_public_addresses_are_those_the_table_says() -> None:
    def is_public(pattern: URLPattern) -> bool:
        return not getattr(pattern.callback, "login_required", True)

    public = {name for name, pattern in patterns(get_resolver()) if is_public(pattern)}
    assert public == {name for name, rule in RULES.items() if rule == PUBLIC}


# Of a public address's refusals: a form without a token's worth, what does not exist.
ANSWERS_OF_NONE = {"emblem"}
# Allowed and still an error: they ask for parameters that an empty request has not.
NEEDS_PARAMETERS = {
    # These people have no password, no factor, and are not amid a sign-in.
    "account_reauthenticate",
    "accounts:email_confirm",
    "account_reset_password_from_key",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_generate_recovery_codes",
    "admin:login",
    "admin_login",
    "admin:autocomplete",
    "admin:view_on_site",
    "admin:news_article_history",
    "beacon",
    # Which branch is sent with its line.
    "branches:count",
}


@pytest.mark.django_db
def test_each_person_may_do_what_the_table_says(
    people: dict[str, User | None], objects: dict[str, Any]
) -> None:
    wrong = []
    cells = [*product(addresses(objects).items(), people.items(), METHODS)]
    for (name, address), (who, user), method in cells:
        if name in ANSWERS_OF_NONE or (name.endswith("logout") and method == "post"):
            continue
        allowed = may_open(user, rule(name, method))
        refused = is_refused(ask(user, method, address))
        if allowed == refused and not (allowed and name in NEEDS_PARAMETERS):
            wrong.append((name, who, method, "allowed" if not refused else "refused"))
    assert wrong == [], "\n".join(map(str, sorted(wrong)))
    assert len(cells) >= LEAST_CELLS


@pytest.mark.django_db
def test_an_empty_post_changes_no_record(
    people: dict[str, User | None], objects: dict[str, Any]
) -> None:
    pages = addresses(objects)
    # The log grows: signing in and being refused are events.
    objects = {name: found for name, found in objects.items() if name != "accounts_event"}
    before = {name: type(found).objects.count() for name, found in objects.items()}
    for address, user in product(pages.values(), people.values()):
        if address not in (reverse("admin:logout"), reverse("account_logout")):
            ask(user, "post", address)
    assert {name: type(found).objects.count() for name, found in objects.items()} == before
    assert Article.objects.filter(pk=objects["news_article"].pk, status="draft").exists()


@pytest.mark.django_db
def test_an_officer_sees_nothing_of_another_commune(
    officer_a: User, officer_b: User, objects: dict[str, Any]
) -> None:
    traces = ["Nguyễn Thu Cúc", str(officer_b.public_id)]
    pages = addresses(objects)
    # Communes and branches are known to everybody, there alone.
    directory = {name: pages[name] for name in pages if name in DIRECTORY}
    others = {name: pages[name] for name in pages if name not in DIRECTORY}
    crawl(lambda: signed_in(officer_a), directory, traces)
    crawl(lambda: signed_in(officer_a), others, [*traces, "Đồng Tiến"])
    traces += ["Hoàng Văn Bắc", "Bản nháp"]
    crawl(Client, directory, traces)
    crawl(Client, others, [*traces, "Đồng Tiến", "Hồng Lạc"])


def crawl(browser: Callable[[], Client], pages: dict[str, str], traces: list[str]) -> None:
    """Open every page; none may hold one of the traces."""
    for name, address in pages.items():
        response = browser().get(address)
        text = read(response).decode("utf-8", "replace")
        assert [trace for trace in traces if trace in text] == [], name


@pytest.mark.django_db
def test_moving_a_person_changes_what_he_sees_at_once(
    officer_a: User, commune_a: Commune, commune_b: Commune
) -> None:
    browser = signed_in(officer_a)
    home = reverse("workspace:home")
    assert "xã Hồng Lạc" in browser.get(home).content.decode()
    officer_a.commune = commune_b
    officer_a.save()
    moved = browser.get(home).content.decode()
    assert ("xã Đồng Tiến" in moved, "xã Hồng Lạc" in moved) == (True, False)
    assert [*Commune.objects.visible_to(officer_a)] == [commune_b]
