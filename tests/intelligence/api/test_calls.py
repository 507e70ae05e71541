import pytest

from common import clock
from intelligence.models import Analysis
from tests import factories
from tests.intelligence.test_pipeline import work_out

pytestmark = pytest.mark.django_db


def test_the_summary_of_a_call(api, call):
    work_out(call)

    answer = api.get(f"/calls/{call.id}/summary").json()

    assert answer["summary"].startswith("The caller said")
    assert answer["sentiment"] == "positive"
    assert answer["intelligence_status"] == "completed"
    assert answer["explanation"] == "Everything that was asked for is here."
    assert answer["extraction"]["phone"] == "07700900418"
    assert answer["evaluation"]["passed"] is None
    assert answer["made_by"] == "rules"


def test_a_call_that_was_not_worked_out_says_so(api, call):
    answer = api.get(f"/calls/{call.id}/summary").json()

    assert (answer["summary"], answer["sentiment"]) == (None, None)
    assert answer["intelligence_status"] == "not_started"


def test_reprocessing_is_accepted_and_done(api, call):
    work_out(call)

    answer = api.post(f"/calls/{call.id}/reprocess")  # as the SDK: no body

    assert answer.status_code == 202
    assert answer.json()["intelligence_status"] == "pending"
    assert Analysis.objects.get().edition == 2


def test_reprocessing_without_a_transcript_is_refused_in_words(api, agent):
    silent = factories.CallFactory(agent=agent, config={}, ended_at=clock.now())

    answer = api.post(f"/calls/{silent.id}/reprocess")

    assert answer.status_code == 409
    assert answer.json()["code"] == "no_transcript"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "summary"), ("POST", "reprocess")]
)
def test_a_strangers_call_is_not_there(api, method, path):
    other = factories.CallFactory()

    answer = api(method, f"/calls/{other.id}/{path}")

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
