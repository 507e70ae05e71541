import asyncio
import json
import threading

import pytest

from agents import drafting, gallery
from tests.doubles.openai import OpenAI

DESCRIPTIONS = [
    ("A reception agent for a dental practice; it answers patients.", "dental-receptionist"),
    ("We're Smile Works. Patients call with toothache or for a hygienist.", "dental-receptionist"),
    ("Answer calls for my restaurant, take table bookings for up to eight.", "restaurant-bookings"),
    ("Luigi's is a pizzeria. People want to book a table or see the menu.", "restaurant-bookings"),
    ("Qualify real estate leads: do they buy or sell, which budget.", "real-estate-leads"),
    ("A dispatcher for a plumbing company: burst pipes, leaks, drains.", "home-services-dispatcher"),
    ("I run an HVAC business and miss calls about broken furnaces.", "home-services-dispatcher"),
    ("Hotel front desk for late check-in and questions of guests.", "hotel-front-desk"),
    ("Customers of our online shop ask where their parcel is, and about returns.", "order-support"),
    ("An IT helpdesk for employees who need a password reset.", "it-helpdesk"),
    ("Call people the day before and send a reminder of their appointment.", "appointment-reminders"),
    ("Take the first notice of loss for our insurance policyholders.", "insurance-claim-intake"),
    ("Screen candidates for warehouse jobs before the interview.", "recruiting-screener"),
    ("Ask customers for feedback in a short satisfaction survey.", "feedback-survey"),
    ("An after-hours answering service that only wakes us for emergencies.", "after-hours-answering"),
    ("The service desk of a car dealership: oil change, inspection.", "car-service-desk"),
    ("New client intake for a law firm with two attorneys.", "law-firm-intake"),
    ("Sell gym memberships and offer a trial session.", "gym-membership"),
    ("Call people who filled in our web form about solar panels. Find out whether they own their home, the size of their roof, their monthly electricity bill, and book a consultation with our advisor.", "lead-qualification"),
    ("Qualify inbound leads for our software: company size, budget, decision maker.", "lead-qualification"),
    ("Follow up on inquiries from our website: what they need, by when, and who decides.", "lead-qualification"),
    ("Qualify leads for our company and pass the good ones on.", "lead-qualification"),
    ("Qualify leads for Harbor Realty.", "real-estate-leads"),
    ("Support line for our software Notely. Users forget their password or can't sync. Collect their email, device and app version.", "product-support"),
    ("Customer support for our mobile app: it crashes, or people cannot sign in.", "product-support"),
    ("Technical support for the owners of our smart thermostats.", "product-support"),
    ("Customer support for our online shop.", "order-support"),
    ("Technical support for our employees.", "it-helpdesk"),
    ("Debt collection reminders for Banco Azul.", "payment-reminders"),
    ("Remind customers of unpaid invoices.", "payment-reminders"),
    ("Call clients who owe us money, kindly, and note when they promise to pay.", "payment-reminders"),
    ("Ring tenants whose rent is overdue.", "payment-reminders"),
    ("Reminder calls for our clinic, the day before.", "appointment-reminders"),
    ("A receptionist who answers inquiries and questions about invoices.", "general-receptionist"),
    ("A friendly receptionist who takes messages for my business.", "general-receptionist"),
    ("Something nobody has a template for", "general-receptionist"),
]  # fmt: skip
STEPS = [
    "reading", "template", "business", "persona", "playbook", "languages", "voice", "checks",
]  # fmt: skip
DESIGN = {
    "label": "Harbor leads", "agent_name": "Maya", "role": "an assistant that qualifies buyers",
    "company_name": "Harbor Realty", "business_type": "Real estate agency",
    "company_description": "", "website": "", "audience": "", "tone": "brisk",
    "languages": ["en-US", "es-US"], "facts": [], "opener": "Hello from {business_name}.",
    "questions": [{"question": "Do you buy or rent?", "listens_for": "buy, rent", "slot": "intent", "required": True}],
    "objections": [], "scripts": [], "callers": [], "closing": "", "fallback": "We call back.",
    "escalation": "", "end_message": "Goodbye.", "success_criteria": [], "off_limits": [],
    "never_promise": [], "extraction": [{"name": "intent", "type": "string", "description": ""}],
    "summary": "", "rubric": "",
}  # fmt: skip


@pytest.fixture
def vendor(settings):
    """A double of OpenAI on a loop of its own, and a key for it."""
    loop, double, up, stop = asyncio.new_event_loop(), OpenAI(), threading.Event(), None

    async def serve():
        nonlocal stop
        stop = asyncio.Event()
        async with double.serving():
            up.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert up.wait(5)
    settings.PROVIDER_BASE_URLS = {"openai": f"{double.url}/v1"}
    settings.PROVIDER_API_KEYS = {"openai": double.key}
    yield double
    loop.call_soon_threadsafe(stop.set)
    thread.join(5)
    loop.close()


@pytest.mark.parametrize(("description", "template"), DESCRIPTIONS)
def test_a_description_becomes_a_complete_agent(workspace, description, template):
    made = drafting.draft(workspace, description)

    assert made.template == gallery.match(description).id == template
    assert made.config.persona.role
    assert made.config.playbook.opener
    assert made.config.playbook.qualificationFlow


def test_the_steps_come_in_order_and_the_last_carries_the_draft(workspace):
    steps = list(drafting.stream(workspace, "A dental receptionist"))

    assert [step.name for step in steps] == STEPS
    assert [step.draft is not None for step in steps] == [False] * 7 + [True]
    assert all(step.title and step.detail for step in steps)


def test_without_a_model_the_draft_says_so(workspace):
    made = drafting.draft(workspace, "A dental receptionist")

    assert made.how == "template"
    assert "No language model is connected" in made.note
    assert made.missing == ("company_name",)


def test_the_rules_fill_the_template(workspace):
    made = drafting.draft(
        workspace,
        "We are Brightwater Dental at 12 Main Street. Open Monday to Friday from 9am to"
        " 5pm. English and Polish. Never give prices. We accept walk-ins.",
    )

    facts = " ".join(made.config.persona.knowledgeBase)
    assert made.name == "Brightwater Dental dental receptionist"
    assert "open Monday to Friday from 9am to 5pm." in facts
    assert "12 Main Street" in facts
    assert "We accept walk-ins." in facts
    assert made.config.supported_languages == ["en-US", "pl-PL"]
    assert "give prices" in made.config.advanced.offLimitsTopics
    assert made.missing == ()


def test_the_rules_ask_what_is_to_be_asked_before_they_ask_who_calls(workspace):
    made = drafting.draft(
        workspace,
        "A receptionist for a kennel. It asks for the dog's name, their name and what is"
        " wrong, and forwards emergencies to +33 4 72 00 00 00.",
    )

    book = made.config.playbook
    slots = [step.slotName for step in book.qualificationFlow]
    assert slots == [
        "matter", "dog_name", "what_wrong", "full_name", "phone", "callback_time"
    ]  # fmt: skip
    assert book.qualificationFlow[1].question == "Could you tell me the dog's name?"
    assert {"dog_name", "what_wrong"} <= {slot.name for slot in book.requiredSlots}
    taken_down = made.config.post_call.structured_extraction.json_schema["properties"]
    assert {"dog_name", "what_wrong", "phone"} <= set(taken_down)
    assert "Forwards emergencies to +33 4 72 00 00 00." in book.escalationRule
    (tool,) = made.config.tools
    assert (tool.tool_id, tool.provider_settings) == (
        "handoff_to_human", {"transfer_number": "+33472000000"}
    )  # fmt: skip
    assert "33 4 72" not in " ".join(made.config.persona.knowledgeBase)


def test_a_number_without_its_country_is_not_called(workspace):
    made = drafting.draft(
        workspace, "Reception. Transfer urgent calls to 020 7946 0000."
    )

    assert made.config.tools == []
    assert "Transfer urgent calls to 020 7946 0000." in (
        made.config.playbook.escalationRule
    )


def test_answers_win_over_what_the_rules_found(workspace):
    made = drafting.draft(
        workspace,
        "A dental practice called Smile Works",
        {"company_name": "Grin & Co"},
    )

    assert made.config.persona.companyName == "Grin & Co"


def test_the_same_description_makes_the_same_draft(workspace):
    first, second = (drafting.draft(workspace, "a dentist") for _ in range(2))

    assert first == second


def test_a_chosen_template_needs_no_description(workspace):
    made = drafting.draft(workspace, "", template="dental-receptionist")

    assert made.template == "dental-receptionist"


def test_nothing_at_all_is_refused_before_any_step(workspace):
    with pytest.raises(drafting.NothingToDraft):
        drafting.stream(workspace, "  ")


@pytest.mark.django_db(transaction=True)
def test_a_connected_model_writes_the_agent(workspace, vendor):
    vendor.answer = DESIGN

    made = drafting.draft(
        workspace,
        "Qualify leads for Harbor Realty. Transfer hot ones to +1 415 555 0100.",
    )

    assert (made.how, made.name, made.note) == ("model", "Harbor leads", "")
    assert made.config.persona.companyName == "Harbor Realty"
    assert made.config.supported_languages == ["en-US", "es-US"]
    assert made.config.tools[0].provider_settings == {"transfer_number": "+14155550100"}


@pytest.mark.django_db(transaction=True)
def test_a_model_that_answers_wrongly_is_asked_once_more(workspace, vendor):
    vendor.answer = {**DESIGN, "questions": []}

    made = drafting.draft(workspace, "A dental receptionist")

    assert made.how == "template"
    assert "did not answer in the form asked for" in made.note
    chats = [json.dumps(request) for request in vendor.requests]
    assert len(chats) == drafting.TRIES
    assert "Mend it" in chats[1]
    assert "Mend it" not in chats[0]


@pytest.mark.django_db(transaction=True)
def test_a_refused_key_falls_back_to_the_template(workspace, vendor, settings):
    settings.PROVIDER_API_KEYS = {"openai": "wrong"}

    made = drafting.draft(workspace, "A dental receptionist")

    assert made.how == "template"
    assert "made from a template instead" in made.note
