"""Keys in and out over real sockets and processes: card numbers are nobody's business,
and pressing keys on Twilio's line costs no word of the conversation."""

import asyncio
import json
import wave

import numpy as np
import pytest
from django.apps import apps
from django.conf import settings

from agents import authoring, publishing
from agents.models import ProviderKey
from common import http
from telephony.models import Leg
from tests import processes, speech
from tests.doubles.carriers import CALLER, NUMBER, Line
from tests.doubles.openai import OpenAI, tool_pieces, word_pieces
from tests.doubles.server import in_a_thread, strictly
from tests.doubles.tool_server import ToolServer
from tests.telephony.conftest import ended
from tests.telephony.marks import LIVE
from tests.telephony.phone import Phone
from tests.telephony.phone_server import BASE, Server
from tests.telephony.pickups import tone

pytestmark = [pytest.mark.realtime, *LIVE]
CALL = "CA" + "7" * 32
NETWORK = "127.0.0.0/8"
CARD = "4111111111111111"


class Mind(OpenAI):
    """Uses a tool when it is spoken to for the first time; then goes on in words."""

    use = ()
    then = ()  # one tool after another, each when it is spoken to
    asked = "Please key in the number of your card and press pound."

    def pieces(self, body):
        last = body["messages"][-1]
        said = str(last.get("content"))
        if last["role"] == "tool":
            return word_pieces(self.asked)
        if last["role"] == "user" and self.then:
            use, *self.then = self.then
            return tool_pieces(*use)
        if last["role"] == "user" and self.use and "keyed in" not in said:
            use, self.use = self.use, ()
            return tool_pieces(*use)
        return word_pieces("Thank you very much.")


@pytest.fixture
def mind():
    with strictly(Mind()) as double:
        yield double


@pytest.fixture
def talker(published, owner, workspace):
    """The agent, with a model and the tools for keys."""
    ProviderKey.objects.create(
        workspace=workspace,
        provider="openai",
        credentials={"api_key": "good-key"},
        masked="g",
    )
    tools = [
        {"tool_id": "collect_digits", "enabled": True, "timeout_ms": 2000, "provider_settings": {}},
        {"tool_id": "send_digits", "enabled": True, "timeout_ms": 8000, "side_effect": "write", "provider_settings": {}},
    ]  # fmt: skip
    authoring.edit(
        published,
        changes={"llm_provider": "openai", "llm_model": "gpt-4o-mini", "tools": tools},
        by=owner,
    )
    published.refresh_from_db()
    publishing.publish(published, by=owner)
    return published


def talking(mind, twilio, **env):
    """Start a media process that thinks with the double."""
    env |= {"DOUBLE_OF_OPENAI": f"{mind.url}/v1", "DOUBLE_OF_TWILIO": twilio.url}
    return Server(**env)


@pytest.fixture
def server(mind, twilio):
    running = talking(mind, twilio)
    yield running
    processes.stop(running.process)


@pytest.fixture
def allowed():
    """The customers' network, which the operator lets tools into."""
    http.configure(allow=[NETWORK])
    yield
    http.configure()


def everything_kept():
    """Return every row of every table as text."""
    rows = []
    for model in apps.get_models():
        rows += [repr(row) for row in model._default_manager.values_list()]
    return "\n".join(rows)


async def spoken_to(server, twilio):
    """Ring, hear the greeting, speak; return the phone, and where its stream goes on."""
    answer = await asyncio.to_thread(server.ask, twilio.ring(BASE, CALL))
    url, token, resume = twilio.stream(answer)
    phone = await Phone.connect(server.port, url, token, CALL)
    await phone.hears_out()
    await phone.speak(speech.mulaw("vm-whichbox"))
    return phone, resume


def test_a_card_number_is_in_no_transcript_timeline_prompt_or_recording(
    server, twilio, configured_number, talker, mind, purse
):
    mind.use = ("collect_digits", {"name": "card_number", "longest": 16})

    async def story():
        phone, _ = await spoken_to(server, twilio)
        await phone.hears_out(60)  # asked for the number
        for digit in CARD:
            await phone.press(digit)
            await phone.speak(keyed())  # its tones are on the line, too
        await phone.press("#")
        await phone.hears_out(60)
        await phone.hang_up()

    asyncio.run(story())
    call = ended()

    assert call.status == "completed", call.end_detail
    said = " ".join(call.transcript_segments.values_list("text", flat=True))
    assert "[16 digits were keyed in for card_number" in said
    pressed = call.timeline.filter(kind="pressed")
    assert {event.detail["digit"] for event in pressed} == {"•", "#"}
    assert pressed.filter(detail__digit="•").count() == 16
    assert "4111" not in everything_kept()
    assert "1111" not in json.dumps(mind.requests)
    with wave.open(str(settings.RECORDINGS_DIR / call.recording.path)) as file:
        rate = file.getframerate()
        sound = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(
            -1, 2
        )
    times = list(pressed.filter(detail__digit="•").values_list("at_ms", flat=True))
    masked = sound[times[0] * rate // 1000 : times[-1] * rate // 1000]
    assert len(masked) > rate
    assert np.abs(masked).max() == 0  # both tracks
    assert np.abs(sound).max() > 1_000


def test_a_card_number_reaches_the_customers_own_server_and_nobody_else(
    twilio, configured_number, talker, owner, mind, purse, allowed
):
    told = {"charged": True, "card": CARD}  # a server that says back what it was told
    with in_a_thread(ToolServer(answer=told)) as shop:
        charging(talker, owner, shop)
        server = talking(mind, twilio, OUTBOUND_ALLOW=NETWORK)
        mind.then = (
            ("collect_digits", {"name": "card_number", "longest": 16}),
            ("charge_card", {"card": "{{digits.card_number}}", "amount": "12"}),
        )

        async def story():
            phone, _ = await spoken_to(server, twilio)
            await phone.hears_out(60)  # asked for the number
            for digit in CARD:
                await phone.press(digit)
            await phone.until(lambda: shop.asked, 60)
            await phone.hears_out(60)
            await phone.hang_up()

        try:
            asyncio.run(story())
        finally:
            processes.stop(server.process)
    call = ended()

    (asked,) = shop.asked
    assert asked["body"]["card"] == CARD
    assert asked["body"]["amount"] == "12"
    assert call.status == "completed", call.end_detail
    used = call.timeline.filter(kind="tool_called", detail__name="charge_card").get()
    assert used.detail["failed"] is False
    assert CARD not in everything_kept()
    assert CARD not in json.dumps(mind.requests)  # nor what the server said back
    assert "{{digits.card_number}}" in json.dumps(mind.requests)


def charging(talker, owner, shop):
    """Give the agent a tool of the customer's own that takes a card."""
    tool = {
        "tool_id": "call_webhook",
        "enabled": True,
        "timeout_ms": 5_000,
        "side_effect": "write",
        "consent": "never",
        "provider_settings": {
            "name": "charge_card",
            "url": f"{shop.url}/charge",
            "method": "POST",
            "purpose": "Charge the card.",
            "fields": [
                {"name": "card", "type": "string", "required": True},
                {"name": "amount", "type": "string", "required": True},
            ],
            "response_fields": ["charged", "card"],
        },
    }
    talker.refresh_from_db()
    authoring.edit(talker, changes={"tools": [*talker.config["tools"], tool]}, by=owner)
    talker.refresh_from_db()
    publishing.publish(talker, by=owner)
    talker.refresh_from_db()


def keyed():
    import audioop

    return audioop.lin2ulaw(tone(0.12, 697, 1209).tobytes() + bytes(1600), 2)


def test_keys_pressed_on_twilio_end_the_stream_and_not_the_call(
    server, twilio, configured_number, talker, mind, purse
):
    mind.use = ("send_digits", {"digits": "42#"})
    twilio.lines[CALL] = Line(CALL, NUMBER, CALLER, "in-progress")

    async def story():
        phone, resume = await spoken_to(server, twilio)
        await phone.until(lambda: twilio.lines[CALL].actions, 60)
        await phone.hang_up()  # Twilio stops the stream to play the keys

        asked = twilio.stream_gone(resume, CALL)
        answer = await asyncio.to_thread(server.ask, asked)
        url, token, _ = twilio.stream(answer)
        second = await Phone.connect(server.port, url, token, CALL, "MZ2")
        await asyncio.sleep(3)
        silent = not second.heard
        await second.speak(speech.mulaw("vm-whichbox"))
        await second.hears_out(60)
        await second.hang_up()
        return silent

    silent = asyncio.run(story())
    call = ended()

    (twiml,) = twilio.lines[CALL].actions
    assert '<Play digits="42#"/>' in twiml
    said = list(
        call.transcript_segments.values_list("started_at_ms", "speaker", "text")
    )
    assert silent, said  # nobody was cut off, so nobody says so
    assert (call.status, call.end_reason) == ("completed", "user_disconnect")
    assert Leg.objects.get().resumes == 0
    assert call.recording.status == "completed"
    assert call.timeline.filter(kind="ended").count() == 1
    told = call.timeline.get(kind="tool_called")
    assert (told.detail["name"], told.detail["failed"]) == ("send_digits", False)
    assert call.transcript_segments.filter(speaker="user").count() >= 2
    assert purse.entries.filter(kind="call").count() == 1
