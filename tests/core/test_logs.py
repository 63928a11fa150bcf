"""One line an event, which nothing that a sender writes can break or forge."""

import json
import logging
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from core.logs import JsonFormatter, request_id
from tests.conftest import signed_in

LogLines = Callable[[], list[dict[str, Any]]]
FORGED = '\n{"level": "INFO", "message": "admin signed in"}\r\n\x1b[2K\u2028\x85"}'


def record(message: str, **values: Any) -> logging.LogRecord:
    entry = logging.LogRecord("portal.test", logging.INFO, __file__, 1, message, None, None)
    entry.__dict__.update(values)
    return entry


@given(st.text(), st.dictionaries(st.text(min_size=1), st.text()))
def test_any_text_is_one_line_of_plain_signs(message: str, fields: dict[str, str]) -> None:
    line = JsonFormatter().format(record(message, fields={"data": fields}))
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["message"] == message
    assert json.loads(line)["data"] == fields


def test_line_has_time_level_place_and_trace() -> None:
    try:
        raise ValueError(FORGED)
    except ValueError:
        line = JsonFormatter().format(record("Lỗi", exc_info=sys.exc_info(), levelname="ERROR"))
    entry = json.loads(line)
    assert set(entry) == {"time", "level", "logger", "message", "exception"}
    assert (entry["level"], entry["logger"], entry["message"]) == ("ERROR", "portal.test", "Lỗi")
    assert entry["time"].endswith("+00:00")
    assert entry["exception"].startswith("Traceback")
    assert "\n" not in line


def test_number_of_the_request_is_on_every_line_of_it() -> None:
    token = request_id.set("ABCD2345")
    try:
        entry = json.loads(JsonFormatter().format(record("x", fields={"odd": object})))
    finally:
        request_id.reset(token)
    assert entry["request_id"] == "ABCD2345"
    assert entry["odd"] == "<class 'object'>"


@pytest.mark.django_db
def test_one_line_a_request_with_its_number_in_the_answer(log_lines: LogLines) -> None:
    answers = [Client().get(path) for path in ("/", "/khong-co/", "/healthz", "/quan-tri/")]
    lines = log_lines()
    assert [line["request_id"] for line in lines] == [answer["X-Request-ID"] for answer in answers]
    assert len({line["request_id"] for line in lines}) == 4
    assert [(line["path"], line["status"]) for line in lines] == [
        ("/", 200),
        ("/khong-co/", 404),
        ("/healthz", 200),
        ("/quan-tri/", 302),
    ]
    assert {frozenset(line) for line in lines} == {
        frozenset(
            ["time", "level", "logger", "message", "request_id", "method", "path", "status", "ms"]
        )
    }


@pytest.mark.django_db
def test_path_agent_and_name_forge_no_line(log_lines: LogLines) -> None:
    user = User.objects.create_user("xau", full_name="Xấu", is_staff=True)
    User.objects.filter(pk=user.pk).update(username=f"xau{FORGED}"[:150])
    browser = signed_in(user)
    # Servers hand headers over byte by byte.
    sent = FORGED.encode().decode("latin-1")
    browser.get("/x" + FORGED, headers={"user-agent": sent, "referer": sent})
    browser.get("/quan-tri/", headers={"user-agent": sent})
    strict = Client(enforce_csrf_checks=True)
    strict.post("/tai-khoan/dang-nhap/", {"login": FORGED}, headers={"referer": sent})
    Client().get("/", headers={"host": "evil.example\n{}"}, PATH_INFO="/" + sent)
    lines = log_lines()
    assert {line["message"] for line in lines if line["logger"] == "portal.request"} == {"request"}
    assert "admin signed in" not in {line["message"] for line in lines}
    assert len([line for line in lines if line["logger"] == "portal.request"]) == 4


@pytest.mark.django_db
def test_neither_query_nor_secret_gets_into_the_log(
    log_lines: LogLines, capfd: pytest.CaptureFixture[str]
) -> None:
    User.objects.create_superuser("lan", password="mat khau cua Lan")
    browser = Client(raise_request_exception=False)
    browser.get("/tim-kiem/?tu_khoa=benh-an-cua-toi")
    browser.get("/khong-co/?token=benh-an-cua-toi")
    browser.post("/tai-khoan/dang-nhap/", {"login": "lan", "password": "sai mat khau"})
    browser.post("/tai-khoan/dang-nhap/", {"login": "lan", "password": "mat khau cua Lan"})
    session = browser.cookies["sessionid"].value
    browser.get("/quan-tri/")
    lines = log_lines()
    everything = json.dumps(lines) + capfd.readouterr().err
    secrets = ["benh-an-cua-toi", "sai mat khau", "mat khau cua Lan", session]
    assert [secret for secret in secrets if secret in everything] == []
    assert len([line for line in lines if line["logger"] == "portal.request"]) == 5


@pytest.mark.django_db
def test_address_that_is_moved_is_logged_once(log_lines: LogLines) -> None:
    Client().get("/lien-he")
    assert [(line["path"], line["status"]) for line in log_lines()] == [("/lien-he", 301)]
    assert request_id.get() == ""
