"""What support sees of telephones, in a real browser."""

import pytest
from django.urls import reverse

from accounts.models import User
from telephony.models import (
    Call,
    CarrierConnection,
    DoNotCall,
    Fanout,
    Leg,
    Number,
    Pickup,
)
from tests.architecture import world as worlds
from tests.browser import picture
from tests.doubles.carriers import NUMBER

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(db):
    return worlds.build()


@pytest.fixture
def desk(open_page, world):
    return open_page(user=User.objects.create_superuser("root@example.com"))


def page_of(record):
    name = record._meta.model_name
    return reverse(f"admin:telephony_{name}_change", args=[record.pk])


def test_the_sidebar_leads_to_everything(desk):
    desk.goto(reverse("admin:index"))
    for title, model in (
        ("Calls", Call),
        ("Numbers", Number),
        ("Carriers", CarrierConnection),
        ("Queues", Fanout),
        ("Do not call", DoNotCall),
    ):
        desk.get_by_role("link", name=title).first.click()
        name = model._meta.model_name
        desk.wait_for_url(f"**{reverse(f'admin:telephony_{name}_changelist')}")
        assert desk.locator("#result_list tbody tr").count() == model.objects.count()
        picture(desk, f"desk-{name}")


def test_a_call_with_its_lines(desk, world):
    leg = Leg.objects.exclude(call__pickup=None).first() or Leg.objects.first()
    Leg.objects.filter(pk=leg.pk).update(hang_up_cause="user-busy", to_number=NUMBER)
    Pickup.objects.update_or_create(
        call=leg.call, defaults={"workspace": world.workspace, "judged": "voicemail"}
    )

    desk.goto(page_of(leg.call))

    assert desk.get_by_text("user-busy").first.is_visible()
    picture(desk, "desk-call-lines")


def test_a_queue_is_paused_with_a_reason(desk, world):
    queue = Fanout.objects.get()
    desk.goto(page_of(queue))
    picture(desk, "desk-queue")

    desk.get_by_role("link", name="Pause the queue").first.click()
    desk.get_by_label("Why").fill("Calls people at night")
    picture(desk, "desk-queue-pause")
    desk.locator("form button[type=submit]").last.click()

    desk.get_by_text("Nobody more is called.").first.wait_for()
    queue.refresh_from_db()
    assert queue.status == Fanout.Status.PAUSED


def test_a_number_shows_its_document(desk):
    number = Number.objects.first()
    Number.objects.filter(pk=number.pk).update(
        hours={"zone": "Europe/Berlin", "words": "<b>&"}
    )

    desk.goto(page_of(number))

    shown = desk.locator("pre.document", has_text="Europe/Berlin")
    assert '"words": "<b>&"' in shown.inner_text()
    picture(desk, "desk-number-document")
