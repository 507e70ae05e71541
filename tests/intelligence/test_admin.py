"""The support desk sees how far the work after calls is, and nothing of its content."""

import pytest
from django.urls import reverse

from tests import factories
from tests.intelligence.test_pipeline import work_out

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    staff = factories.UserFactory(is_staff=True, is_superuser=True)
    client.force_login(staff)
    return client


def test_the_steps_of_a_call_are_found_by_its_id(desk, call):
    work_out(call)
    url = reverse("admin:intelligence_analysisstep_changelist")

    shown = desk.get(url, {"q": str(call.pk)}).content.decode()

    assert "sentiment" in shown
    assert "hygiene" not in shown


@pytest.mark.parametrize("model", ["evalrun", "legalhold", "erasurereceipt"])
def test_the_other_desks_open(desk, model):
    assert (
        desk.get(reverse(f"admin:intelligence_{model}_changelist")).status_code == 200
    )
