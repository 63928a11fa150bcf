"""The deployment check of the data."""

import pytest

from branches.checks import no_demo_data
from branches.models import Office


@pytest.mark.django_db
def test_demo_data_is_refused_and_real_data_is_not(office: Office) -> None:
    assert no_demo_data() == []
    office.is_demo = True
    office.save()
    [fault] = no_demo_data()
    assert (fault.id, fault.is_serious()) == ("branches.E001", True)
