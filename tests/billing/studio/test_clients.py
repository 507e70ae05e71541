"""An agency caps what its clients spend a month."""

import pytest
from django.urls import reverse

from billing import wallet
from billing.models import Spend
from common import clock
from tests import factories

HTMX = {"HX-Request": "true"}
CREDIT = 1_000_000

pytestmark = pytest.mark.django_db


@pytest.fixture
def harbour(workspace):
    return factories.WorkspaceFactory(
        account=workspace.account, parent=workspace, name="Harbour Dental"
    )


def post(studio, client_workspace, monthly):
    url = reverse("billing:client-cap", args=[client_workspace.pk])
    return studio.post(url, {"monthly": monthly}, headers=HTMX)


def test_a_client_s_month_is_shown_and_capped(studio, workspace, harbour):
    Spend.objects.create(
        wallet=wallet.open(workspace), workspace=harbour, day=clock.now().date(), subject="agent:1", spent_micros=310 * CREDIT,
    )  # fmt: skip
    page = studio.get("/settings/billing/").text
    assert "Harbour Dental" in page
    assert "$3.10" in page

    answer = post(studio, harbour, "3")

    harbour.refresh_from_db()
    assert harbour.spend_cap_cents_monthly == 300
    assert "Takes no calls" in answer.text
    assert "Saved" in answer.text
    post(studio, harbour, "")
    harbour.refresh_from_db()
    assert harbour.spend_cap_cents_monthly is None


def test_what_is_no_amount_is_refused(studio, harbour):
    answer = post(studio, harbour, "much")

    assert answer.status_code == 422
    assert "is no amount" in answer.text


def test_only_one_s_own_clients(studio, stranger):
    foreign = stranger.memberships.get().workspace
    theirs = factories.WorkspaceFactory(account=foreign.account, parent=foreign)

    assert post(studio, theirs, "3").status_code == 404
    assert post(studio, foreign, "3").status_code == 404


def test_without_clients_there_is_no_such_panel(studio):
    assert "b-clients" not in studio.get("/settings/billing/").text
