import pytest
from django.core import mail

from accounts import system_status

TICKET = {
    "subject": "No sound",
    "category": "voice_quality",
    "description": "Callers hear nothing since noon.",
}


def test_a_ticket_is_kept_and_written_to_support(api, settings):
    settings.SUPPORT_EMAIL = "help@example.com"

    made = api.post("/support/tickets", {**TICKET, "contact_email": "me@example.com"})
    listed = api.get("/support/tickets").json()

    assert made.status_code == 201, made.json()
    assert made.json()["ticket"]["status"] == "open"
    assert (made.json()["email_delivered"], made.json()["email_reason"]) == (True, None)
    assert mail.outbox[0].reply_to == ["me@example.com"]
    assert [each["subject"] for each in listed["data"]] == ["No sound"]
    assert listed["total"] == 1


def test_a_ticket_stays_when_no_letter_goes(api, settings):
    settings.SUPPORT_EMAIL = "help@example.com"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    made = api.post("/support/tickets", TICKET).json()

    assert made["email_delivered"] is False
    assert "did not take" in made["email_reason"]
    assert api.get("/support/tickets").json()["total"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "ab"},
        {"subject": "x" * 201},
        {"category": "weather"},
        {"description": "short"},
        {"call_id": "x"},
        {"contact_email": "nobody"},
    ],
)
def test_a_ticket_says_what_it_is_about(api, wrong):
    answer = api.post("/support/tickets", {**TICKET, **wrong})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_tickets_are_the_workspaces_own(api, foreign_api):
    api.post("/support/tickets", TICKET)

    assert foreign_api.get("/support/tickets").json()["data"] == []


def test_what_the_operator_says_is_how_the_system_is(api, owner):
    fine = api.get("/support/status").json()
    system_status.open_incident(
        title="Voices",
        level="degraded",
        parts=["calls"],
        message="Slow voices",
        by=owner,
    )

    told = api.get("/support/status").json()

    assert (fine["status"], fine["message"]) == ("operational", None)
    assert (told["status"], told["message"]) == ("degraded", "Slow voices")
