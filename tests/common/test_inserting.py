from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from common import clock, inserting
from telephony.models import Call, Participant
from tests import factories

pytestmark = pytest.mark.django_db


def test_rows_are_as_the_orm_would_have_written_them(agent):
    said = {"quote": 'He said "no"', "list": [1, None, {"ü": "\\"}]}
    rows = [
        Call(
            workspace=agent.workspace,
            agent=agent,
            config=said,
            channel=Call.Channel.PHONE,
            direction=Call.Direction.INBOUND,
            metadata={"number": number},
            latency_p50_ms=number or None,
        )
        for number in range(3)
    ]

    inserting.insert(rows)

    for row in rows:
        found = Call.objects.get(pk=row.pk)
        assert found.config == said
        assert found.metadata == row.metadata
        assert found.latency_p50_ms == row.latency_p50_ms
        assert found.ended_at is None
        assert abs(found.created_at - clock.now()) < timedelta(minutes=1)


def test_a_row_that_is_there_already_stops_all_of_them(agent):
    call = factories.CallFactory(agent=agent)
    person = Participant(call=call, transport="pstn", role="customer", identity="a")
    inserting.insert([person])

    with pytest.raises(IntegrityError), transaction.atomic():
        inserting.insert(
            [Participant(call=call, transport="pstn", role="agent"), person]
        )

    assert call.participants.filter(role="agent").count() == 0


def test_what_all_rows_share_is_given_to_the_database_once(agent):
    said = {"instructions": "Be brief. " * 300}
    rows = [
        Call(workspace=agent.workspace, agent=agent, config=said, channel="phone")
        for _ in range(5)
    ]

    with CaptureQueriesContext(connection) as asked:
        inserting.insert(rows)

    assert [row.config for row in Call.objects.all()] == [said] * 5
    if connection.vendor == "postgresql":
        assert asked[0]["sql"].count('"instructions"') == 1


def test_a_key_twice_is_refused_though_it_is_the_same_object(agent):
    call = factories.CallFactory.build(agent=agent, workspace=agent.workspace)

    with pytest.raises(IntegrityError), transaction.atomic():
        inserting.insert([call, call])


def test_nothing_is_nothing():
    inserting.insert([])
