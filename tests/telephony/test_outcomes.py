import pytest

from telephony import outcomes
from telephony.models import Call


def ended(**fields):
    return outcomes.of(Call(**{"status": "completed", **fields}))


@pytest.mark.parametrize("status", Call.Status.values)
def test_every_status_has_words(status):
    outcome = outcomes.of(Call(status=status))

    assert outcome.label
    assert outcome.sentence.endswith(".")


@pytest.mark.parametrize("reason", Call.EndReason.values)
def test_every_end_reason_has_words(reason):
    outcome = ended(end_reason=reason)

    assert outcome.ended_by
    assert outcome.how
    assert outcome.sentence != "It ended."


def test_a_known_detail_says_how_to_mend_it():
    outcome = ended(end_reason="timeout", end_detail="silence")

    assert "Nobody spoke" in outcome.sentence
    assert "test panel" in outcome.mend


def test_a_failure_tells_its_message_and_always_a_way_on():
    outcome = ended(status="failed", end_reason="error", error_message="Disk is full.")

    assert outcome.sentence == "Ended by us: disk is full."
    assert outcome.mend


def test_an_unknown_detail_of_a_good_call_is_left_out():
    assert (
        ended(end_reason="closed", end_detail="x9").sentence == "The call was closed."
    )
