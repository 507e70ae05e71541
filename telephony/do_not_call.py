"""Whom a workspace must not call. Numbers are kept as E.164, so that one written
another way is the same."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts import audit
from accounts.models import User, Workspace
from common.errors import NotFound, Refusal
from telephony.models import DoNotCall
from telephony.phone_numbers import e164, normalised

ASKED_BY_VOICE = "Asked during a call"
ASKED_BY_KEY = "Pressed 9 during a call"


class Blocked(Refusal):
    """The person wants no calls."""

    code = "do_not_call"
    status = 403


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of one number."""

    given: str
    normalized: str | None
    blocked: bool


def add(
    workspace: Workspace, phone: str, *, reason: str = "", by: User | None = None
) -> DoNotCall:
    """Block a number; a second time changes nothing."""
    entry, created = workspace.do_not_call.get_or_create(
        phone=e164(phone, workspace.operating_country),
        defaults={"reason": reason[:200]},
    )
    if created:
        audit.record(
            workspace=workspace, actor=by, verb="do_not_call.added", target=entry.phone
        )
    return entry


def add_all(
    workspace: Workspace, phones: Iterable[str], *, reason: str = ""
) -> tuple[int, list[str]]:
    """Block many numbers; return how many are blocked now, and what is no number."""
    given = list(phones)
    read = {text: normalised(text, workspace.operating_country) for text in given}
    wanted = sorted({phone for phone in read.values() if phone})
    DoNotCall.objects.bulk_create(
        [
            DoNotCall(workspace=workspace, phone=phone, reason=reason[:200])
            for phone in wanted
        ],
        ignore_conflicts=True,
        batch_size=500,
    )
    return len(wanted), [text for text in given if read[text] is None]


def remove(workspace: Workspace, phone: str, *, by: User | None = None) -> str:
    """Allow calls again; return the number."""
    wanted = normalised(phone, workspace.operating_country) or phone.strip()
    deleted, _ = workspace.do_not_call.filter(phone=wanted).delete()
    if not deleted:
        raise NotFound(f"{wanted[:40]} is not on the list.")
    audit.record(
        workspace=workspace, actor=by, verb="do_not_call.removed", target=wanted
    )
    return wanted


def check(workspace: Workspace, phones: Iterable[str]) -> list[Checked]:
    """Tell of each number whether it is blocked: one query."""
    given = list(phones)
    read = [normalised(text, workspace.operating_country) for text in given]
    blocked = set(
        workspace.do_not_call.filter(
            phone__in=[phone for phone in read if phone]
        ).values_list("phone", flat=True)
    )
    return [
        Checked(text, phone, phone in blocked)
        for text, phone in zip(given, read, strict=True)
    ]


def refuse_blocked(workspace: Workspace, phone: str) -> None:
    """Raise ``Blocked`` if the number must not be called."""
    if workspace.do_not_call.filter(phone=phone).exists():
        raise Blocked(
            f"{phone} is on the do-not-call list of this workspace. Take it off there if"
            " the person asked to be called again."
        )
