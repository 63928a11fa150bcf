"""What the portal says beside its pages, in production settings."""

import base64
import gzip
import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PUBLIC_PAGES = {
    "home",
    "english",
    "article",
    "list",
    "category",
    "archive",
    "month",
    "search",
    "contact",
    "statistics",
    "feed",
    "sitemap",
    "robots",
    "photo",
}
Answers = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Every kind of answer of the portal in production settings, by name."""
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "doanhuyen.settings",
        "PORTAL_MODE": "production",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "portal.example",
        "VAR_DIR": str(tmp_path_factory.mktemp("var")),
        "PYTHONWARNINGS": "error",
    }
    ran = subprocess.run(
        [sys.executable, "-m", "tests.site.production_run"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)  # type: ignore[no-any-return]


def page_answers(answers: Answers) -> Answers:
    """All but the static files."""
    return {name: answer for name, answer in answers.items() if "/static/" not in name}


def directives(answer: dict[str, Any]) -> dict[str, list[str]]:
    policy = answer["headers"]["Content-Security-Policy"]
    return {name: sources for name, *sources in (part.split() for part in policy.split("; "))}


def test_each_answer_is_the_one_meant(answers: Answers) -> None:
    statuses = {name: answer["status"] for name, answer in page_answers(answers).items()}
    others = {name: status for name, status in statuses.items() if status != 200}
    assert others == {
        "moved article": 301,
        "without slash": 301,
        "not found": 404,
        "strange host": 400,
        "plain http": 301,
        "too large": 413,
        "no token": 403,
        "signing in": 302,
        "signing out": 302,
    }
    assert set(statuses) >= PUBLIC_PAGES
    assert answers["plain http"]["headers"]["Location"] == "https://portal.example/"


def test_fixed_headers_stand_on_every_answer(answers: Answers) -> None:
    fixed = {
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Permissions-Policy": (
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
            "magnetometer=(), microphone=(), payment=(), usb=()"
        ),
    }
    for name, answer in answers.items():
        assert {key: answer["headers"].get(key) for key in fixed} == fixed, name
        # A number leads to a line in the log, which the counter's answers have not.
        number = answer["headers"].get("X-Request-ID", "")
        assert re.fullmatch(r"[2-9A-HJ-NP-Z]{8}", number) or name == "counted", name


def test_browser_keeps_to_tls_for_a_year_with_subdomains(answers: Answers) -> None:
    fixed = {
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    # Probes come without TLS; a redirect to TLS is where the promise begins.
    exempt = {"probe", "ready", "plain http"}
    for name in set(answers) - exempt:
        headers = answers[name]["headers"]
        assert {key: headers.get(key) for key in fixed} == fixed, name
    assert {name for name in exempt if "Strict-Transport-Security" in answers[name]["headers"]} == (
        set()
    )


def test_policy_stands_on_every_answer_and_allows_nothing_unsafe(answers: Answers) -> None:
    for name, answer in answers.items():
        assert directives(answer)["default-src"] == ["'none'"], name
        assert "unsafe" not in answer["headers"]["Content-Security-Policy"], name
        if name != "photo":
            assert directives(answer)["frame-ancestors"] == ["'none'"], name
            assert directives(answer)["base-uri"] == ["'none'"], name


def test_anonymous_reader_gets_no_cookie_and_no_page_varies_by_one(answers: Answers) -> None:
    with_cookies = {name for name in PUBLIC_PAGES if answers[name]["cookies"]}
    varying = {name: answers[name]["headers"].get("Vary", "") for name in PUBLIC_PAGES}
    assert with_cookies == set()
    assert {
        name: vary for name, vary in varying.items() if vary not in ("", "Accept-Encoding")
    } == {}
    assert [name for name in PUBLIC_PAGES if "no-store" in str(answers[name]["headers"])] == []


def test_cookies_are_for_this_host_over_tls_only(answers: Answers) -> None:
    cookies = {**answers["sign-in"]["cookies"], **answers["signing in"]["cookies"]}
    assert set(cookies) == {"__Host-csrftoken", "__Host-sessionid"}
    for name, cookie in cookies.items():
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", ""), name
        assert cookie["samesite"] == "Lax", name
    assert cookies["__Host-sessionid"]["httponly"] is True


def test_nothing_is_kept_for_a_signed_in_person(answers: Answers) -> None:
    for name in ("signing in", "back office", "home signed in", "signing out", "not found"):
        assert "no-store" in answers[name]["headers"]["Cache-Control"], name
    assert answers["signing out"]["headers"]["Clear-Site-Data"] == '"cache", "cookies", "storage"'


def test_own_scripts_and_style_sheets_carry_the_hash_of_what_is_served(answers: Answers) -> None:
    checked = set()
    for name in PUBLIC_PAGES - {"photo"}:
        for tag in re.findall(r"<(?:script|link)\b[^>]*>", answers[name]["body"]):
            match = re.search(r'(?:src|href)="(/static/[^"]+\.(?:js|css))"', tag)
            if match is None:
                assert "<script" not in tag or "application/ld+json" in tag, tag
                continue
            address = match.group(1)
            body = answers[address]["body"].encode("latin-1")
            digest = base64.b64encode(hashlib.sha384(body).digest()).decode()
            assert f'integrity="sha384-{digest}"' in tag
            packed = answers[f"gzip {address}"]
            if packed["headers"].get("Content-Encoding") == "gzip":
                assert gzip.decompress(packed["body"].encode("latin-1")) == body
            checked.add(re.sub(r"\.[0-9a-f]{12}\.", ".", address))
    assert checked == {
        "/static/css/portal.css",
        "/static/js/chart.js",
        "/static/js/copy-link.js",
        "/static/js/visit.js",
        "/static/vendor/chart.js/chart.umd.min.js",
    }


def test_static_files_are_kept_for_ever_and_by_this_origin_only(answers: Answers) -> None:
    files = {name: answer["headers"] for name, answer in answers.items() if "/static/" in name}
    assert len(files) >= 4
    for name, headers in files.items():
        assert re.search(r"\.[0-9a-f]{12}\.", name)
        assert headers["Cache-Control"] == "max-age=315360000, public, immutable"
        assert "Access-Control-Allow-Origin" not in headers


def observatory_score(answers: Answers) -> dict[str, int]:
    """What the MDN HTTP Observatory gives beyond 100, for what an application controls."""
    page, sign_in = answers["article"], answers["sign-in"]
    policy, headers = directives(page), page["headers"]
    scripts = [tag for tag in re.findall(r"<script\b[^>]*>", page["body"]) if " src=" in tag]
    cookies = {**sign_in["cookies"], **answers["signing in"]["cookies"]}
    return {
        "csp": 10 * (policy["default-src"] == ["'none'"] and "unsafe" not in str(policy)),
        "cookies": 5 * all(cookie["secure"] and cookie["samesite"] for cookie in cookies.values()),
        "referrer": 5 * (headers["Referrer-Policy"] == "strict-origin-when-cross-origin"),
        "framing": 5 * (policy["frame-ancestors"] == ["'none'"]),
        "corp": 10 * (headers["Cross-Origin-Resource-Policy"] == "same-origin"),
        "coep": 10 * (headers["Cross-Origin-Embedder-Policy"] == "require-corp"),
        "coop": 10 * (headers["Cross-Origin-Opener-Policy"] == "same-origin"),
        "sri": 5 * (bool(scripts) and all("integrity=" in tag for tag in scripts)),
    }


def test_score_is_160(answers: Answers) -> None:
    score = observatory_score(answers)
    assert [name for name, points in score.items() if not points] == []
    assert 100 + sum(score.values()) == 160
    # The 100 to begin with are lost without these.
    assert answers["plain http"]["headers"]["Location"].startswith("https://")
    assert answers["home"]["headers"]["X-Content-Type-Options"] == "nosniff"
    assert "31536000" in answers["home"]["headers"]["Strict-Transport-Security"]
