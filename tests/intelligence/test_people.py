"""One person, by phone number: found, exported, erased."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.conf import settings

from agents.models.tool import CallBack
from common import clock
from intelligence import people, retention
from intelligence.models import Analysis, ErasureReceipt
from telephony.models import Call, Recording, TranscriptSegment
from telephony.models.leg import Leg
from tests.factories import CallFactory
from tests.intelligence.test_pipeline import work_out
from tests.studio import sample
from webhooks.models import Event

pytestmark = pytest.mark.django_db
NUMBER = "+447700900418"


@pytest.fixture
def called(agent):
    """Sam called twice, once recorded; somebody else called as well."""
    folder = Path(settings.RECORDINGS_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    first = work_out(sample.talk(agent, config=agent.config, directory=folder))
    second = work_out(sample.talk(agent, config=agent.config))
    other = work_out(sample.talk(agent, config=agent.config))
    Call.objects.filter(pk=other.pk).update(caller="+447700900999")
    return first, second, other


@pytest.mark.parametrize(
    "typed", ["+44 7700 900418", "447700900418", "+44 (0)7700 900418"]
)
def test_a_number_is_read_however_it_is_typed(typed):
    assert people.number_of(typed) == NUMBER


@pytest.mark.parametrize("typed", ["", "Sam", "12", "+1"])
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(people.NotANumber):
        people.number_of(typed)


def test_everything_is_counted(called, workspace):
    found = people.find(workspace, NUMBER)

    assert (found.calls, found.recordings, found.transcripts) == (2, 1, 2)
    assert found.webhook_copies == 4
    assert found.fields == 6
    assert found.recorded_ms == sample.LENGTH_MS


def test_a_neighbours_calls_are_not_found(called, stranger):
    other = stranger.memberships.get().workspace

    assert people.find(other, NUMBER).is_empty


def test_erasing_takes_all_and_leaves_a_receipt_without_content(
    called, workspace, owner
):
    first, second, other = called
    path = settings.RECORDINGS_DIR / first.recording.path
    CallBack.objects.create(
        workspace=workspace, agent=first.agent, key="k", phone=NUMBER, at=clock.now()
    )
    customer = first.participants.get(role="customer")
    leg = Leg.objects.create(
        workspace=workspace,
        call=first,
        participant=customer,
        provider="twilio",
        direction="inbound",
        from_number=NUMBER,
        to_number="+441174960142",
        state="completed",
    )

    receipt = people.erase(workspace, NUMBER, by=owner, now=clock.now())

    assert people.find(workspace, NUMBER).is_empty
    assert not path.exists()
    assert set(TranscriptSegment.objects.values_list("call_id", flat=True)) == {
        other.pk
    }
    assert set(Analysis.objects.values_list("pk", flat=True)) == {other.pk}
    assert Event.objects.count() == 2
    assert not Recording.objects.exists()
    first.refresh_from_db()
    assert (first.caller, first.variables, first.summary) == ("erased", {}, "")
    assert first.charge_micros  # for the books
    assert receipt.counts["calls"] == 2
    leg.refresh_from_db()
    assert (leg.from_number, leg.to_number) == ("erased", "+441174960142")
    assert not CallBack.objects.exists()
    assert NUMBER not in json.dumps([receipt.person, receipt.counts, receipt.signature])
    assert receipt.person == people.fingerprint(workspace, NUMBER)


def test_whoever_is_erased_is_on_no_list_of_people_to_call(agent, workspace, owner):
    queue = workspace.fanouts.create(agent=agent, name="Reminders")
    queue.recipients.create(position=0, number=NUMBER, metadata={"name": "Sam"})
    queue.recipients.create(position=1, number="+447700900999")

    people.erase(workspace, NUMBER, by=owner, now=clock.now())

    gone, other = queue.recipients.order_by("position")
    assert (gone.number, gone.metadata, gone.state) == ("erased", {}, "canceled")
    assert (other.number, other.state) == ("+447700900999", "waiting")


def test_a_receipt_that_was_changed_is_not_genuine(called, workspace, owner):
    receipt = people.erase(workspace, NUMBER, by=owner, now=clock.now())
    stored = ErasureReceipt.objects.get()
    assert people.is_genuine(receipt)
    assert people.is_genuine(stored)

    stored.counts = {**stored.counts, "calls": 0}

    assert not people.is_genuine(stored)


def test_a_hold_keeps_a_person(called, workspace, owner):
    retention.hold(workspace, reason="court", by=owner, call=called[0])

    with pytest.raises(people.Held):
        people.erase(workspace, NUMBER, by=owner, now=clock.now())
    assert people.find(workspace, NUMBER).calls == 2


def test_nobody_is_erased_in_mid_call(workspace, owner, agent):
    CallFactory(agent=agent, caller=NUMBER, status="in_progress")

    with pytest.raises(people.Held):
        people.erase(workspace, NUMBER, by=owner, now=clock.now())


def test_the_export_holds_calls_sound_and_what_was_sent(called, workspace, owner):
    packed = b"".join(people.export(workspace, NUMBER, by=owner))

    archive = zipfile.ZipFile(io.BytesIO(packed))
    assert archive.testzip() is None
    names = archive.namelist()
    assert f"recordings/{called[0].pk}.wav" in names
    told = json.loads(archive.read(f"calls/{called[1].pk}.json"))
    assert told["caller"] == NUMBER
    assert told["transcript"]["segments"]
    assert len(told["webhooks"]) == 2
    assert f"calls/{called[2].pk}.json" not in names
