from datetime import timedelta

from common import clock
from tests.webhooks.conftest import only
from webhooks.models import Delivery


def test_410_disables_the_endpoint_and_holds_the_rest(wired, receiver, tell, deliver):
    receiver.status = 410
    tell(wired.workspace, 1)
    deliver()
    wired.refresh_from_db()

    tell(wired.workspace, 2)
    deliver()

    assert (wired.status, wired.why) == ("disabled", "gone")
    assert only().state == "failed"  # and the second was not even put down
    assert len(receiver.letters) == 1


def test_an_endpoint_that_only_failed_for_five_days_is_paused(
    wired, receiver, tell, deliver
):
    receiver.status = 500
    wired.failing_since = clock.now() - timedelta(days=5, minutes=1)
    wired.save()
    tell(wired.workspace, 1)

    deliver()
    tell(wired.workspace, 2)
    deliver()

    wired.refresh_from_db()
    assert (wired.status, wired.why) == ("paused", "failing")
    assert {each.state for each in Delivery.objects.all()} == {"held"}
    assert len(receiver.letters) == 1


def test_one_success_makes_an_endpoint_well_again(wired, receiver, tell, deliver):
    wired.failing_since = clock.now() - timedelta(days=6)
    wired.save()
    tell(wired.workspace)

    deliver()

    wired.refresh_from_db()
    assert wired.failing_since is None
    assert wired.is_active
