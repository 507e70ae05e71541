import pytest

from tests.api import Api
from tests.intelligence.test_pipeline import work_out

pytestmark = pytest.mark.django_db


def test_spend_has_the_published_shape(api, call):
    work_out(call)

    answer = api.get("/analytics/spend").json()

    assert set(answer) == {
        "total_calls",
        "completed_calls",
        "in_progress_calls",
        "average_duration_seconds",
        "success_rate",
        "telecom_costs",
        "total_spent",
        "time_series",
        "status_distribution",
        "sentiment_distribution",
        "agent_performance",
        "drop_off_points",
        "filters",
    }
    assert (answer["total_calls"], answer["completed_calls"]) == (1, 1)
    assert answer["total_spent"] == 0.06
    assert len(answer["time_series"]) == 31
    assert set(answer["time_series"][-1]) == {"date", "calls", "minutes", "cost"}
    assert answer["sentiment_distribution"] == {
        "positive": 1,
        "neutral": 0,
        "negative": 0,
        "unknown": 0,
    }
    assert [each["bucket"] for each in answer["drop_off_points"]] == [
        "<30s",
        "30-60s",
        "1-3m",
        "3-5m",
        ">5m",
    ]
    assert answer["agent_performance"][0]["agent_id"] == str(call.agent_id)
    assert set(answer["telecom_costs"]) == {"total_minutes", "cost_usd"}


@pytest.mark.parametrize(
    "query",
    [
        "from=yesterday",
        "agent_id=x",
        "status=odd",
        "from=2026-02-01&to=2026-01-01",
        "from=2001-01-01",
    ],
)
def test_what_cannot_be_asked_is_refused(api, query):
    answer = api.get(f"/analytics/spend?{query}")

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_request"


@pytest.mark.parametrize(("scope", "status"), [("analytics", 200), ("calls", 403)])
def test_a_key_needs_the_scope_of_that_name(workspace, scope, status):
    answer = Api(workspace, [f"{scope}:read"]).get("/analytics/spend")

    assert answer.status_code == status
