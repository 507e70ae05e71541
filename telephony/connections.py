"""A workspace's carrier: checked, connected, disconnected. One is active at a time."""

from collections.abc import Mapping, Sequence

from django.core.cache import cache
from django.db import transaction

from accounts import audit
from accounts.models import User, Workspace
from common import clock
from common.errors import Refusal
from common.later import later
from telephony.carrier import (
    Account,
    CallbackRequest,
    CarrierError,
    Control,
    OwnedNumber,
)
from telephony.carriers import CARRIERS, Carrier
from telephony.models import CarrierConnection, Leg, Number

TRIES, TRIES_WITHIN_S = 3, 300  # of credentials, for a workspace


class UnknownCarrier(Refusal):
    """There is no such carrier here."""

    code = "unsupported_provider"


class BadCredentials(Refusal):
    """What was typed cannot be credentials, or the carrier refused them."""

    code = "invalid_credentials"
    status = 401


class CarrierFailed(Refusal):
    """The carrier did not answer, or failed."""

    code = "carrier_unavailable"
    status = 502


class NoCarrier(Refusal):
    """The workspace has no carrier."""

    code = "carrier_not_connected"
    status = 409


class TooManyTries(Refusal):
    """Credentials were tried too often."""

    code = "rate_limited"
    status = 429

    def __init__(self) -> None:
        super().__init__(
            "Credentials can be tried three times in five minutes. Wait a little.",
            retry_after=TRIES_WITHIN_S,
        )


def active(workspace: Workspace) -> CarrierConnection | None:
    """Return the workspace's carrier."""
    found: CarrierConnection | None = workspace.carrier_connections.filter(
        is_active=True
    ).first()
    return found


def required(workspace: Workspace) -> CarrierConnection:
    """Return the same, or raise ``NoCarrier``."""
    connection = active(workspace)
    if connection is None:
        raise NoCarrier(
            "No carrier is connected. Connect one under Numbers → Connect provider."
        )
    return connection


def carrier(name: str) -> Carrier:
    """Return a carrier by its name, or raise ``UnknownCarrier``."""
    found = CARRIERS.get(name)
    if found is None:
        raise UnknownCarrier(
            f"There is no carrier called {name[:40]}. There are {', '.join(CARRIERS)}."
        )
    return found


def _offered(name: str) -> Carrier:
    found = carrier(name)
    return found if found.offered else carrier("")


def control_of(connection: CarrierConnection) -> Control:
    """Return the REST API of somebody's carrier."""
    return carrier(connection.provider).control(connection.credentials)


def is_genuine(connection: CarrierConnection, asked: CallbackRequest) -> bool:
    """Tell whether the customer's carrier sent this."""
    return CARRIERS[connection.provider].callbacks.verify(
        asked, connection.credentials, connection.callback_key
    )


def validate(
    workspace: Workspace, provider: str, credentials: Mapping[str, str]
) -> Account:
    """Try credentials and keep nothing; three times in five minutes."""
    known = _offered(provider)
    given = checked(known, credentials)
    if _count(f"carrier-tries:{workspace.pk}") > TRIES:
        raise TooManyTries()
    return _check(known, given)


def connect(
    *,
    workspace: Workspace,
    provider: str,
    credentials: Mapping[str, str],
    by: User | None,
) -> CarrierConnection:
    """Try credentials, keep them encrypted, and make this the workspace's carrier.

    Raises ``BadCredentials`` or ``CarrierFailed`` and changes nothing then. Wrong ones
    are refused three times in five minutes, too: nobody tries them out here.
    """
    known = _offered(provider)
    given = checked(known, credentials)
    wrong = f"carrier-refusals:{workspace.pk}:{provider}"
    if cache.get(wrong, 0) >= TRIES:
        raise TooManyTries()
    try:
        account = _check(known, given)
    except BadCredentials:
        _count(wrong)
        raise
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=workspace.pk)
        workspace.carrier_connections.exclude(provider=provider).update(is_active=False)
        connection, _ = CarrierConnection.objects.update_or_create(
            workspace=workspace,
            provider=provider,
            defaults={
                "account_name": account.name[:120],
                "account_country": account.country[:2],
                "account_ref": account.ref[:80],
                "credentials": given,
                "masked": _masked(known, given),
                "is_active": True,
                "checked_at": clock.now(),
                "error": "",
            },
        )
        _loosen(workspace, keep=provider)
        workspace.numbers.update(bound_at=None)  # a sweep binds what no nudge reached
        audit.record(
            workspace=workspace, actor=by, verb="carrier.connected", target=known.title
        )
        later("telephony.bind_numbers", workspace_id=str(workspace.pk))
    return connection


def disconnect(*, workspace: Workspace, by: User | None) -> None:
    """Forget the carrier; its numbers stay, and answer no more."""
    with transaction.atomic():
        connection = active(workspace)
        if connection is None:
            return
        title = carrier(connection.provider).title
        under_way = Leg.objects.filter(connection=connection)
        if under_way.exclude(state__in=Leg.OVER).exists():
            raise Refusal(
                "Calls are under way through this carrier. Wait until they have ended,"
                " or end them.",
                code="carrier_in_use",
            )
        connection.delete()
        _loosen(workspace, keep="")
        audit.record(
            workspace=workspace, actor=by, verb="carrier.disconnected", target=title
        )


def numbers_at(connection: CarrierConnection) -> Sequence[OwnedNumber]:
    """List the numbers that the customer has at the carrier."""
    try:
        return control_of(connection).numbers()
    except CarrierError as error:
        raise CarrierFailed(str(error)) from error


def checked(known: Carrier, credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that were filled in, or raise ``BadCredentials``."""
    given = {name: str(value).strip() for name, value in credentials.items() if value}
    unknown = sorted(set(given) - {field.name for field in known.fields})
    if unknown:
        raise BadCredentials(
            f"{known.title} has no field {', '.join(unknown)}.", code="invalid_request"
        )
    missing = [f.label for f in known.fields if f.required and not given.get(f.name)]
    if missing:
        is_or_are = "are" if len(missing) > 1 else "is"
        raise BadCredentials(f"{', '.join(missing)} {is_or_are} missing.")
    return given


def _check(known: Carrier, given: dict[str, str]) -> Account:
    try:
        return known.control(given).check()
    except CarrierError as error:
        if error.permanent:
            raise BadCredentials(str(error)) from error
        raise CarrierFailed(f"{error} Nothing was changed; try again.") from error


def _count(name: str) -> int:
    cache.add(name, 0, TRIES_WITHIN_S)
    try:
        return cache.incr(name)
    except ValueError:  # it ran out between the two
        return 0


def _loosen(workspace: Workspace, *, keep: str) -> None:
    """Say of every number at another carrier that nothing reaches us any more."""
    workspace.numbers.exclude(provider=keep or None).update(
        binding=Number.Binding.NO_CARRIER,
        binding_error="Its carrier is not connected.",
    )


def _masked(known: Carrier, given: Mapping[str, str]) -> str:
    """Show enough of an account to know it by."""
    shown = next(
        (given[f.name] for f in known.fields if not f.secret and given.get(f.name)), ""
    )
    if not shown:
        return "···"
    return f"{shown[:2]}···{shown[-4:]}" if len(shown) >= 10 else shown[:32]
