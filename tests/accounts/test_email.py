"""One's own e-mail address: changed by a link that the new one gets."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.actions import EmailLinkGoneError, change_email, email_token
from accounts.models import Event, User
from accounts.roles import Role
from tests.accounts.test_sign_in import PASSWORD, is_in, sign_in
from tests.conftest import mails_sent

ADDRESS = "/tai-khoan/thu-dien-tu/"
CONFIRM = "/tai-khoan/xac-nhan/"
OLD, NEW = "tam@xa.example", "tam.moi@xa.example"


@pytest.fixture
def tam(office: Any) -> User:
    """Tâm of the district's staff, who has a password and an address."""
    return User.objects.create_user("tam", OLD, PASSWORD, role=Role.DISTRICT_STAFF)


def browser() -> Client:
    """A browser in which Tâm has just signed in and confirmed it by the password."""
    client = Client()
    sign_in(client)
    client.post(CONFIRM, {"password": PASSWORD})
    return client


def ask(client: Client, address: str = NEW) -> Any:
    return client.post(ADDRESS, {"email": address})


def mailed_link() -> str:
    """The path in the newest message."""
    word = next(word for word in mails_sent()[-1].body.split() if ADDRESS in word)
    return word[word.index(ADDRESS) :]


@pytest.mark.django_db
def test_address_counts_once_its_link_is_followed(tam: User) -> None:
    client, elsewhere = browser(), browser()
    assert ask(client)["Location"] == ADDRESS
    assert [message.to for message in mails_sent()] == [[NEW]]
    link = mailed_link()
    assert NEW in client.get(link).content.decode()
    tam.refresh_from_db()
    assert (tam.email, is_in(elsewhere)) == (OLD, True)
    assert client.post(link)["Location"] == ADDRESS
    tam.refresh_from_db()
    assert (tam.email, is_in(client), is_in(elsewhere)) == (NEW, True, False)
    # Whoever owns the old address learns of it.
    assert [message.to for message in mails_sent()] == [[NEW], [OLD]]
    assert NEW in mails_sent()[-1].body
    events = Event.objects.filter(kind=Event.Kind.EMAIL_CHANGED)
    assert list(events.values_list("by", "subject")) == [(tam.pk, "tam")]
    assert [client.get(link).status_code, client.post(link).status_code] == [404, 404]


@pytest.mark.django_db
def test_messages_hold_no_english(tam: User) -> None:
    client = browser()
    ask(client)
    client.post(mailed_link())
    client.post(
        "/tai-khoan/mat-khau/doi/",
        {"oldpassword": PASSWORD, "password1": PASSWORD[::-1], "password2": PASSWORD[::-1]},
    )
    Client().post("/tai-khoan/mat-khau/quen/", {"email": NEW})
    assert [message.to for message in mails_sent()] == [[NEW], [OLD], [NEW], [NEW]]
    for message in mails_sent():
        words = {word.strip(".,:!").lower() for word in f"{message.subject} {message.body}".split()}
        assert not words & {"the", "you", "your", "from", "hello", "has", "been", "thank", "to"}


@pytest.mark.django_db
def test_password_is_asked_for_again(tam: User) -> None:
    client = Client()
    sign_in(client)
    response = ask(client)
    assert response["Location"].startswith(CONFIRM)
    assert mails_sent() == []
    # What was typed is not lost by it.
    client.post(response["Location"], {"password": PASSWORD}, follow=True)
    assert [message.to for message in mails_sent()] == [[NEW]]


@pytest.mark.django_db
def test_address_of_another_one_is_refused_and_stays_typed(
    office: Any, tam: User, reader_an: User
) -> None:
    User.objects.filter(pk=reader_an.pk).update(email="an@xa.example")
    client = browser()
    for typed in ("AN@xa.example", OLD.upper(), "không phải địa chỉ", ""):
        response = ask(client, typed)
        assert response.status_code == 200
        assert response.context["form"].errors["email"]
        assert response.context["form"]["email"].value() == typed
    assert mails_sent() == []


@pytest.mark.django_db
def test_links_that_do_not_work_change_nothing(tam: User, reader_an: User) -> None:
    client = browser()
    link = f"{ADDRESS}{email_token(tam, NEW)}/"
    foreign = f"{ADDRESS}{email_token(reader_an, NEW)}/"
    for gone in (foreign, f"{link[:-2]}/", f"{ADDRESS}x/"):
        assert [client.get(gone).status_code, client.post(gone).status_code] == [404, 404]
    with time_machine.travel(timezone.now() + timedelta(minutes=59)):
        assert client.get(link).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert client.post(link).status_code in {302, 404}
    assert Client().post(link)["Location"].startswith("/tai-khoan/dang-nhap/")
    tam.refresh_from_db()
    assert tam.email == OLD


@pytest.mark.django_db
def test_two_accounts_cannot_have_one_address(tam: User, reader_an: User) -> None:
    reader_an.email = OLD.upper()
    with pytest.raises(ValidationError) as refused:
        reader_an.full_clean()
    assert set(refused.value.message_dict) == {"email"}
    with pytest.raises(IntegrityError), transaction.atomic():
        reader_an.save()
    for user in User.objects.all():
        user.email = ""
        user.save()


@pytest.mark.django_db(transaction=True)
def test_of_two_accounts_that_follow_their_links_at_once_one_gets_the_address(
    office: Any, tam: User, reader_an: User
) -> None:
    def follow(user: User) -> bool:
        try:
            change_email(user, email_token(user, NEW))
        except EmailLinkGoneError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(follow, (tam, reader_an)))
    assert sorted(done) == [False, True]
    assert User.objects.filter(email=NEW).count() == 1
