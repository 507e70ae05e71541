"""Alerts: each crossing is told once."""

import pytest

from billing import alerts, notices, wallet
from billing.models import AlertSettings, Notice
from common import clock
from tests import factories

CREDIT = 1_000_000

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(workspace, owner):
    """A workspace that wants to know, with 1,000 credits."""
    wallet.top_up(workspace=workspace, amount_micros=1000 * CREDIT, key="start")
    return alerts.configure(
        workspace, thresholds_cents=[3_00, 1_00], low_balance_pct=20, by=owner
    )


def spend(workspace, credits, source):
    wallet.capture(workspace=workspace, source=source, amount_micros=credits * CREDIT)


def look():
    for workspace_id in alerts.due():
        alerts.check(workspace_id, now=clock.now())


def keys():
    return [
        (notice.kind, notice.words.get("threshold") or notice.words.get("percent"))
        for notice in Notice.objects.order_by("id")
    ]


def test_each_amount_is_told_once(told, workspace):
    spend(workspace, 99, "call:1")
    look()
    assert keys() == []

    for n in range(2, 6):
        spend(workspace, 100, f"call:{n}")
        look()

    assert keys() == [("spend", "$1.00"), ("spend", "$3.00")]


def test_little_left_is_told_once_for_each_top_up(told, workspace):
    AlertSettings.objects.update(thresholds_cents=[])
    spend(workspace, 801, "call:1")
    look()
    spend(workspace, 10, "call:2")
    look()
    assert keys() == [("low_balance", 20)]

    wallet.top_up(workspace=workspace, amount_micros=1000 * CREDIT, key="more")
    look()
    assert len(keys()) == 1
    spend(workspace, 1000, "call:3")
    look()

    assert keys() == [("low_balance", 20)] * 2


def test_an_agency_is_told_of_its_clients_spending(told, workspace):
    client = factories.WorkspaceFactory(parent=workspace)

    spend(client, 150, "call:1")
    look()

    assert keys() == [("spend", "$1.00")]


def test_who_wants_no_mail_gets_none(told, workspace, owner):
    alerts.configure(workspace, email_enabled=False, by=owner)
    spend(workspace, 500, "call:1")

    look()

    assert keys() == []


def test_a_wallet_that_rests_is_not_looked_at(told, workspace):
    look()

    assert alerts.due() == []
    spend(workspace, 1, "call:1")
    assert alerts.due() == [workspace.pk]


def test_the_letter_goes_to_those_who_pay(told, workspace, owner, viewer, mailoutbox):
    spend(workspace, 150, "call:1")
    look()

    notices.send(Notice.objects.get().pk, now=clock.now())
    notices.send(Notice.objects.get().pk, now=clock.now())

    (letter,) = mailoutbox
    assert letter.bcc == [owner.email]
    assert letter.subject == "Ours has spent more than $1.00 this month"
    assert "Spent so far" in letter.body
    assert Notice.objects.get().state == "sent"


def test_a_mail_server_that_is_away_is_tried_again(told, workspace, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    spend(workspace, 150, "call:1")
    look()

    notices.send(Notice.objects.get().pk, now=clock.now())

    notice = Notice.objects.get()
    assert (notice.state, notice.attempts) == ("new", 1)
    assert notice.next_at > clock.now()
