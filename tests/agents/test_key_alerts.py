from datetime import timedelta

import pytest

from agents import key_alerts, provider_keys
from agents.models import ProviderKey
from common import clock
from tests import factories

WHY = "openai refused the key: Incorrect API key provided."


@pytest.fixture
def key(workspace):
    return ProviderKey.objects.create(
        workspace=workspace,
        provider="openai",
        credentials={"api_key": "sk-canary-7341"},
        masked="sk-c···7341",
        verdict="ok",
    )


def test_a_key_that_is_refused_in_a_call_is_marked_and_mailed_once(
    key, workspace, owner, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        assert key_alerts.note_refused(workspace, "openai", WHY)
    assert not key_alerts.note_refused(workspace, "openai", WHY)
    key_alerts.send_due(now=clock.now() + timedelta(days=1))

    key.refresh_from_db()
    assert (key.verdict, key.test_error) == ("refused", WHY)
    [letter] = mailoutbox
    assert letter.bcc == [owner.email]
    assert WHY in letter.body
    assert "?open=openai" in letter.body
    assert "canary" not in letter.body


def test_a_key_that_was_mended_in_the_meantime_is_not_told_of(
    key, workspace, owner, mailoutbox
):
    key_alerts.note_refused(workspace, "openai", WHY)
    ProviderKey.objects.update(verdict="ok")

    key_alerts.send_due(now=clock.now())

    assert mailoutbox == []


def test_the_mail_is_tried_again_when_the_mail_server_is_down(
    key, workspace, owner, mailoutbox, monkeypatch
):
    key_alerts.note_refused(workspace, "openai", WHY)
    now = clock.now()
    real = key_alerts._letter
    monkeypatch.setattr(key_alerts, "_letter", lambda _: (_ for _ in ()).throw(OSError))
    assert key_alerts.send_due(now=now) == 0
    monkeypatch.setattr(key_alerts, "_letter", real)

    assert key_alerts.send_due(now=now + timedelta(minutes=1)) == 0
    assert key_alerts.send_due(now=now + key_alerts.RETRY) == 1
    assert len(mailoutbox) == 1


def test_the_platforms_key_takes_over_only_if_that_is_allowed(key, workspace, settings):
    settings.PROVIDER_API_KEYS = {"openai": "platform"}
    key_alerts.note_refused(workspace, "openai", WHY)

    assert provider_keys.Keyring(workspace).key_for("openai").whose == "own"
    ProviderKey.objects.update(allow_fallback=True)
    assert provider_keys.Keyring(workspace).key_for("openai").whose == "platform"


def test_a_stranger_key_is_left_alone(key, workspace):
    assert not key_alerts.note_refused(factories.WorkspaceFactory(), "openai", WHY)
    key.refresh_from_db()
    assert key.verdict == "ok"
