"""Reports of readers are kept once, as they were written."""

import unicodedata
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from branches.actions import report_mistake
from branches.models import Commune, MistakeReport
from tests.factories import make_branch

pytestmark = pytest.mark.django_db
TEXT = "Số đoàn viên chưa đúng."


def test_same_form_and_same_words_are_one_report(commune_a: Commune) -> None:
    branch, other = make_branch(commune_a), make_branch(commune_a)
    number = uuid4()
    first = report_mistake(branch, public_id=number, text=TEXT, contact="")
    assert report_mistake(branch, public_id=number, text="Khác.", contact="") == first
    in_nfd = unicodedata.normalize("NFD", f"{TEXT}  ")
    assert report_mistake(branch, public_id=uuid4(), text=in_nfd, contact="") == first
    assert report_mistake(other, public_id=uuid4(), text=TEXT, contact="") != first
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert report_mistake(branch, public_id=uuid4(), text=TEXT, contact="") != first
    assert MistakeReport.objects.count() == MistakeReport.history.count() == 3


def test_what_no_report_may_hold_is_refused(commune_a: Commune) -> None:
    branch = make_branch(commune_a)
    for text, contact in (("", ""), ("x" * 1001, ""), ("a\u202eb", ""), (TEXT, "9" * 121)):
        with pytest.raises(ValidationError):
            report_mistake(branch, public_id=uuid4(), text=text, contact=contact)
    assert not MistakeReport.objects.exists()
