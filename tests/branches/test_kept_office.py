"""The office as readers get it: at most a second old, without asking the database each time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.core.cache import caches
from django.db import IntegrityError, connection, transaction
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from branches.models import Office
from core.keeping import PAGE_SECONDS
from core.shared import SHARED_SECONDS, shared
from tests.conftest import signed_in

pytestmark = pytest.mark.django_db
OLD, NEW = "Huyện đoàn Thử Nghiệm", "Đoàn xã Tân Lập"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands still until it is moved."""
    with time_machine.travel(1_800_000_000, tick=False) as traveller:
        yield traveller


def rename_elsewhere(name: str = NEW) -> None:
    """Change the office as another process, or somebody in the database itself, would."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE branches_office SET full_name = %s", [name])


def office_for_readers() -> Office:
    """The office that a request without a session gets."""
    return shared(RequestFactory().get("/"), "office", Office.objects.load)


def shown(client: Client, path: str = "/lien-he/") -> set[str]:
    """Which of the two names the page shows."""
    page = client.get(path).content.decode()
    return {name for name in (OLD, NEW) if name in page}


def test_reader_sees_another_name_after_a_second_at_most(
    office: Office, clock: time_machine.Traveller
) -> None:
    assert shown(Client()) == {OLD}
    rename_elsewhere()
    clock.shift(SHARED_SECONDS - 0.01)
    assert shown(Client()) == {OLD}
    clock.shift(0.01)
    assert shown(Client()) == {NEW}
    # Together with the time for which a page is kept, readers see it within five seconds.
    assert SHARED_SECONDS + PAGE_SECONDS < 5


def test_second_is_counted_from_the_reading_and_not_from_the_last_reader(
    office: Office, clock: time_machine.Traveller
) -> None:
    names = []
    for _ in range(12):
        names.append(office_for_readers().full_name)
        rename_elsewhere()
        clock.shift(0.1)
    assert names == [OLD] * 10 + [NEW] * 2


def test_kept_office_asks_the_database_once_a_second(
    office: Office,
    clock: time_machine.Traveller,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(2):
        with django_assert_num_queries(1):
            offices = [office_for_readers() for _ in range(3)]
        assert offices == [office] * 3
        clock.shift(SHARED_SECONDS)


@pytest.mark.parametrize("value", ["of a session that is over", ""])
def test_whoever_has_a_session_cookie_sees_it_at_once(
    value: str, office: Office, reader_an: User, settings: Settings
) -> None:
    stranger = Client()
    stranger.cookies[settings.SESSION_COOKIE_NAME] = value
    for browser in (signed_in(reader_an), stranger):
        rename_elsewhere(OLD)
        caches["process"].clear()
        assert shown(Client()) == {OLD}
        rename_elsewhere()
        assert shown(browser) == {NEW}
        # Neither did the reader's page show it, nor what the reader is given change by that.
        assert shown(Client()) == {OLD}


def office_in_thread() -> str:
    """The name that another thread gets."""
    try:
        return office_for_readers().full_name
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_saving_is_seen_at_once_by_all_readers_of_the_process(office: Office) -> None:
    assert shown(Client()) == {OLD}
    office.full_name = NEW
    office.save()
    assert shown(Client()) == {NEW}
    office.full_name = OLD
    office.save(update_fields=["full_name"])
    # Each thread has a cache object of its own; what they share is the same.
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(office_in_thread).result(20) == OLD
    assert shown(Client()) == {OLD}


@pytest.mark.django_db(transaction=True)
def test_first_office_is_seen_at_once() -> None:
    assert office_for_readers().full_name == ""
    assert shown(Client()) == set()
    Office.objects.create(full_name=NEW)
    assert shown(Client()) == {NEW}


def test_nobody_changes_the_office_that_others_get(office: Office) -> None:
    for _ in range(2):
        mine = office_for_readers()
        assert mine.full_name == OLD
        mine.full_name = NEW
    assert shown(Client()) == {OLD}


def test_office_that_could_not_be_saved_is_not_shown(office: Office) -> None:
    assert shown(Client()) == {OLD}
    with pytest.raises(IntegrityError), transaction.atomic():
        Office(id=2, full_name=NEW).save()
    assert shown(Client()) == {OLD}


def test_office_is_kept_in_the_process_whatever_cache_is_shared(settings: Settings) -> None:
    assert "locmem" in settings.CACHES["process"]["BACKEND"]
    Office.objects.create(full_name=OLD)
    office_for_readers()
    Office.objects.update(full_name=NEW)
    caches["default"].clear()
    assert office_for_readers().full_name == OLD
    caches["process"].clear()
    assert office_for_readers().full_name == NEW
