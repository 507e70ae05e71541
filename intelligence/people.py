"""One person, by phone number: everything that is kept of them, as a file or gone.

What is erased leaves a receipt that says how much there was and not of whom. Amounts and
lengths stay in the ledger, without the number.
"""

import hashlib
import hmac
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import phonenumbers
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from accounts import audit
from accounts.models import User, Workspace
from common import crash
from common.errors import Refusal
from intelligence import artefacts, letters, retention, talk
from intelligence.models import Analysis, ErasureReceipt
from telephony import recordings
from telephony.models import Call, Participant, Recipient, Recording
from telephony.models.leg import Leg
from webhooks.models import Event

BATCH = 100
ERASED = "erased"


class NotANumber(Refusal):
    """What was typed is no phone number."""

    code = "invalid_request"


class Held(Refusal):
    """A legal hold keeps what should go."""

    code = "legal_hold"
    status = 409


@dataclass(frozen=True, slots=True)
class Findings:
    """How much is kept of a person."""

    calls: int
    recordings: int
    recorded_ms: int
    transcripts: int
    fields: int
    webhook_copies: int
    call_backs: int
    held: int  # calls that a legal hold keeps

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all."""
        return not (self.calls or self.call_backs)


def number_of(text: str) -> str:
    """Return a number as calls have it: +447700900418."""
    wanted = text.strip()
    try:
        parsed = phonenumbers.parse(wanted if wanted.startswith("+") else f"+{wanted}")
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_possible_number(parsed):
        raise NotANumber("Give the whole number with its country: +44 7700 900418.")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def find(workspace: Workspace, number: str) -> Findings:
    """Count what is kept of a person."""
    calls = calls_of(workspace, number)
    ids = list(calls.values_list("pk", flat=True))
    sound = Recording.objects.filter(call_id__in=ids)
    subjects = [f"call:{call}" for call in ids]
    return Findings(
        calls=len(ids),
        recordings=sound.count(),
        recorded_ms=sound.aggregate(sum=Sum("duration_ms"))["sum"] or 0,
        transcripts=calls.filter(transcript_segments__isnull=False).distinct().count(),
        fields=sum(
            len(fields)
            for fields in Analysis.objects.filter(pk__in=ids).values_list(
                "fields", flat=True
            )
        ),
        webhook_copies=Event.objects.filter(
            workspace=workspace, subject__in=subjects
        ).count(),
        call_backs=workspace.call_backs.filter(phone=number).count(),
        held=len(_held(workspace, ids)),
    )


def calls_of(workspace: Workspace, number: str) -> "QuerySet[Call]":
    """Return the calls a person was on."""
    with_them = Participant.objects.filter(
        identity=number, call__workspace=workspace
    ).values("call_id")
    found: QuerySet[Call] = workspace.calls.filter(
        Q(caller=number) | Q(pk__in=with_them)
    )
    return found.order_by("pk")


# ---------------------------------------------------------------- export


def export(workspace: Workspace, number: str, *, by: User) -> Iterator[bytes]:
    """Return a ZIP of everything that is kept of a person, a piece at a time."""
    audit.record(workspace=workspace, actor=by, verb="person.exported")
    return _zipped(workspace, number)


def _zipped(workspace: Workspace, number: str) -> Iterator[bytes]:
    buffer = _Pipe()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for call in calls_of(workspace, number).iterator(chunk_size=BATCH):
            document = json.dumps(_document(call), default=str, indent=2)
            archive.writestr(f"calls/{call.pk}.json", document)
            yield buffer.taken()
            yield from _sound(archive, buffer, call)
    yield buffer.taken()


def _document(call: Call) -> dict[str, Any]:
    segments = list(call.transcript_segments.order_by("sequence"))
    analysis = Analysis.objects.filter(pk=call.pk).first()
    told = letters.completed(
        call,
        talk.of(segments, ()),
        segments,
        Recording.objects.filter(call=call).first(),
        analysis,
        status=call.intelligence_status,
    )
    if analysis:
        told = letters.ready(told, analysis)
    happened = call.timeline.order_by("sequence").values("kind", "at_ms", "detail")
    sent = Event.objects.filter(
        workspace_id=call.workspace_id, subject=f"call:{call.pk}"
    )
    return {
        **told,
        "timeline": list(happened),
        "webhooks": list(sent.values("type", "created_at", "body")),
    }


def _sound(archive: zipfile.ZipFile, buffer: "_Pipe", call: Call) -> Iterator[bytes]:
    found = Recording.objects.filter(call=call).first()
    path = recordings.full_path(found.path) if found else None
    if path is None or not path.is_file():
        return
    with path.open("rb") as source, archive.open(f"recordings/{path.name}", "w") as to:
        while piece := source.read(1 << 20):
            to.write(piece)
            yield buffer.taken()


class _Pipe(io.RawIOBase):
    """What the archive writes, until it is taken."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._held += piece
        return len(piece)

    def taken(self) -> bytes:
        """Hand over what was written since."""
        piece = bytes(self._held)
        self._held.clear()
        return piece


# ---------------------------------------------------------------- erasure


def erase(
    workspace: Workspace, number: str, *, by: User, now: datetime
) -> ErasureReceipt:
    """Take a person out of everything and write a receipt without content.

    A batch a transaction: after a crash the same deed goes on with what is left, and
    its receipt says what that was.
    """
    if calls_of(workspace, number).filter(status__in=Call.LIVE).exists():
        raise Held("They are on the line now. Try again when the call has ended.")
    found = find(workspace, number)
    if found.held:
        raise Held(
            f"{found.held} of these calls are under a legal hold. Release it first."
        )
    while calls := list(
        calls_of(workspace, number).values_list("pk", flat=True)[:BATCH]
    ):
        _erase(workspace, number, calls)
    # A do-not-call entry stays: it is what keeps them from being called.
    workspace.call_backs.filter(phone=number).delete()
    _take_off_queues(workspace, number)
    workspace.forgotten_callers.filter(phone=number).delete()
    return _receipt(workspace, number, found, by, now)


@transaction.atomic
def _erase(workspace: Workspace, number: str, calls: list[UUID]) -> None:
    for artefact in artefacts.CONTENT:
        artefacts.take_away(artefact, workspace, calls)
    crash.point("erase.before_commit")
    Participant.objects.filter(call_id__in=calls, identity=number).update(
        identity=ERASED
    )
    rows = Call.objects.filter(pk__in=calls, workspace=workspace)
    rows.filter(caller=number).update(caller=ERASED)
    legs = Leg.objects.filter(call_id__in=calls)
    legs.filter(from_number=number).update(from_number=ERASED)
    legs.filter(to_number=number).update(to_number=ERASED)
    rows.update(metadata={}, variables={}, summary="")


def _take_off_queues(workspace: Workspace, number: str) -> None:
    """Call nobody who was erased, and forget that they were on a list."""
    rows = Recipient.objects.filter(fanout__workspace=workspace, number=number)
    waiting = rows.filter(state=Recipient.State.WAITING)
    waiting.update(state=Recipient.State.CANCELED, reason=ERASED)
    rows.update(number=ERASED, metadata={})


def _held(workspace: Workspace, calls: list[UUID]) -> list[UUID]:
    held = set(retention.held_calls(workspace).values_list("call_id", flat=True))
    return calls if None in held else [call for call in calls if call in held]


@transaction.atomic
def _receipt(
    workspace: Workspace, number: str, found: Findings, by: User, now: datetime
) -> ErasureReceipt:
    counts = {k: v for k, v in asdict(found).items() if k != "held"}
    receipt = ErasureReceipt(
        workspace=workspace,
        person=fingerprint(workspace, number),
        counts=counts,
        erased_by=by,
        created_at=now,
    )
    receipt.signature = _signature(receipt)
    receipt.save()
    audit.record(
        workspace=workspace, actor=by, verb="person.erased", target=str(receipt.pk)
    )
    return receipt


def fingerprint(workspace: Workspace, number: str) -> str:
    """Return what stands for a number in receipts: nobody can read the number out."""
    return _hashed(f"person:{workspace.pk}:{number}")


def is_genuine(receipt: ErasureReceipt) -> bool:
    """Tell whether this server wrote the receipt, and nobody changed it."""
    return hmac.compare_digest(receipt.signature, _signature(receipt))


def _signature(receipt: ErasureReceipt) -> str:
    facts = [
        str(receipt.pk),
        str(receipt.workspace_id),
        receipt.person,
        receipt.created_at.isoformat(),
        json.dumps(receipt.counts, sort_keys=True),
    ]
    return _hashed("receipt:" + "\n".join(facts))


def _hashed(text: str) -> str:
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
