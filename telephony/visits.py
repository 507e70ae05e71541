"""The agent's visits to LiveKit rooms: wanted, claimed by one media process, made.

A row is the queue, so that a process that dies before it has begun loses nothing, and no
two go to the same room. A room is one line of a call: a browser's, or a SIP trunk's.
"""

from datetime import datetime, timedelta

from telephony import media_tokens, resuming
from telephony.models import Call, Leg, Participant, RoomEvent, RoomVisit

WITHIN = timedelta(seconds=60)  # somebody has to come
SOON = timedelta(seconds=10)  # somebody has to come who says why not
TURNED_AWAY_WITHIN = timedelta(seconds=40)
AT_ONCE = 20  # visits one look claims
REMEMBERED = timedelta(hours=24)  # events, against their being told twice


def want(
    call: Call,
    participant: Participant,
    *,
    now: datetime,
    room: str = "",
    leg: Leg | None = None,
    resumes: bool = False,
    within: timedelta = WITHIN,
) -> RoomVisit:
    """Ask for the agent to go to a room, the call's own where none is named."""
    return RoomVisit.objects.create(
        call=call,
        participant=participant,
        leg=leg,
        room=room or call.room_name,
        resumes=resumes,
        expires_at=now + within,
    )


def want_beside(call: Call, participant: Participant, *, now: datetime) -> RoomVisit:
    """Ask for the agent to go to a room of one person's, who comes into a call that
    others are in: whom each line of the call is from is known by its room."""
    return want(call, participant, room=f"{call.room_name}-{participant.pk}", now=now)


def want_to_turn_away(leg: Leg, *, room: str, now: datetime) -> None:
    """Ask for somebody to say in a room why the call cannot be taken. Their line is
    open by then; where nobody comes to say it a sweep puts them out."""
    if RoomVisit.objects.filter(leg=leg).exists():
        return
    Leg.objects.filter(pk=leg.pk).update(
        state=Leg.State.ANSWERED, ended_at=None, next_at=now + TURNED_AWAY_WITHIN
    )
    want(leg.call, leg.participant, room=room, leg=leg, now=now, within=SOON)


def await_answer(leg: Leg, *, now: datetime, within: timedelta) -> None:
    """Let the agent wait in the room into which somebody is dialled; once a line."""
    if not RoomVisit.objects.filter(leg=leg).exists():
        want(
            leg.call,
            leg.participant,
            room=room_of(leg),
            leg=leg,
            now=now,
            within=within,
        )


def go_back(room: str, now: datetime) -> None:
    """The agent is gone from a room whose call goes on, such as by its process's death:
    send another, unless one is on its way."""
    last = (
        RoomVisit.objects.select_related("call", "participant", "leg")
        .filter(room=room)
        .order_by("-id")
        .first()
    )
    if last is None or last.claimed_at is None or last.participant.left_at:
        return
    call = last.call
    if call.status == Call.Status.IN_PROGRESS and not call.end_requested_at:
        want(call, last.participant, room=room, leg=last.leg, resumes=True, now=now)


def room_of(leg: Leg) -> str:
    """Return where a line that we dial ends: the first one in the call's room, each
    further one in a room of its own, since the mixing is ours."""
    first = Leg.objects.filter(call_id=leg.call_id).order_by("id").values_list("id")
    is_first = first[:1].get()[0] == leg.pk
    name = leg.call.room_name
    in_use = RoomVisit.objects.filter(call_id=leg.call_id, leg=None, room=name).exists()
    return name if is_first and not in_use else f"{name}-{leg.pk}"


def claim(now: datetime) -> list[RoomVisit]:
    """Take the visits that nobody makes yet."""
    waiting = RoomVisit.objects.filter(claimed_at=None, expires_at__gt=now)
    found = list(waiting.order_by("expires_at").values_list("id", flat=True)[:AT_ONCE])
    ours = [
        visit_id
        for visit_id in found
        if waiting.filter(pk=visit_id).update(claimed_at=now)
    ]
    if not ours:
        return []
    return list(
        RoomVisit.objects.select_related("call", "participant", "leg").filter(
            pk__in=ours
        )
    )


def token(visit: RoomVisit, now: datetime) -> str:
    """Return what lets the room's line carry the call, or come into it; "": neither."""
    if visit.leg is None:
        call = Call.objects.only("carried_for").get(pk=visit.call_id)
        began_it = call.carried_for in (None, visit.participant_id)
        return media_tokens.issue(
            visit.call,
            visit.participant,
            now=now,
            resumes=visit.resumes,
            joins=not (visit.resumes and began_it),
        )
    leg = Leg.objects.select_related("call", "number").get(pk=visit.leg.pk)
    visit.leg = leg
    if visit.resumes:
        return resuming.resume(leg, None, now).token
    if leg.direction == Call.Direction.OUTBOUND:
        return resuming.answered(leg, None, now).token
    return media_tokens.issue_for(leg, now=now)


def note_event(event_id: str) -> bool:
    """Remember an event of LiveKit's; False: it is known already."""
    _, is_new = RoomEvent.objects.get_or_create(pk=event_id[:80])
    return is_new


def forget(now: datetime) -> None:
    """Drop what no one needs any more."""
    RoomEvent.objects.filter(at__lt=now - REMEMBERED).delete()
    RoomVisit.objects.filter(expires_at__lt=now - REMEMBERED).delete()
