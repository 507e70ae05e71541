"""Public links to agents: made, limited, replaced, found."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.models import User
from agents.models import Agent, ShareLink
from common import clock, ids
from common.errors import NotFound, Refusal

# field → (least, most)
LIMITS: dict[str, tuple[int, int]] = {
    "minutes_limit": (0, 6_000),
    "max_call_seconds": (60, 1_800),
    "max_concurrent": (1, 10),
    "calls_per_ip_hour": (1, 30),
}


class Invalid(Refusal):
    """A limit is outside of its range."""

    code = "invalid_request"


def of(agent: Agent, *, with_agent: bool = False) -> ShareLink | None:
    """Return the agent's link, if it has one."""
    rows = ShareLink.objects.filter(agent=agent)
    if with_agent:
        rows = rows.select_related("agent__workspace", "agent__published")
    return rows.first()


@transaction.atomic
def put(agent: Agent, *, fields: Mapping[str, Any], by: User | None) -> ShareLink:
    """Make the link, or change what is named of it."""
    link, is_new = ShareLink.objects.select_for_update().get_or_create(
        agent=agent, defaults={"created_by": by}
    )
    for name, value in fields.items():
        setattr(link, name, value)
    try:
        link.full_clean(exclude=["agent", "created_by"], validate_unique=False)
    except ValidationError as error:
        name, [told, *_] = next(iter(error.message_dict.items()))
        raise Invalid(f"{name}: {told}") from None
    link.save()
    verb = "agent.link_made" if is_new else "agent.link_changed"
    audit.record(workspace=agent.workspace, actor=by, verb=verb, target=agent.name)
    return link


@transaction.atomic
def regenerate(agent: Agent, *, by: User | None) -> ShareLink:
    """Give the link another address; the old one stops at once."""
    link = ShareLink.objects.select_for_update().filter(agent=agent).first()
    if link is None:
        raise NotFound("This agent has no public link. Make one first.")
    link.token, link.rotated_at = ids.token(), clock.now()
    link.save(update_fields=["token", "rotated_at"])
    audit.record(
        workspace=agent.workspace,
        actor=by,
        verb="agent.link_replaced",
        target=agent.name,
    )
    return link


def find(token: str) -> ShareLink | None:
    """Return the link that opens with this token; None: none, off, or its agent gone."""
    return (
        ShareLink.objects.select_related("agent__workspace", "agent__published")
        .filter(
            token=token,
            enabled=True,
            agent__deleted_at=None,
            agent__workspace__deleted_at=None,
        )
        .first()
    )


def url(link: ShareLink) -> str:
    """Return the link's address."""
    return f"{settings.PUBLIC_BASE_URL}/talk/{link.token}/"
