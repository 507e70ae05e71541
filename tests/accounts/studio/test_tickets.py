import re

import pytest
from django.core import mail
from django.urls import reverse

from accounts import staff, support
from accounts.models import AuditEntry, SupportTicket

ASKED = {
    "subject": "No sound",
    "category": "voice_quality",
    "description": "Callers hear nothing since noon.",
    "call_id": "",
    "contact_email": "ruth@example.com",
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(workspace, owner, settings):
    settings.SUPPORT_EMAIL = "help@example.com"
    opened = support.open_ticket(
        workspace=workspace,
        subject="No sound",
        category="voice_quality",
        description="Callers hear nothing since noon.",
        contact_email="ruth@example.com",
        by=owner,
    )
    mail.outbox.clear()
    return opened.ticket


def url(name, *args):
    return reverse(f"accounts:ticket-{name}", args=args)


def test_a_question_is_asked_and_found_in_the_list(studio, workspace, settings):
    settings.SUPPORT_EMAIL = "help@example.com"

    answer = studio.post(url("new"), ASKED)

    ticket = workspace.support_tickets.get()
    assert answer["Location"] == url("detail", ticket.pk)
    assert mail.outbox[0].to == ["help@example.com"]
    assert "No sound" in studio.get(url("list")).content.decode()


def test_what_is_wrong_is_said_and_nothing_is_lost(studio, workspace):
    answer = studio.post(url("new"), {**ASKED, "description": "short", "call_id": "x"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "That is no call id" in page
    assert "No sound" in page
    assert workspace.support_tickets.count() == 0


def test_the_call_one_came_from_is_filled_in(studio):
    call = "0199c0de-0000-7000-8000-000000000000"

    assert call in studio.get(url("new"), {"call": call}).content.decode()


def test_the_two_sides_write_to_each_other(studio, ticket, client):
    support_staff, _ = staff.add("desk@example.com")
    support.answer(
        ticket, body="Which carrier?", by=support_staff, status="awaiting_user"
    )
    assert mail.outbox[-1].to == ["ruth@example.com"]
    assert url("detail", ticket.pk) in mail.outbox[-1].body

    studio.post(url("detail", ticket.pk), {"body": "Twilio."})

    page = studio.get(url("detail", ticket.pk)).content.decode()
    assert re.search("Support.*Which carrier.*Twilio", page, re.S)
    assert mail.outbox[-1].to == ["help@example.com"]
    ticket.refresh_from_db()
    assert ticket.status == "open"


def test_an_empty_message_is_refused_and_the_ticket_stays(studio, ticket):
    answer = studio.post(url("detail", ticket.pk), {"body": "   "})

    assert answer.status_code == 422
    assert ticket.messages.count() == 0


def test_solved_can_be_said_twice_and_taken_back(studio, ticket):
    studio.post(url("closing", ticket.pk))
    studio.post(url("closing", ticket.pk))
    ticket.refresh_from_db()
    assert ticket.status == SupportTicket.Status.RESOLVED
    assert AuditEntry.objects.filter(verb="ticket.closed").count() == 1

    studio.post(url("detail", ticket.pk), {"body": "It is back."})

    ticket.refresh_from_db()
    assert ticket.status == "open"


def test_strangers_find_nothing(client, stranger, ticket):
    client.force_login(stranger)

    assert client.get(url("detail", ticket.pk)).status_code == 404
    assert client.post(url("detail", ticket.pk), {"body": "x"}).status_code == 404
    assert "No sound" not in client.get(url("list")).content.decode()


def test_messages_are_limited(studio, ticket, owner):
    for n in range(support.MOST_AN_HOUR):
        support.reply(ticket, body=f"again {n}", by=owner)

    answer = studio.post(url("detail", ticket.pk), {"body": "once more"})

    assert answer.status_code == 422
    assert "Wait" in answer.content.decode()


def test_support_answers_in_the_desk(client, ticket):
    support_staff, _ = staff.add("desk@example.com")
    client.force_login(support_staff)
    page = reverse("admin:accounts_supportticket_change", args=[ticket.pk])
    assert client.get(page).status_code == 200
    [answer] = re.findall(
        r'href="([^"]*answer[^"]*)"', client.get(page).content.decode()
    )

    said = {"body": "Restart it.", "status": "awaiting_user"}
    assert client.post(answer, said).status_code == 302

    ticket.refresh_from_db()
    assert ticket.status == "awaiting_user"
    assert ticket.messages.get().by_support
    assert mail.outbox[-1].to == ["ruth@example.com"]


def test_an_incident_is_told_in_the_desk_and_shown_to_all(client, studio, owner):
    support_staff, _ = staff.add("desk@example.com")
    from django.test import Client

    desk = Client()
    desk.force_login(support_staff)
    listed = reverse("admin:accounts_incident_changelist")
    [tell] = re.findall(
        r'href="([^"]*tell-of-an-incident[^"]*)"', desk.get(listed).content.decode()
    )

    told = {
        "title": "Voices are slow",
        "level": "degraded",
        "parts": ["calls"],
        "message": "Replies take a second longer.",
    }
    assert desk.post(tell, told).status_code == 302

    assert "Replies take a second longer." in Client().get("/status/").content.decode()
    home, status = (studio.get(path).content.decode() for path in ("/", "/status/"))
    assert "Voices are slow" in home
    assert "Replies take a second longer." in home
    assert status.count("Replies take a second longer.") == 1  # no banner above itself
