from datetime import timedelta

import time_machine
from django.core import mail

from common import clock
from tests.webhooks.conftest import try_all
from webhooks import alerts


def test_one_mail_an_hour_after_the_last_failure(wired, receiver, tell, deliver):
    receiver.status = 500
    wired.alert_email = "ops@example.com"
    wired.save()

    def fail(number):
        tell(wired.workspace, number)
        try_all(deliver)
        alerts.send_due(now=clock.now())

    with time_machine.travel(clock.now(), tick=True) as clock_hand:
        fail(1)
        fail(2)
        within_the_hour = len(mail.outbox)
        clock_hand.shift(timedelta(hours=1, seconds=1))
        alerts.send_due(now=clock.now())
        quiet = len(mail.outbox)
        fail(3)

    assert (within_the_hour, quiet, len(mail.outbox)) == (1, 1, 2)
    assert mail.outbox[0].to == ["ops@example.com"]
    assert "call.completed" in mail.outbox[0].body
    assert "5 tries" in mail.outbox[0].body


def test_no_mail_while_tries_are_left(wired, receiver, tell, deliver):
    receiver.status = 500
    wired.alert_email = "ops@example.com"
    wired.save()
    tell(wired.workspace)

    try_all(deliver, times=4)
    alerts.send_due(now=clock.now())

    assert mail.outbox == []


def test_a_mail_server_that_is_down_loses_no_mail(
    wired, receiver, tell, deliver, monkeypatch
):
    from django.core.mail import EmailMultiAlternatives

    receiver.status = 410
    wired.alert_email = "ops@example.com"
    wired.save()
    tell(wired.workspace)
    deliver()
    real = EmailMultiAlternatives.send
    monkeypatch.setattr(
        EmailMultiAlternatives,
        "send",
        lambda self: (_ for _ in ()).throw(ConnectionRefusedError),
    )

    alerts.send_due(now=clock.now())
    monkeypatch.setattr(EmailMultiAlternatives, "send", real)
    too_early = alerts.send_due(now=clock.now())
    sent = alerts.send_due(now=clock.now() + timedelta(minutes=6))

    assert (too_early, sent, len(mail.outbox)) == (0, 1, 1)
