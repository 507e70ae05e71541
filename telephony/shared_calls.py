"""Calls by an agent's public link: within its minutes, lines and calls an hour."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils.crypto import salted_hmac

from agents.models import Agent, ShareLink, Tester
from common import clock
from common.errors import Refusal
from telephony import web_calls
from telephony.models import Call, SharedCall
from telephony.web_calls import Seat, Wanted

SHORTEST_S = 30  # a call that would be shorter is not worth beginning


class UsedUp(Refusal):
    """The link's minutes have been talked away."""

    code = "share_link_used_up"
    status = 429


class Busy(Refusal):
    """All lines of the link are taken."""

    code = "share_link_busy"
    status = 429


class TooOften(Refusal):
    """This visitor has called often enough for an hour."""

    code = "share_link_calls_per_hour"
    status = 429


def start(
    link: ShareLink,
    *,
    address: str,
    origin: str,
    tester: Tester | None = None,
    by_room: bool = False,
) -> tuple[Call, list[Seat]]:
    """Start a call by the link, or refuse with what limits it. A tester talks to the
    draft, as often as the minutes last. ``by_room``: in a LiveKit room, where there is a
    server; the link's own page speaks with our own socket.

    The link's row is locked, so that of two visitors who both would fit alone only one
    is let in.
    """
    with transaction.atomic():
        ShareLink.objects.select_for_update().get(pk=link.pk)
        visitor = salted_hmac("telephony.shared_calls", address).hexdigest()
        _check_lines(link, None if tester else visitor)
        left = seconds_left(link)
        if left < SHORTEST_S:
            raise UsedUp(
                "The minutes of this link are used up. Ask whoever gave it to you."
            )
        longest = min(link.max_call_seconds, left)
        call, seats = web_calls.start(
            Wanted(
                agent=link.agent,
                identities=[tester.email if tester else "visitor"],
                metadata={"source": "tester" if tester else "share_link"},
                draft=tester is not None,
                origin=origin,
                longest_s=max(SHORTEST_S, longest),
                by_room=by_room,
            )
        )
        SharedCall.objects.create(
            call=call,
            agent=link.agent,
            tester=tester,
            address_hash=visitor,
            longest_s=longest,
        )
    return call, seats


def _check_lines(link: ShareLink, visitor: str | None) -> None:
    ours = SharedCall.objects.filter(agent_id=link.pk)
    if ours.filter(call__status__in=Call.LIVE).count() >= link.max_concurrent:
        raise Busy("All lines are taken just now. Try again in a moment.")
    if visitor is None:
        return
    hour = clock.now() - timedelta(hours=1)
    mine = ours.filter(address_hash=visitor, created_at__gt=hour).count()
    if mine >= link.calls_per_ip_hour:
        raise TooOften(
            f"From one place {link.calls_per_ip_hour} calls an hour are possible."
            " Try again later."
        )


def seconds_used(link: ShareLink) -> int:
    """Return what calls by the link have talked, all addresses it ever had together."""
    over = ~Q(call__status__in=Call.LIVE)
    used = SharedCall.objects.filter(over, agent_id=link.pk)
    total = used.aggregate(total=Sum("call__duration_ms"))["total"]
    return int((total or 0) / 1000)


def seconds_left(link: ShareLink) -> int:
    """Return what is left of the pool; live calls hold all they may still use."""
    live = SharedCall.objects.filter(agent_id=link.pk, call__status__in=Call.LIVE)
    held = live.aggregate(held=Sum("longest_s"))["held"] or 0
    return link.minutes_limit * 60 - seconds_used(link) - held


def testers(agent: Agent) -> QuerySet[Any]:
    """Return who tries the agent, with how often and when last."""
    rows: QuerySet[Any] = agent.testers.filter(revoked_at=None).annotate(
        call_count=Count("calls"), last_call_at=Max("calls__created_at")
    )
    return rows


def feature() -> dict[str, object]:
    """Return what links can be set to, for the API and the page."""
    return {"enabled": True, "base_url": f"{settings.PUBLIC_BASE_URL}/talk/"}
