from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from common import clock, ids
from telephony import reports
from telephony.reports import Filters
from tests.factories import AgentFactory, CallFactory


@pytest.fixture
def agent(workspace):
    return AgentFactory(workspace=workspace)


def calls_of(page):
    return [row.id for row in page.rows]


def test_pages_go_forth_and_back_without_a_gap(workspace, agent):
    made = CallFactory.create_batch(7, agent=agent)
    calls = sorted((call.id for call in made), reverse=True)

    first = reports.call_page(workspace, Filters(), size=3)
    second = reports.call_page(workspace, Filters(), first.older, size=3)
    third = reports.call_page(workspace, Filters(), second.older, size=3)
    back = reports.call_page(workspace, Filters(), third.newer, size=3)

    assert calls_of(first) + calls_of(second) + calls_of(third) == calls
    assert calls_of(back) == calls_of(second)
    assert (first.newer, third.older) == (None, None)
    assert reports.call_page(workspace, Filters(), back.newer, size=3) == first


def test_a_page_is_one_query(workspace, agent, django_assert_num_queries):
    CallFactory.create_batch(3, agent=agent)

    with django_assert_num_queries(1):
        page = reports.call_page(workspace, Filters())

    assert {row.agent_name for row in page.rows} == {agent.name}


def test_a_cursor_that_makes_no_sense_opens_the_first_page(workspace, agent):
    call = CallFactory(agent=agent)

    for cursor in ("", "x", "<", "<nonsense", ">' OR 1=1"):
        assert calls_of(reports.call_page(workspace, Filters(), cursor)) == [call.id]


@pytest.mark.parametrize(
    ("filters", "hits"),
    [
        (Filters(), {"live", "done", "failed", "missed", "typed"}),
        (Filters(state="live"), {"live"}),
        (Filters(state="completed"), {"done", "typed"}),
        (Filters(state="failed"), {"failed"}),
        (Filters(state="unconnected"), {"missed"}),
        (Filters(channel="text"), {"typed"}),
        (Filters(search="+44 7700 900 1"), {"live", "done"}),
        (Filters(search="(44) 7700-9002"), {"failed"}),
        (Filters(search="lena@"), {"typed"}),
        (Filters(search="%"), set()),
        (Filters(agent_id=uuid4()), set()),
    ],
)
def test_filters(workspace, agent, filters, hits):
    make = {
        "live": {"status": "in_progress", "caller": "+447700900118"},
        "done": {"caller": "+447700900101"},
        "failed": {"status": "failed", "caller": "+447700900200"},
        "missed": {"status": "no_answer", "caller": "+15550001"},
        "typed": {"channel": "text", "caller": "lena@example.com"},
    }
    ids_by_name = {
        name: CallFactory(agent=agent, **fields).id for name, fields in make.items()
    }

    found = set(calls_of(reports.call_page(workspace, filters)))

    assert found == {ids_by_name[name] for name in hits}


@pytest.mark.parametrize("form", ["{}", "call_{}"])
def test_a_call_is_found_by_its_id(workspace, agent, form):
    call, _ = CallFactory.create_batch(2, agent=agent)

    page = reports.call_page(workspace, Filters(search=form.format(call.id)))

    assert calls_of(page) == [call.id]


def test_dates_are_ranges_of_keys(workspace, agent):
    today = clock.now()
    yesterday = UUID(bytes=ids.floor(today - timedelta(days=1)).bytes[:6] + bytes(10))
    old = CallFactory(agent=agent, id=yesterday)
    new = CallFactory(agent=agent)
    midnight = today - timedelta(hours=1)

    assert calls_of(reports.call_page(workspace, Filters(since=midnight))) == [new.id]
    assert calls_of(reports.call_page(workspace, Filters(until=midnight))) == [old.id]


def test_a_stranger_sees_nothing(workspace, agent):
    theirs = CallFactory()

    assert reports.call_page(workspace, Filters()).rows == []
    assert reports.call_page(workspace, Filters(search=str(theirs.id))).rows == []
    assert reports.call_detail(workspace, theirs.id) is None


def test_an_export_holds_every_call_once(workspace, agent, monkeypatch):
    monkeypatch.setattr(reports, "CHUNK", 2)
    calls = {call.id for call in CallFactory.create_batch(5, agent=agent)}

    chunks = list(reports.export(workspace, Filters()))

    assert [len(chunk) for chunk in chunks] == [2, 2, 1]
    assert {row.id for chunk in chunks for row in chunk} == calls


def test_a_call_is_read_in_five_queries(workspace, agent, django_assert_num_queries):
    call = CallFactory(agent=agent)

    with django_assert_num_queries(5):
        report = reports.call_detail(workspace, call.id)

    assert report is not None
    assert (report.call.agent.name, report.recording) == (agent.name, None)


def test_figures_add_up(workspace, agent):
    now = clock.now()
    CallFactory(agent=agent, started_at=now, billed_ms=30_000, charge_micros=5)
    CallFactory(agent=agent, status="failed", latency_p50_ms=800)

    day = reports.figures(
        workspace, now - timedelta(hours=1), now + timedelta(seconds=1)
    )

    assert (day.calls, day.connected, day.failed) == (2, 1, 1)
    assert (day.billed_ms, day.charge_micros, day.latency_ms) == (30_000, 5, 800)
