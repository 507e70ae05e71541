"""Where a conversation stands for the process that takes it up again."""

import pytest

from common import clock
from telephony import taking_over
from tests import factories

pytestmark = [pytest.mark.services, pytest.mark.django_db]


def test_lines_that_share_a_turn_are_one_message_as_they_were():
    call = factories.CallFactory(status="in_progress")
    lines = [
        ("agent", "Good morning."),
        ("user", "We would like a table."),  # hers
        ("user", "By the window."),  # his
        ("agent", ""),  # nothing of it was heard
        ("user", "For two."),
        ("agent", "With pleasure."),
        ("agent", "When?"),
    ]
    for number, (speaker, text) in enumerate(lines):
        call.transcript_segments.create(
            speaker=speaker,
            text=text,
            sequence=number,
            turn=1,
            started_at_ms=0,
            ended_at_ms=1,
        )

    past = taking_over.past_of(call, clock.now())

    assert [(each.role, each.text) for each in past.messages] == [
        ("assistant", "Good morning."),
        ("user", "We would like a table. By the window. For two."),
        ("assistant", "With pleasure."),
        ("assistant", "When?"),
    ]
