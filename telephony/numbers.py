"""Customers' numbers: registered, attached to an agent, bound at the carrier."""

import contextlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User, Workspace
from agents.models import Agent
from common import clock, ids
from common.errors import NotFound, Refusal
from telephony import addresses, connections
from telephony.carrier import Bound, CarrierError
from telephony.carriers import base_url
from telephony.models import Call, CarrierConnection, Leg, Number
from telephony.phone_numbers import e164
from webhooks import outbox

MOST = 2_000  # numbers in one workspace
AT_ONCE = 50  # a carrier may take half a minute for one
NUDGED_WITHIN = timedelta(minutes=5)


class Taken(Refusal):
    """The number is registered by somebody else."""

    code = "number_taken"
    status = 409


def register(
    *,
    workspace: Workspace,
    number: str,
    agent: Agent | None = None,
    by: User | None = None,
    label: str = "",
) -> tuple[Number, bool]:
    """Register a number and bind it; False: it was ours already, and ``agent`` (if
    given) is attached now. Asks the carrier: up to half a minute."""
    wanted = e164(number)
    try:
        with transaction.atomic():
            found, created = workspace.numbers.get_or_create(
                number=wanted, defaults={"agent": agent, "label": label[:80]}
            )
            if created:
                _record(workspace, by, "number.registered", found)
                _tell(found)
    except IntegrityError:
        raise Taken(
            f"{wanted} is registered in another workspace. Remove it there first."
        ) from None
    if not created and agent:
        _give(found, agent, by)
    bind(found)
    return found, created


def find(workspace: Workspace, number: str) -> Number:
    """Return a number of the workspace, or raise ``NotFound``."""
    found = workspace.numbers.filter(number=str(number).strip()).first()
    if found is None:
        raise NotFound(f"There is no number {str(number)[:40]} here.")
    return found


def agent_of(workspace: Workspace, agent_id: UUID | str) -> Agent:
    """Return an agent that a number can be attached to, or raise ``NotFound``."""
    found = workspace.agents.filter(id=agent_id, deleted_at=None).first()
    if found is None:
        raise NotFound("There is no such agent here.")
    return found


def attach(number: Number, agent: Agent, *, by: User | None) -> None:
    """Let an agent answer a number, and bind it."""
    _give(number, agent, by)
    bind(number)


def detach(number: Number, *, by: User | None) -> None:
    """Let nobody answer a number; it stays registered."""
    number.agent = None
    number.save(update_fields=["agent"])
    _record(number.workspace, by, "number.detached", number)


def change(
    number: Number, *, label: str, hours: dict[str, Any] | None, by: User | None
) -> None:
    """Change what a number is called and when it answers."""
    number.label, number.hours = label.strip()[:80], hours
    number.save(update_fields=["label", "hours"])
    _record(number.workspace, by, "number.changed", number)


def remove(number: Number, *, by: User | None) -> None:
    """Forget a number; at the carrier it is the customer's as before."""
    connection = connections.active(number.workspace)
    if connection and number.provider == connection.provider:
        # It is the customer's number: it goes whatever the carrier says.
        with contextlib.suppress(CarrierError):
            connections.control_of(connection).release(
                number.number, addresses.answer_url(connection)
            )
    _record(number.workspace, by, "number.removed", number)
    number.delete()


def bind(number: Number) -> Number:
    """Send the number's calls to us, as far as the carrier lets us."""
    connection = connections.active(number.workspace)
    if connection is None:
        return _bound(
            number,
            Number.Binding.NO_CARRIER,
            "No carrier is connected. Connect one under Numbers.",
        )
    number.provider = connection.provider
    in_rooms = connections.carrier(connection.provider).in_rooms
    if not (addresses.is_reachable() or in_rooms or _has_double(connection)):
        return _bound(
            number,
            Number.Binding.MANUAL_REQUIRED,
            f"{addresses.public_url('')} cannot be reached from outside: set"
            " PUBLIC_BASE_URL to an address that carriers can call.",
        )
    bound = _ask(connection, number)
    if bound.status == "manual_required" and (
        _has_rung(connection, number) or _is_set_by_hand(connection, number)
    ):
        bound = Bound("configured", bound.ref)
    number.carrier_ref = bound.ref or number.carrier_ref
    return _bound(number, Number.Binding(bound.status), bound.error)


def bind_all(workspace: Workspace) -> None:
    """Bind every number again: the carrier has changed."""
    for number in workspace.numbers.order_by("id")[:MOST]:
        bind(number)


def bind_left_over(*, now: datetime) -> int:
    """Bind what a change of carriers left unbound because no worker heard of it."""
    heard_by = now - NUDGED_WITHIN
    left = Number.objects.filter(
        bound_at=None,
        workspace__carrier_connections__is_active=True,
        workspace__carrier_connections__checked_at__lt=heard_by,
    )
    found = list(left.select_related("workspace").order_by("id")[:AT_ONCE])
    for number in found:
        bind(number)
    return len(found)


def answer_url(number: Number) -> str:
    """Return where the carrier must send the number's calls."""
    connection = connections.active(number.workspace)
    return addresses.answer_url(connection) if connection else ""


def webhook(number: Number) -> dict[str, Any]:
    """Return what became of the binding, as the public API has it."""
    told: dict[str, Any] = {
        "status": number.binding,
        "provider": number.provider or None,
        "webhookUrl": answer_url(number) or None,
        "verified": number.binding == Number.Binding.CONFIGURED,
    }
    if number.binding_error:
        told["error"] = number.binding_error
    return told


def _give(number: Number, agent: Agent, by: User | None) -> None:
    if number.agent_id == agent.pk:
        return
    number.agent = agent
    with transaction.atomic():
        number.save(update_fields=["agent"])
        _record(number.workspace, by, "number.attached", number)
        _tell(number)


def _tell(number: Number) -> None:
    """Post that an agent answers a number now; attached anew it is told anew."""
    if number.agent_id is None:
        return
    outbox.post(
        workspace=number.workspace,
        event="agent.number_assigned",
        data={"agent_id": str(number.agent_id), "number": number.number},
        key=f"agent.number_assigned:{number.pk}:{ids.new()}",
        subject=f"agent:{number.agent_id}",
    )


def was_reached(number: Number, connection: CarrierConnection, now: datetime) -> None:
    """The carrier sent a call: what was set by hand is proved to be right."""
    proved: dict[str, str] = {}
    if (
        connection.provider == number.provider
        and number.binding == Number.Binding.MANUAL_REQUIRED
    ):
        proved = {"binding": Number.Binding.CONFIGURED, "binding_error": ""}
    Number.objects.filter(pk=number.pk).update(last_inbound_at=now, **proved)


def _has_rung(connection: CarrierConnection, number: Number) -> bool:
    """Tell whether calls have come in since the carrier was connected as it is now."""
    return Leg.objects.filter(
        number=number,
        provider=connection.provider,
        direction=Call.Direction.INBOUND,
        created_at__gt=connection.updated_at,
    ).exists()


def _ask(connection: CarrierConnection, number: Number) -> Bound:
    try:
        return connections.control_of(connection).bind(
            number.number,
            addresses.answer_url(connection),
            addresses.status_url(connection),
        )
    except CarrierError as error:
        return Bound("failed", error=str(error))


def _is_set_by_hand(connection: CarrierConnection, number: Number) -> bool:
    """Look whether somebody has set the answer URL where we may not."""
    wanted = addresses.answer_url(connection)
    try:
        owned = connections.control_of(connection).numbers()
    except CarrierError:
        return False
    return any(
        each.number == number.number and each.answer_url == wanted for each in owned
    )


def _bound(number: Number, binding: Number.Binding, error: str) -> Number:
    number.binding, number.binding_error = binding, error[:255]
    number.bound_at = clock.now()
    number.save(
        update_fields=[
            "binding",
            "binding_error",
            "bound_at",
            "provider",
            "carrier_ref",
        ]
    )
    return number


def _has_double(connection: CarrierConnection) -> bool:
    return bool(base_url(connections.carrier(connection.provider)))


def _record(workspace: Workspace, by: User | None, verb: str, number: Number) -> None:
    audit.record(workspace=workspace, actor=by, verb=verb, target=number.number)
