"""Tokens for rooms: ten minutes to come in, one room, and the least that talking needs.

https://docs.livekit.io/home/get-started/authentication/ (read 2026-11)
"""

from datetime import timedelta

from django.conf import settings
from livekit import api

from telephony.models import Participant

LIFE = timedelta(minutes=10)
# Who comes when nobody has: an empty room is closed after this many seconds.
EMPTY_S, DEPARTED_S = 120, 20
MOST_PEOPLE = 502
AGENT = "agent"  # its identity; people have UUIDs


def for_person(participant: Participant, room: str) -> str:
    """Let one person into a room, with a microphone and nothing else."""
    return _token(str(participant.pk), room).with_name(participant.identity).to_jwt()


def for_agent(room: str) -> str:
    """Let the agent in. Who comes first makes the room, within these limits."""
    limits = api.RoomConfiguration(
        name=room,
        empty_timeout=EMPTY_S,
        departure_timeout=DEPARTED_S,
        max_participants=MOST_PEOPLE,
    )
    token = _token(AGENT, room, presses_keys=True)
    return token.with_kind("agent").with_room_config(limits).to_jwt()


def _token(identity: str, room: str, *, presses_keys: bool = False) -> api.AccessToken:
    grants = api.VideoGrants(
        room_join=True,
        room=room,
        can_subscribe=True,
        can_publish=True,
        can_publish_sources=["microphone"],
        can_publish_data=presses_keys,
        can_update_own_metadata=False,
    )
    return (
        api.AccessToken(settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET)
        .with_identity(identity)
        .with_ttl(LIFE)
        .with_grants(grants)
    )
