"""Deliveries in words people read."""

import json
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from webhooks import schedule
from webhooks.models import Attempt, Delivery, Event

PAGES = {"call": "telephony:call-detail", "agent": "agents:agent-detail"}
NO_ANSWER = "no answer"
TIMEOUT = "timeout"


@dataclass(frozen=True)
class Subject:
    """What a delivery is about."""

    kind: str
    id: str
    url: str

    @property
    def short(self) -> str:
        """Return the end of the id, which tells young ones apart."""
        return f"{self.kind} …{self.id[-8:]}" if self.id else self.kind


@dataclass(frozen=True)
class Try:
    """One try as it is shown."""

    attempt: Attempt
    answer: str
    tone: str
    waited: str  # since the try before, or ""


def subject(text: str) -> Subject:
    """Read a subject such as ``call:<id>``, with the page that shows it."""
    kind, _, wanted = text.partition(":")
    try:
        url = reverse(PAGES[kind], args=[UUID(wanted)])
    except (KeyError, ValueError, NoReverseMatch):
        url = ""
    return Subject(kind, wanted, url)


def answer(status: int | None, error: str) -> str:
    """Return what a receiver said, as short as it stays clear."""
    if status is not None:
        return str(status)
    if not error:
        return "–"
    return TIMEOUT if error == TIMEOUT else NO_ANSWER


def tone(delivery: Delivery) -> str:
    """Return the lamp's colour."""
    if delivery.state == Delivery.State.DELIVERED:
        return "warn" if delivery.tries > 1 else "ok"
    if delivery.state == Delivery.State.FAILED:
        return "bad"
    return "off" if delivery.state == Delivery.State.HELD else "live"


def state(delivery: Delivery) -> str:
    """Say in a sentence where a delivery is."""
    tries, most = delivery.tries, schedule.of(delivery.endpoint.is_patient).tries
    match delivery.state:
        case Delivery.State.DELIVERED:
            how = "on the first try" if tries <= 1 else f"on try {tries}"
            return f"Delivered {how}"
        case Delivery.State.FAILED:
            return f"Failed after {tries} {'try' if tries == 1 else 'tries'}"
        case Delivery.State.HELD:
            return "Held: not sent until somebody resends it"
        case Delivery.State.SENDING:
            return f"Try {tries + 1} of {most} is under way"
        case _:
            return f"Waits for try {tries + 1} of {most}"


def tries(attempts: list[Attempt]) -> list[Try]:
    """Return tries with the waits between them."""
    waits = [_waited(before, after) for before, after in pairwise(attempts)]
    return [
        Try(
            each,
            answer(each.status, each.error),
            "ok" if each.succeeded else "bad",
            waited,
        )
        for each, waited in zip(attempts, ["", *waits], strict=False)
    ]


def _waited(before: Attempt, after: Attempt) -> str:
    ended = before.started_at + timedelta(milliseconds=before.elapsed_ms)
    seconds = max(0.0, (after.started_at - ended).total_seconds())
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h"


def pretty(event: Event) -> str:
    """Return the body with lines, for reading; the bytes sent have none."""
    try:
        return json.dumps(json.loads(event.body), indent=2, ensure_ascii=False)
    except ValueError:
        return event.body
