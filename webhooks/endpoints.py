"""Where events go: added, changed, paused, resumed, deleted; each with its secret."""

from collections.abc import Iterable
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from accounts import audit
from accounts.models import User, Workspace
from common import clock, http, ids
from common.errors import Refusal
from common.later import later
from webhooks import delivery
from webhooks.models import Endpoint

MOST = 50  # endpoints in one workspace
MOST_EVENTS = 100
SECRET_LENGTHS = range(16, 257)
BOTH_SECRETS_FOR = timedelta(hours=24)


class Invalid(Refusal):
    """The endpoint cannot be as it was asked for; ``field`` says where it fails."""

    code = "invalid_request"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class TooMany(Refusal):
    """The workspace has as many endpoints as one can have."""

    code = "too_many_endpoints"
    status = 409


class NotActive(Refusal):
    """Nothing is sent to an endpoint that is paused or disabled."""

    code = "endpoint_not_active"
    status = 409


def new_secret() -> str:
    """Make a signing secret."""
    return ids.token("whsec_")


def create(
    *,
    workspace: Workspace,
    url: str,
    events: Iterable[str],
    secret: str = "",
    alert_email: str = "",
    is_patient: bool = False,
    by: User | None,
) -> Endpoint:
    """Add an endpoint; without a secret it gets one, to be shown once."""
    made = Endpoint(
        workspace=workspace,
        url=checked_url(url),
        events=_checked_events(events),
        secret=_checked_secret(secret) if secret else new_secret(),
        alert_email=_checked_email(alert_email),
        is_patient=is_patient,
    )
    with transaction.atomic():
        # One at a time for each workspace, or two could both be the last.
        Workspace.objects.select_for_update().get(pk=workspace.pk)
        if workspace.webhook_endpoints.present().count() >= MOST:
            raise TooMany(f"A workspace can have {MOST} endpoints. Delete one first.")
        made.save()
        _note(made, "webhook.added", by)
    return made


def change(
    endpoint: Endpoint,
    *,
    by: User | None,
    url: str | None = None,
    events: Iterable[str] | None = None,
    alert_email: str | None = None,
    is_patient: bool | None = None,
    secret: str | None = None,
) -> Endpoint:
    """Change what is given; a secret that is replaced stays good for a day."""
    if url is not None:
        endpoint.url = checked_url(url)
    if events is not None:
        endpoint.events = _checked_events(events)
    if alert_email is not None:
        endpoint.alert_email = _checked_email(alert_email)
    if is_patient is not None:
        endpoint.is_patient = is_patient
    if secret is not None:
        _checked_secret(secret)
    with transaction.atomic():
        endpoint.save(update_fields=["url", "events", "alert_email", "is_patient"])
        if secret is not None:
            replace_secret(endpoint, secret, by=by)
        _note(endpoint, "webhook.changed", by)
    return endpoint


def replace_secret(endpoint: Endpoint, secret: str = "", *, by: User | None) -> str:
    """Give an endpoint another secret and return it; the former works for a day."""
    fresh = _checked_secret(secret) if secret else new_secret()
    with transaction.atomic():
        kept = _locked(endpoint)
        if fresh != kept.secret:
            endpoint.previous_secret = kept.secret
            endpoint.previous_until = clock.now() + BOTH_SECRETS_FOR
        endpoint.secret = fresh
        endpoint.save(update_fields=["secret", "previous_secret", "previous_until"])
        _note(endpoint, "webhook.secret_replaced", by)
    return fresh


def drop_previous_secret(endpoint: Endpoint, *, by: User | None) -> None:
    """Sign with the present secret only, from now on."""
    endpoint.previous_secret = endpoint.previous_until = None
    with transaction.atomic():
        endpoint.save(update_fields=["previous_secret", "previous_until"])
        _note(endpoint, "webhook.secret_dropped", by)


def pause(endpoint: Endpoint, *, by: User | None, reason: str = "") -> None:
    """Send nothing any more; what waits and what comes is held."""
    with transaction.atomic():
        if not _locked(endpoint).is_active:
            return
        _set(endpoint, Endpoint.Status.PAUSED, Endpoint.Why.PERSON)
        delivery.hold(endpoint)
        _note(endpoint, "webhook.paused", by, reason)


def resume(endpoint: Endpoint, *, by: User | None, reason: str = "") -> None:
    """Send what comes from here on; what was held is resent when somebody asks."""
    with transaction.atomic():
        if _locked(endpoint).is_active:
            return
        endpoint.failing_since = None  # five fresh days
        endpoint.save(update_fields=["failing_since"])
        _set(endpoint, Endpoint.Status.ACTIVE, "")
        _note(endpoint, "webhook.resumed", by, reason)
        later("webhooks.deliver_due")


def delete(endpoint: Endpoint, *, by: User | None) -> None:
    """Take an endpoint away; its log goes with the next purge, its secrets at once."""
    with transaction.atomic():
        _locked(endpoint)
        endpoint.deleted_at = clock.now()
        endpoint.secret, endpoint.previous_secret = "", None
        endpoint.save(update_fields=["deleted_at", "secret", "previous_secret"])
        delivery.hold(endpoint)
        _note(endpoint, "webhook.deleted", by)


def checked_url(url: str) -> str:
    """Return an address that may be called, or refuse."""
    url = url.strip()
    if len(url) > 2000:
        raise Invalid("The address is longer than 2,000 characters.", field="url")
    try:
        http.check(url, https_only=True)
    except http.Forbidden as refusal:
        raise Invalid(str(refusal), field="url") from None
    return url


def _checked_events(events: Iterable[str]) -> list[str]:
    names = list(dict.fromkeys(name.strip() for name in events if name.strip()))
    if not names:
        raise Invalid("Choose at least one event.", field="events")
    if len(names) > MOST_EVENTS or any(len(name) > 64 for name in names):
        raise Invalid(
            f"At most {MOST_EVENTS} events, each of at most 64 characters.",
            field="events",
        )
    return names


def _checked_secret(secret: str) -> str:
    if len(secret) not in SECRET_LENGTHS:
        raise Invalid(
            f"The secret has {len(secret)} characters; it needs 16 to 256.",
            field="secret",
        )
    if "\x00" in secret or secret != secret.strip():
        raise Invalid("The secret begins or ends with a space.", field="secret")
    return secret


def _checked_email(address: str) -> str:
    address = address.strip()
    try:
        if address:
            validate_email(address)
    except ValidationError:
        raise Invalid(
            f"“{address}” is not an e-mail address. Write it like ops@example.com.",
            field="alert_email",
        ) from None
    return address


def _locked(endpoint: Endpoint) -> Endpoint:
    """Hold the endpoint's row, so that no sender claims for it meanwhile."""
    return Endpoint.objects.select_for_update().get(pk=endpoint.pk)


def _set(endpoint: Endpoint, status: Endpoint.Status, why: str) -> None:
    endpoint.status, endpoint.why = status, why
    endpoint.save(update_fields=["status", "why"])


def _note(endpoint: Endpoint, verb: str, by: User | None, reason: str = "") -> None:
    audit.record(
        workspace=endpoint.workspace,
        actor=by,
        verb=verb,
        target=endpoint.host,
        reason=reason,
    )
