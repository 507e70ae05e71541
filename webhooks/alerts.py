"""The mail that says an endpoint does not answer."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from webhooks import endpoint_health
from webhooks.models import Delivery, Endpoint

AFTER_A_FAILURE = timedelta(minutes=5)
AT_ONCE = 50

log = logging.getLogger(__name__)


def send_due(*, now: datetime) -> int:
    """Send every mail that is due; return how many went out."""
    due = Endpoint.objects.present().filter(alert_due_at__lte=now)
    return sum(_send(endpoint, now) for endpoint in due[:AT_ONCE])


def _send(endpoint: Endpoint, now: datetime) -> bool:
    """Send one mail, and be the only one to.

    It is taken as sent from here on: a process that dies in between tries again in an
    hour, so that the mail is not lost and still goes out at most once an hour.
    """
    mine = Endpoint.objects.filter(pk=endpoint.pk, alert_due_at=endpoint.alert_due_at)
    retry_at = now + endpoint_health.ALERT_EVERY
    if not mine.update(alert_due_at=retry_at, last_alert_at=now):
        return False
    mine = Endpoint.objects.filter(pk=endpoint.pk, alert_due_at=retry_at)
    try:
        _letter(endpoint).send()
    except OSError:  # the mail server; smtplib's errors are OSErrors
        log.warning("an alert could not be mailed", exc_info=True)
        mine.update(alert_due_at=now + AFTER_A_FAILURE)
        return False
    mine.update(alert_due_at=None)
    return True


def _letter(endpoint: Endpoint) -> EmailMultiAlternatives:
    wanted = endpoint.alert_delivery_id
    failed = Delivery.objects.filter(pk=wanted).first() if wanted else None
    page = settings.PUBLIC_BASE_URL + reverse("webhooks:endpoint-list")
    about = {"endpoint": endpoint, "delivery": failed, "page": page}
    subject = f"{endpoint.host} does not take its webhooks"
    letter = EmailMultiAlternatives(
        subject[:150],
        render_to_string("webhooks/mail/alert.txt", about),
        to=[endpoint.alert_email],
    )
    letter.attach_alternative(
        render_to_string("webhooks/mail/alert.html", about), "text/html"
    )
    return letter
