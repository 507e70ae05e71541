import json

from django.db import connection, transaction

from tests import factories
from webhooks import outbox
from webhooks.models import Delivery, Endpoint, Event


def post(workspace, key="call.completed:1", event="call.completed", **data):
    return outbox.post(
        workspace=workspace, event=event, data=data, key=key, subject="call:1"
    )


def test_post_makes_one_delivery_for_each_endpoint_that_wants_it(endpoint):
    other = factories.EndpointFactory(workspace=endpoint.workspace, events=["*"])
    factories.EndpointFactory(workspace=endpoint.workspace, events=["agent.published"])
    factories.EndpointFactory(events=["call.completed"])  # a stranger's

    letter = post(endpoint.workspace, call_id="1")

    made = Delivery.objects.filter(event=letter)
    assert {each.endpoint_id for each in made} == {endpoint.id, other.id}
    assert {each.state for each in made} == {"waiting"}


def test_a_second_post_with_the_same_key_tells_nothing_twice(endpoint):
    first = post(endpoint.workspace, call_id="1")

    second = post(endpoint.workspace, call_id="2")

    assert second == first
    assert Delivery.objects.count() == 1


def test_the_same_key_of_another_workspace_is_another_event(endpoint):
    stranger = factories.EndpointFactory()

    assert post(endpoint.workspace) != post(stranger.workspace)


def test_what_is_rolled_back_is_not_told(transactional_db):
    endpoint = factories.EndpointFactory()

    with transaction.atomic():
        post(endpoint.workspace)
        transaction.set_rollback(True)

    assert not Event.objects.exists()


def test_the_body_has_type_event_timestamp_and_data(endpoint):
    letter = post(endpoint.workspace, call_id="ü", cost=0.25)

    body = json.loads(letter.body)
    assert (body["type"], body["event"]) == ("call.completed", "call.completed")
    assert body["data"] == {"call_id": "ü", "cost": 0.25}
    assert body["timestamp"].endswith("Z")


def test_a_paused_endpoint_holds_and_a_disabled_one_gets_nothing(workspace):
    paused = factories.EndpointFactory(workspace=workspace, status="paused")
    factories.EndpointFactory(workspace=workspace, status="disabled")

    post(workspace)

    only = Delivery.objects.get()
    assert (only.endpoint, only.state) == (paused, "held")


def test_a_sample_goes_to_one_endpoint_though_it_did_not_subscribe(endpoint):
    factories.EndpointFactory(workspace=endpoint.workspace, events=["*"])

    delivery = outbox.post_sample(endpoint, "agent.published")

    assert Delivery.objects.get() == delivery
    assert json.loads(delivery.event.body)["sample"] is True


def test_erase_forgets_a_subject_with_its_deliveries(endpoint):
    post(endpoint.workspace)

    outbox.erase(workspace=endpoint.workspace, subjects=["call:1"])

    assert not Event.objects.exists()
    assert not Delivery.objects.exists()


def test_the_secret_is_not_in_the_database_in_clear(
    endpoint, django_assert_num_queries
):
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhooks_endpoint")
        (kept,) = cursor.fetchone()

    assert endpoint.secret not in kept
    assert Endpoint.objects.get().secret == endpoint.secret
