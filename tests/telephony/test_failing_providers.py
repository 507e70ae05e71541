"""What a live call notes about providers that fail it is felt by the next calls."""

from types import SimpleNamespace
from uuid import uuid4

from providers import breaker, limits
from telephony.live import LiveCall
from voice import events


def test_the_next_call_begins_with_another_provider():
    workspace = SimpleNamespace(pk=uuid4())
    live = SimpleNamespace(call=SimpleNamespace(workspace=workspace))
    fell = events.FellBack(
        at_ms=1_200, channel="tts", failed="elevenlabs", to="local", reason="503"
    )
    asked = workspace.pk, "tts", ["elevenlabs", "local"]
    assert breaker.in_order(*asked) == [0, 1]

    for _ in range(limits.BREAKER_FAILURES):
        LiveCall._note_failure(live, fell)

    assert breaker.in_order(*asked) == [1, 0]
