from datetime import timedelta

import pytest

from common import clock
from tests import factories
from webhooks import endpoints, outbox, resending
from webhooks.models import Delivery


def range_of(workspace, **more):
    now = clock.now()
    return resending.resend_range(
        workspace=workspace,
        since=now - timedelta(hours=1),
        until=now + timedelta(hours=1),
        by=None,
        **more,
    )


def test_a_resent_delivery_has_its_id_its_bytes_and_all_its_tries(
    wired, receiver, tell, deliver
):
    tell(wired.workspace)
    deliver()

    resending.resend(Delivery.objects.get(), by=None)
    deliver()

    first, second = receiver.letters
    again = Delivery.objects.get()
    assert (first.delivery, first.body) == (second.delivery, second.body)
    assert (again.state, again.attempts, again.tries) == ("delivered", 2, 1)


def test_what_is_under_way_is_not_resent(wired, tell):
    tell(wired.workspace)

    with pytest.raises(resending.UnderWay):
        resending.resend(Delivery.objects.get(), by=None)


def test_a_paused_endpoint_is_not_resent_to(wired, tell):
    endpoints.pause(wired, by=None)
    tell(wired.workspace)
    delivery = Delivery.objects.select_related("endpoint").get()

    with pytest.raises(endpoints.NotActive):
        resending.resend(delivery, by=None)
    assert range_of(wired.workspace) == 0


def test_what_was_held_is_sent_when_somebody_asks(wired, receiver, tell, deliver):
    endpoints.pause(wired, by=None)
    for number in range(3):
        tell(wired.workspace, number)
    endpoints.resume(wired, by=None)
    deliver()
    unasked = len(receiver.letters)

    sent = range_of(wired.workspace, endpoint=wired)
    deliver()

    assert (unasked, sent, len(receiver.letters)) == (0, 3, 3)


def test_a_range_is_of_one_workspace(wired, tell):
    stranger = factories.EndpointFactory()
    tell(stranger.workspace)
    Delivery.objects.update(state="failed")

    assert range_of(wired.workspace) == 0
    assert range_of(stranger.workspace) == 1


def test_a_sample_is_sent_like_any_other(wired, receiver, deliver):
    outbox.post_sample(wired, "agent.published")

    deliver()

    assert receiver.letters[0].headers["X-Rymi-Event"] == "agent.published"
    assert b'"sample":true' in receiver.letters[0].body
