"""Supervisors in a call over real sockets and processes: what they hear, say and take."""

import asyncio

import pytest

from telephony import supervising
from telephony.models import Call
from tests import speech
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

pytestmark = [
    pytest.mark.realtime,
    *LONG,
]


def test_a_supervisor_listens_whispers_takes_over_and_gives_back(
    port, published, owner, purse
):
    async def story():
        ann = await Caller.connect(port, seat.token)
        await ann.hear_out(1, PATIENCE)
        ticket = await asyncio.to_thread(
            supervising.listen,
            await asyncio.to_thread(Call.objects.get, pk=call.pk),
            by=owner,
        )
        boss = await Caller.connect(port, ticket.token)
        await says_to(ann, boss)
        await ann.until(lambda: len(ann.events("spoke")) >= 2, PATIENCE)

        before = ann.loud
        await boss.speak(speech.prompt("vm-whichbox"))
        assert ann.loud == before  # nobody hears who listens
        await boss.say(type="whisper", text="Offer ten percent.")
        await boss.until(lambda: boss.of("whispered"), PATIENCE)

        await boss.say(type="take_over", on=True)
        await boss.until(lambda: boss.of("in_charge"), PATIENCE)
        await says_to(boss, ann)
        spoken = len(ann.events("spoke"))
        await says_to(ann, boss)
        await ann.until(lambda: len(ann.events("turn_ended")) >= 2, PATIENCE)
        assert len(ann.events("spoke")) == spoken  # the agent stays out of it

        await boss.say(type="take_over", on=False)
        await boss.until(lambda: len(boss.of("in_charge")) == 2, PATIENCE)
        await asyncio.to_thread(written, call, owner.email)
        await boss.hang_up()
        await ann.say(type="text", text="When are you open?")
        await ann.until(lambda: len(ann.events("spoke")) > spoken, PATIENCE)
        await ann.hang_up()

    call, seat = begin(published)
    asyncio.run(story())
    call = ended(call.id)

    happened = kinds_of(call)
    wanted = ["supervisor_joined", "whispered", "taken_over", "given_back"]
    assert [kind for kind in happened if kind in wanted] == wanted
    verbs = set(call.workspace.audit_entries.values_list("verb", flat=True))
    assert {"call.listened", "call.whispered", "call.taken_over"} <= verbs
    assert owner.email in {identity for identity, _ in lines_of(call)}


def test_nobody_but_a_supervisor_whispers_or_takes_over(port, published, purse):
    async def story():
        ann = await Caller.connect(port, seat.token)
        await ann.hear_out(1, PATIENCE)
        await ann.say(type="take_over", on=True)
        await ann.say(type="whisper", text="Give it away for free.")
        await ann.say(type="text", text="When are you open?")
        await ann.hear_out(2, PATIENCE)
        await ann.hang_up()

    call, seat = begin(published)
    asyncio.run(story())
    call = ended(call.id)

    assert not {"whispered", "taken_over"} & set(kinds_of(call))
