"""Several people in one call over real sockets, real processes and a carrier's double."""

import asyncio
from urllib.parse import urlsplit

import pytest

from agents import authoring, publishing
from telephony import participants, supervising
from telephony.models import Call, CarrierConnection, Leg, Number, Participant
from telephony.participants import Wanted
from tests import speech
from tests.doubles.carriers import NUMBER
from tests.doubles.server import strictly
from tests.doubles.twilio import ACCOUNT, Twilio
from tests.processes import media_server
from tests.telephony.caller import Caller
from tests.telephony.conftest import ended
from tests.telephony.marks import LONG
from tests.telephony.people import (
    PATIENCE,
    begin,
    kinds_of,
    lines_of,
    says_to,
    written,
)
from tests.telephony.phone import Phone
from tests.telephony.phone_server import BASE, put

COLLEAGUE = "+441174960100"
WEBRTC = Participant.Transport.WEBRTC

pytestmark = [
    pytest.mark.realtime,
    *LONG,
]


async def two_people(port, other_port, call, seat):
    ann = await Caller.connect(port, seat.token)
    await ann.hear_out(1, PATIENCE)
    invited = await asyncio.to_thread(
        participants.invite, call, Wanted(WEBRTC, "ben@example.com")
    )
    ben = await Caller.connect(other_port, invited.token)
    await ben.until(lambda: ben.of("ready"), PATIENCE)
    await says_to(ann, ben)
    await ann.until(lambda: len(ann.events("spoke")) >= 2, PATIENCE)
    await says_to(ben, ann)
    await ann.until(lambda: len(ann.events("turn_ended")) >= 2, PATIENCE)
    return ann, ben


def test_two_people_and_an_agent_hear_each_other_and_each_line_has_its_name(
    port, published, purse
):
    async def story():
        ann, ben = await two_people(port, port, call, seat)
        said = len(ann.events("spoke"))
        await ben.say(type="text", text="I am Ben.")
        await ann.until(lambda: len(ann.events("spoke")) > said, PATIENCE)
        for digit in "42":
            await ben.say(type="digit", digit=digit)
        await ann.until(lambda: len(ann.events("spoke")) > said + 1, PATIENCE)
        await ann.hang_up()
        assert ben.events("heard")  # who joined later is shown what is said, too
        before = ben.loud
        await ben.say(type="text", text="When are you open?")
        await ben.until(lambda: ben.loud > before + 20_000, PATIENCE)
        await ben.hang_up()

    call, seat = begin(published)
    asyncio.run(story())
    call = ended(call.id)

    people = {identity for identity, _ in lines_of(call)}
    assert people == {"Front desk", "ann@example.com", "ben@example.com"}
    assert ("ben@example.com", "I am Ben.") in lines_of(call)
    assert ("ben@example.com", "4 2") in lines_of(call)
    assert kinds_of(call).count("participant_joined") == 1
    assert kinds_of(call).count("participant_left") == 2
    assert call.end_reason == "user_disconnect"
    left = call.participants.filter(status="left", left_at__isnull=False)
    assert left.count() == 3


def test_who_comes_late_is_greeted_and_nobody_else_hears_it(
    port, published, owner, purse
):
    async def story():
        ann = await Caller.connect(port, seat.token)
        await ann.hear_out(1, PATIENCE)
        greeting, before = ann.loud, ann.loud
        wanted = Wanted(WEBRTC, "ben@example.com")
        invited = await asyncio.to_thread(participants.invite, call, wanted)
        ben = await Caller.connect(port, invited.token)
        await ben.until(lambda: ben.loud > 0.8 * greeting, PATIENCE)
        await asyncio.sleep(1)
        assert ben.loud < 1.3 * greeting
        assert ann.loud == before
        under_way = await asyncio.to_thread(Call.objects.get, pk=call.pk)
        ticket = await asyncio.to_thread(supervising.listen, under_way, by=owner)
        boss = await Caller.connect(port, ticket.token)
        await asyncio.sleep(2)
        assert boss.loud == 0  # who only listens is not met
        await ben.hang_up()
        await ann.hang_up()

    call, seat = begin(published)
    asyncio.run(story())
    call = ended(call.id)

    greeted = call.timeline.get(kind="greeted")
    assert greeted.detail["name"] == "ben@example.com"
    assert greeted.detail["text"] == call.config["playbook"]["opener"]


def test_a_socket_that_comes_to_another_process_finds_the_call(port, published, purse):
    async def story(other):
        _, ben = await two_people(port, other, call, seat)
        await ben.hang_up()

    call, seat = begin(published)
    with media_server() as other:
        asyncio.run(story(other))

    call = ended(call.id)
    assert "ben@example.com" in {identity for identity, _ in lines_of(call)}


# ---- a person on the phone


@pytest.fixture
def carrier():
    with strictly(Twilio()) as double:
        yield double


@pytest.fixture
def desk(workspace, agent, owner, carrier):
    """The agent, with a person to hand over to and a carrier to call them by."""
    tool = {
        "tool_id": "handoff_to_human",
        "enabled": True,
        "provider_settings": {"transfer_number": COLLEAGUE, "accept_s": 60},
    }
    authoring.edit(agent, changes={"tools": [tool]}, by=owner)
    publishing.publish(agent, by=owner)
    agent.refresh_from_db()
    connection = CarrierConnection.objects.create(
        workspace=workspace,
        provider="twilio",
        account_ref=ACCOUNT,
        credentials=carrier.credentials,
        masked="AC···",
    )
    Number.objects.create(
        workspace=workspace, number=NUMBER, agent=agent, provider=connection.provider
    )
    return agent


async def picks_up(port, carrier, caller):
    """Let the person's phone ring and be answered; return it, and its line."""
    await caller.until(lambda: carrier.lines, PATIENCE)
    (line,) = carrier.lines.values()
    line.status = "in-progress"
    answer = await asyncio.to_thread(
        put, port, carrier.answered(line.fields["Url"], line.id)
    )
    url, token, _ = carrier.stream(answer)
    return await Phone.connect(urlsplit(f"//x:{port}").port, url, token, line.id), line


def serving(carrier):
    return media_server(
        PUBLIC_BASE_URL=BASE,
        MEDIA_BASE_URL=BASE,
        RYMI_PRODUCTION="0",
        RYMI_BEHIND_PROXY="1",
        TWILIO_BASE_URL=carrier.url,
    )


def test_a_person_is_briefed_and_takes_the_caller_with_a_1(desk, carrier, purse):
    async def story(port):
        ann = await Caller.connect(port, seat.token)
        await ann.hear_out(1, PATIENCE)
        await ann.say(type="text", text="I want to talk to a real person.")
        phone, line = await picks_up(port, carrier, ann)
        await phone.hears_out(PATIENCE)  # the briefing
        await phone.press("1")
        await asyncio.sleep(1)
        before = ann.loud
        await phone.speak(speech.mulaw("vm-whichbox"))
        await ann.until(lambda: ann.loud > before + 20_000, PATIENCE)
        await asyncio.to_thread(written, call, COLLEAGUE)
        await asyncio.gather(
            phone.hears(0.5, PATIENCE), ann.speak(speech.prompt("vm-whichbox"))
        )
        await phone.hang_up()
        return await ann.ended(PATIENCE), ann.events("replied") + ann.events("spoke")

    call, seat = begin(desk)
    with serving(carrier) as port:
        last, shown = asyncio.run(story(port))
        call = ended(call.id)

    assert last["reason"] == "handoff_to_human"
    assert "Press 1" not in str(shown)  # that was for the person alone
    assert (call.end_reason, call.end_detail) == (
        "handoff_to_human",
        "handed_over_here",
    )
    states = [event.detail["state"] for event in call.timeline.filter(kind="transfer")]
    assert states == ["waiting", "calling", "briefing", "accepted"]
    said = [(who, text) for who, text in lines_of(call)]
    assert any("calling a colleague" in text for _, text in said)
    assert any("Press 1" in text for _, text in said)
    briefing = call.transcript_segments.get(text__contains="Press 1")
    assert briefing.metadata["to"] == COLLEAGUE
    assert COLLEAGUE in {who for who, _ in said}
    assert Leg.objects.get().participant.role == "agent"


def apologies(caller):
    return [e for e in caller.events("spoke") if "nobody can take" in e["text"]]


def test_a_person_who_declines_is_hung_up_on_and_the_agent_is_back(
    desk, carrier, purse
):
    async def story(port):
        ann = await Caller.connect(port, seat.token)
        await ann.hear_out(1, PATIENCE)
        await ann.say(type="text", text="I want to talk to a real person.")
        phone, line = await picks_up(port, carrier, ann)
        await phone.hears_out(PATIENCE)
        await phone.press("2")
        await phone.cut_off(PATIENCE)
        await ann.until(lambda: "hang up" in line.actions, PATIENCE)
        await ann.until(lambda: apologies(ann), PATIENCE)
        spoken = len(ann.events("spoke"))
        await ann.say(type="text", text="When are you open?")
        await ann.until(lambda: len(ann.events("spoke")) > spoken, PATIENCE)
        await ann.hang_up()

    call, seat = begin(desk)
    with serving(carrier) as port:
        asyncio.run(story(port))
        call = ended(call.id)

    states = [event.detail["state"] for event in call.timeline.filter(kind="transfer")]
    assert states == ["waiting", "calling", "briefing", "declined"]
    assert any("nobody can take" in text for _, text in lines_of(call))
    assert call.end_reason == "user_disconnect"


def test_a_phone_that_was_called_into_a_call_may_ask_to_be_left_alone(
    desk, carrier, workspace, purse, settings
):
    settings.PUBLIC_BASE_URL = settings.MEDIA_BASE_URL = BASE
    settings.PROVIDER_BASE_URLS = {"twilio": carrier.url}  # dialled from here

    async def story(port):
        ann = await Caller.connect(port, seat.token)
        await ann.hear_out(1, PATIENCE)
        wanted = Wanted(Participant.Transport.PSTN, COLLEAGUE)
        await asyncio.to_thread(participants.invite, call, wanted)
        phone, _ = await picks_up(port, carrier, ann)
        await says_to_phone(ann, phone)
        await phone.press("9")
        await ann.until(lambda: ann.events("pressed"), PATIENCE)
        await asyncio.sleep(2)
        await phone.hang_up()
        await ann.hang_up()

    call, seat = begin(desk)
    with serving(carrier) as port:
        asyncio.run(story(port))
        call = ended(call.id)

    assert list(workspace.do_not_call.values_list("phone", flat=True)) == [COLLEAGUE]
    people = call.participants.exclude(transport="internal")
    assert set(people.values_list("identity", flat=True)) == {"ann@example.com", COLLEAGUE}  # fmt: skip


def test_two_who_speak_without_a_pause_have_a_line_each(
    desk, carrier, workspace, purse, settings
):
    """One in a browser, the other on a telephone, two human voices in one turn."""
    settings.PUBLIC_BASE_URL = settings.MEDIA_BASE_URL = BASE
    settings.PROVIDER_BASE_URLS = {"twilio": carrier.url}
    anns = speech.trimmed(speech.prompt("vm-whichbox"))
    spoken = speech.clip("two_cities", 8000)[16 * 1_100 : 16 * 5_000]
    theirs = speech.trimmed(spoken, 8000)

    async def story(port):
        ann = await Caller.connect(port, seat.token)
        await ann.hear_out(1, PATIENCE)
        wanted = Wanted(Participant.Transport.PSTN, COLLEAGUE)
        await asyncio.to_thread(participants.invite, call, wanted)
        phone, _ = await picks_up(port, carrier, ann)
        await phone.hears_out(PATIENCE)  # the greeting
        await ann.speak(anns)
        await phone.speak(speech.on_the_phone(theirs))
        await ann.until(lambda: ann.events("turn_ended"), PATIENCE)
        await ann.hang_up()
        await phone.hang_up()
        return [event for event in ann.events("heard") if event["is_final"]]

    call, seat = begin(desk)
    with serving(carrier) as port:
        shown = asyncio.run(story(port))
        call = ended(call.id)

    first, second = call.transcript_segments.filter(speaker="user")[:2]
    assert first.turn == second.turn == 1
    assert first.participant.identity == "ann@example.com"
    assert second.participant.identity == COLLEAGUE
    assert "leave a message" in first.text.lower()
    assert "best of times" in second.text.lower()
    assert "times" not in first.text
    assert first.ended_at_ms <= second.started_at_ms + 100
    took = [line.ended_at_ms - line.started_at_ms for line in (first, second)]
    assert took == pytest.approx([len(anns) / 32, len(theirs) / 16], abs=400)
    assert [line["name"] for line in shown[0]["lines"]] == [
        "ann@example.com",
        COLLEAGUE,
    ]
    assert shown[0]["text"] == f"{first.text} {second.text}"


async def says_to_phone(speaker, phone):
    await asyncio.gather(
        phone.hears(0.5, PATIENCE), speaker.speak(speech.prompt("vm-whichbox"))
    )
