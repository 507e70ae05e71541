from datetime import timedelta

import time_machine

from common import clock
from tests import factories
from webhooks import endpoints, retention
from webhooks.models import Attempt, Delivery, Endpoint, Event

OLD = timedelta(days=31)


def test_what_is_older_than_thirty_days_goes_and_nothing_else(wired, tell, deliver):
    with time_machine.travel(clock.now() - OLD):
        tell(wired.workspace, 1)
        deliver()
    tell(wired.workspace, 2)
    deliver()

    retention.purge(now=clock.now())
    again = retention.purge(now=clock.now())

    assert again == 0
    assert [each.key for each in Event.objects.all()] == ["call.completed:2"]
    assert Delivery.objects.count() == Attempt.objects.count() == 1


def test_what_is_still_under_way_stays(wired, tell):
    with time_machine.travel(clock.now() - OLD):
        tell(wired.workspace)

    retention.purge(now=clock.now())

    assert Delivery.objects.get().event == Event.objects.get()


def test_a_deleted_endpoint_goes_with_its_log_a_day_later(wired, tell, deliver):
    tell(wired.workspace)
    deliver()
    endpoints.delete(wired, by=None)
    other = factories.EndpointFactory()

    retention.purge(now=clock.now())
    kept = Endpoint.objects.count()
    retention.purge(now=clock.now() + timedelta(days=1, minutes=1))

    assert kept == 2
    assert list(Endpoint.objects.all()) == [other]
    assert not Attempt.objects.exists()
