"""Addresses of recordings that need no key: signed, for an hour."""

from uuid import UUID

from django.conf import settings
from django.core import signing

LIFE_S = 3_600
_SALT = "telephony.recording"


def make(call_id: UUID) -> str:
    """Return an address that plays one call's recording for an hour."""
    token = signing.dumps(str(call_id), salt=_SALT)
    return f"{settings.PUBLIC_BASE_URL}/v1/recordings/{token}"


def read(token: str) -> UUID | None:
    """Return the call that a link is for; None: forged, or too old."""
    try:
        return UUID(signing.loads(token, salt=_SALT, max_age=LIFE_S))
    except (signing.BadSignature, ValueError):
        return None
