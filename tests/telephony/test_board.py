"""The live board's socket: news of one's own workspace, and of no other."""

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from common import clock
from rymi_site.asgi import application
from telephony import calls
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def socket_of(user):
    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = f"{settings.SESSION_COOKIE_NAME}={value}".encode()
    headers = [(b"origin", b"http://testserver"), (b"host", b"testserver")]
    return WebsocketCommunicator(
        application, "/ws/live/", headers=[*headers, (b"cookie", cookie)]
    )


async def test_a_board_hears_of_its_own_calls_only(agent, owner, viewer, stranger):
    ours = await database_sync_to_async(socket_of)(viewer)
    theirs = await database_sync_to_async(socket_of)(stranger)
    assert (await ours.connect())[0]
    assert (await theirs.connect())[0]

    call, _ = await database_sync_to_async(calls.start_test)(agent=agent, by=owner)
    await database_sync_to_async(calls.answer)(call.id, now=clock.now())

    assert await ours.receive_json_from() == {"type": "changed"}
    assert await theirs.receive_nothing()
    await ours.disconnect()
    await theirs.disconnect()


async def test_a_person_without_a_workspace_is_turned_away(db):
    user = await database_sync_to_async(factories.UserFactory)()
    socket = await database_sync_to_async(socket_of)(user)

    assert await socket.connect() == (False, 4403)
