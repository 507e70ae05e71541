import pytest
from rymi import RymiError

from common import http
from tests import factories
from webhooks.models import Endpoint

NEW = {
    "url": "https://hooks.example.com/rymi",
    "events": ["call.completed", "something.new"],
    "secret": "whsec_0123456789abcdef",
    "alert_email": "ops@example.com",
}


def test_registering_answers_what_old_and_new_clients_read(api, workspace):
    answer = api.post("/webhooks", NEW)

    made = Endpoint.objects.get(workspace=workspace)
    body = answer.json()
    assert answer.status_code == 201
    assert body["status"] == "registered"
    assert (body["id"], body["url"]) == (str(made.id), NEW["url"])
    assert body["events"] == NEW["events"]
    assert made.secret == NEW["secret"]
    assert "secret" not in answer.content.decode()


def test_the_list_has_the_keys_sdks_read_and_no_secret(api, endpoint):
    body = api.get("/webhooks?limit=10").json()

    assert (body["total"], body["offset"], body["limit"]) == (1, 0, 10)
    assert {"id", "url", "events", "alert_email", "created_at"} <= set(
        body["webhooks"][0]
    )
    assert endpoint.secret not in str(body)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "http://hooks.example.com/"}, "https"),
        ({"url": "https://127.0.0.1/"}, "public internet"),
        ({"url": "https://169.254.169.254/latest"}, "public internet"),
        ({"url": "https://printer.local/"}, "public internet"),
        ({"url": "https://user:pass@hooks.example.com/"}, "name or password"),
        ({"url": "nonsense"}, "https://"),
        ({"url": None}, "url"),
        ({"events": []}, "events"),
        ({"events": "call.completed"}, "events"),
        ({"secret": "short"}, "secret"),
        ({"secret": "x" * 257}, "secret"),
        ({"alert_email": "nobody"}, "alert_email"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(api, change, field):
    answer = api.post("/webhooks", {**NEW, **change})

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_request"
    assert field in answer.json()["error"]
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize("missing", ["url", "events", "secret"])
def test_url_events_and_secret_are_needed(api, missing):
    body = {name: value for name, value in NEW.items() if name != missing}

    answer = api.post("/webhooks", body)

    assert answer.status_code == 400
    assert missing in answer.json()["error"]


def test_patch_changes_what_is_named_and_null_ends_the_mails(api, endpoint):
    endpoint.alert_email = "ops@example.com"
    endpoint.save()

    answer = api.patch(f"/webhooks/{endpoint.id}", {"alert_email": None})

    endpoint.refresh_from_db()
    assert answer.json() == {"status": "updated", "id": str(endpoint.id)}
    assert (endpoint.alert_email, endpoint.events) == ("", ["call.completed"])


def test_a_replaced_secret_is_kept_for_a_day_beside_the_new_one(api, endpoint):
    former = endpoint.secret

    api.patch(f"/webhooks/{endpoint.id}", {"secret": "whsec_fedcba9876543210"})

    endpoint.refresh_from_db()
    assert endpoint.secret == "whsec_fedcba9876543210"
    assert endpoint.previous_secret == former


def test_delete_takes_the_endpoint_away_at_once(api, endpoint):
    answer = api.delete(f"/webhooks/{endpoint.id}")

    assert answer.json() == {"status": "deleted", "id": str(endpoint.id)}
    assert api.get("/webhooks").json()["total"] == 0
    assert api.delete(f"/webhooks/{endpoint.id}").status_code == 404


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_the_neighbour_s_endpoint_is_not_there(api, method):
    foreign = factories.EndpointFactory()

    answer = api(method, f"/webhooks/{foreign.id}", {"events": ["x"]})

    assert answer.status_code == 404
    foreign.refresh_from_db()
    assert foreign.events == ["call.completed"]
    assert foreign.deleted_at is None


def test_a_workspace_has_at_most_fifty_endpoints(api, workspace):
    factories.EndpointFactory.create_batch(50, workspace=workspace)

    answer = api.post("/webhooks", NEW)

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_endpoints")


def test_the_list_asks_the_database_a_fixed_number_of_times(
    api, workspace, django_assert_max_num_queries
):
    factories.EndpointFactory.create_batch(20, workspace=workspace)

    with django_assert_max_num_queries(6):
        api.get("/webhooks")


def test_the_official_sdk_works_unchanged(rymi):
    made = rymi.webhooks.create(
        url=NEW["url"], events=["call.completed"], secret=NEW["secret"]
    )
    listed = rymi.webhooks.list()["webhooks"]
    changed = rymi.webhooks.update(made["id"], alert_email="ops@example.com")
    deleted = rymi.webhooks.delete(made["id"])

    assert made["status"] == "registered"
    assert [each["id"] for each in listed] == [made["id"]]
    assert changed["status"] == "updated"
    assert deleted["status"] == "deleted"
    with pytest.raises(RymiError) as refusal:
        rymi.webhooks.delete(made["id"])
    assert (refusal.value.status, refusal.value.code) == (404, "not_found")


def test_an_operator_may_allow_private_networks(api):
    http.configure(allow=["10.0.0.0/8"])
    try:
        answer = api.post("/webhooks", {**NEW, "url": "http://10.1.2.3:8080/hook"})
    finally:
        http.configure()

    assert answer.status_code == 201
