"""A customer's key that fails in calls: marked on its page at once, and told by mail."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import AccountMembership, Membership, User, Workspace
from agents import catalogue
from agents.models import ProviderKey
from common import clock
from common.later import later

RETRY = timedelta(minutes=10)
AT_ONCE = 50
Verdict = ProviderKey.Verdict

log = structlog.get_logger()


def note_refused(workspace: Workspace, provider: str, why: str) -> bool:
    """Mark a key of the customer's own as refused; tell whether that is news.

    From the next call on, the platform's key takes over where they allowed that; else
    calls go on failing over as the agent says.
    """
    now = clock.now()
    news = ProviderKey.objects.filter(
        workspace=workspace, provider=provider, is_active=True
    ).exclude(verdict=Verdict.REFUSED)
    is_news = news.update(
        verdict=Verdict.REFUSED,
        test_error=why[:255],
        tested_at=now,
        alert_due_at=now,
        updated_at=now,
    )
    if is_news:
        log.warning("provider_key_refused", provider=provider)
        later("agents.send_key_alerts")
    return bool(is_news)


def send_due(*, now: datetime) -> int:
    """Send every mail that is due; return how many went out."""
    due = ProviderKey.objects.filter(alert_due_at__lte=now).defer("credentials")
    return sum(_send(key, now) for key in due.select_related("workspace")[:AT_ONCE])


def _send(key: ProviderKey, now: datetime) -> bool:
    """Send one mail and be the only one to; who dies in between tries again later."""
    mine = ProviderKey.objects.filter(pk=key.pk, alert_due_at=key.alert_due_at)
    if not mine.update(alert_due_at=now + RETRY):
        return False
    if key.verdict == Verdict.REFUSED:  # not mended in the meantime
        try:
            _letter(key).send()
        except OSError:  # the mail server; smtplib's errors are OSErrors
            log.warning("key_alert_not_mailed", exc_info=True)
            return False
    ProviderKey.objects.filter(pk=key.pk).update(alert_due_at=None)
    return True


def _letter(key: ProviderKey) -> EmailMessage:
    known = catalogue.load().providers.get(key.provider)
    name = known.name if known else key.provider
    told = {
        "provider": name,
        "masked": key.masked,
        "why": key.test_error,
        "workspace": key.workspace.name,
        "gives_way": key.allow_fallback,
        "page": settings.PUBLIC_BASE_URL
        + reverse("agents:provider-list")
        + f"?open={key.provider}",
    }
    body = render_to_string("agents/mail/key_refused.txt", told)
    subject = f"The {name} key of {key.workspace.name} does not work"
    return EmailMessage(subject[:150], body, bcc=_administrators(key.workspace))


def _administrators(workspace: Workspace) -> list[str]:
    of_account = AccountMembership.objects.filter(
        account_id=workspace.account_id, role__in=("owner", "admin")
    ).values("user")
    own = Membership.objects.filter(workspace=workspace, role="admin").values("user")
    people = User.objects.filter(pk__in=of_account) | User.objects.filter(pk__in=own)
    return sorted(set(people.filter(is_active=True).values_list("email", flat=True)))
