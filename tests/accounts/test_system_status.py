from datetime import timedelta

import pytest

from accounts import components, system_status
from accounts.components import Component, Found
from accounts.models import ComponentCheck, ComponentDay, Level
from common import clock
from tests import processes

pytestmark = pytest.mark.django_db


@pytest.fixture
def parts(monkeypatch):
    """Two components of which one can be broken."""
    state = {"found": Found()}

    def look():
        if isinstance(state["found"], Exception):
            raise state["found"]
        return state["found"]

    known = {
        "fine": Component("fine", "Fine part", "", Found),
        "weak": Component("weak", "Weak part", "", look),
    }
    monkeypatch.setattr(components, "_known", known)
    return state


def levels():
    return dict(ComponentCheck.objects.values_list("component", "level"))


def test_a_server_that_is_away_is_told_in_a_line(caplog):
    found = components.answers(f"http://127.0.0.1:{processes.free_port()}")

    assert found.level == Level.OUTAGE
    assert "does not answer" in found.detail
    assert not caplog.records  # no traceback in everybody's terminal


def test_what_cannot_be_reached_is_down_and_the_others_are_looked_at(parts):
    parts["found"] = ConnectionRefusedError("no route")
    components.look_at_all(now=clock.now())

    assert levels() == {"fine": "operational", "weak": "outage"}
    assert "no route" in ComponentCheck.objects.get(pk="weak").detail
    told = system_status.of_now()
    assert (told.level, told.message) == (
        Level.OUTAGE,
        "Not as it should be: Weak part.",
    )


def test_what_the_operator_reads_is_not_told_to_everybody(parts, client):
    parts["found"] = ConnectionRefusedError("10.2.3.4 refused")
    components.look_at_all(now=clock.now())

    page = client.get("/status/").content.decode()

    assert "Weak part" in page
    assert "10.2.3.4" not in page


def test_it_knows_since_when(parts):
    first = clock.now() - timedelta(minutes=3)
    components.look_at_all(now=first)
    components.look_at_all(now=first + timedelta(minutes=1))
    assert ComponentCheck.objects.get(pk="weak").since == first

    parts["found"] = Found(Level.DEGRADED, "late")
    components.look_at_all(now=first + timedelta(minutes=2))

    check = ComponentCheck.objects.get(pk="weak")
    assert check.since == first + timedelta(minutes=2)
    day = ComponentDay.objects.get(component="weak", day=check.since.date())
    assert (day.looks, day.degraded, day.outages) in {(3, 1, 0), (1, 1, 0)}


def test_looks_that_are_old_say_nothing_of_now(parts):
    components.look_at_all(now=clock.now() - timedelta(minutes=10))

    told = system_status.of_now()

    assert told.level == Level.DEGRADED
    assert "Background work" in told.message
    assert [line.level for line in system_status.overview().lines] == [None, None]


def test_the_operators_word_goes_first(parts, owner):
    components.look_at_all(now=clock.now())
    incident = system_status.open_incident(
        title="Voices", level="outage", parts=["weak"], message="No voices.", by=owner
    )
    assert system_status.of_now().message == "No voices."

    system_status.update(incident, stage="resolved", message="They speak.", by=owner)

    assert system_status.of_now().level == Level.OPERATIONAL
    [past] = system_status.overview().past
    assert [each.stage for each in past.updates.all()] == ["resolved", "investigating"]
    with pytest.raises(system_status.Invalid):
        system_status.update(incident, stage="monitoring", message="?", by=owner)


@pytest.mark.parametrize(
    "wrong",
    [{"title": " "}, {"message": ""}, {"level": "operational"}, {"parts": ["moon"]}],
)
def test_an_incident_says_what_is_wrong(parts, owner, wrong):
    right = {"title": "T", "level": "outage", "parts": ["weak"], "message": "M"}

    with pytest.raises(system_status.Invalid):
        system_status.open_incident(**{**right, **wrong}, by=owner)


def test_a_queue_that_stands_is_told(db):
    now = clock.now()

    assert components.keeps_up(None, now=now).level == Level.OPERATIONAL
    late = components.keeps_up(now - timedelta(minutes=5), now=now)
    lost = components.keeps_up(now - timedelta(hours=1), now=now)
    assert (late.level, lost.level) == (Level.DEGRADED, Level.OUTAGE)


def test_the_real_components_can_all_be_looked_at(live_server, settings):
    settings.PUBLIC_BASE_URL = settings.MEDIA_BASE_URL = live_server.url
    settings.MEDIA_INTERNAL_URL = ""

    components.look_at_all(now=clock.now())

    found = levels()
    assert {"studio", "calls", "database", "cache", "webhooks"} <= set(found)
    working = {name for name, level in found.items() if level != "outage"}
    assert {"studio", "calls", "database", "cache"} <= working


def test_a_server_that_is_away_is_down(settings, db):
    settings.PUBLIC_BASE_URL = "http://127.0.0.1:9"
    settings.MEDIA_INTERNAL_URL = "ws://127.0.0.1:9"

    components.look_at_all(now=clock.now())

    assert (levels()["studio"], levels()["calls"]) == ("outage", "outage")
