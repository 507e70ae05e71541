from datetime import timedelta

import pytest
from django.core import mail

from accounts import invitations, letters
from accounts.models import Invitation
from common import clock
from tests import factories


@pytest.fixture
def letter(workspace, owner):
    invitation, link = invitations.invite(
        workspace=workspace, email="Ruth@Example.com ", role="editor", by=owner
    )
    invitation.token = link.rstrip("/").rsplit("/", 1)[1]
    return invitation


def test_invite_mails_a_link_and_keeps_a_fingerprint(letter, workspace):
    sent = mail.outbox[0]

    assert sent.to == ["ruth@example.com"]
    assert f"/invitations/{letter.token}/" in sent.body
    assert workspace.name in sent.subject
    assert letter.token not in letter.token_hash


def test_accept_gives_the_role_once(letter, workspace):
    ruth = factories.UserFactory(email="ruth@example.com")

    assert invitations.accept(letter.token, user=ruth) == workspace

    assert ruth.memberships.get().role == "editor"
    with pytest.raises(invitations.Closed):
        invitations.accept(letter.token, user=ruth)


def test_accept_is_for_the_person_it_was_sent_to(letter, stranger):
    with pytest.raises(invitations.SomebodyElse):
        invitations.accept(letter.token, user=stranger)

    assert Invitation.objects.get().accepted_at is None


def test_accept_refuses_what_is_older_than_seven_days(letter, time_machine):
    ruth = factories.UserFactory(email="ruth@example.com")
    time_machine.move_to(clock.now() + timedelta(days=7, seconds=1))

    with pytest.raises(invitations.Closed):
        invitations.accept(letter.token, user=ruth)


def test_revoke_closes_the_link(letter, owner):
    invitations.revoke(letter, by=owner)

    with pytest.raises(invitations.Closed):
        invitations.find(letter.token)


def test_send_again_makes_a_fresh_link(letter, owner, time_machine):
    time_machine.move_to(clock.now() + timedelta(minutes=2))

    link = invitations.send_again(letter, by=owner)

    assert len(mail.outbox) == 2
    assert invitations.find(link.rstrip("/").rsplit("/", 1)[1]) == letter
    with pytest.raises(invitations.Closed):
        invitations.find(letter.token)


def test_send_again_waits_a_minute(letter, owner):
    with pytest.raises(letters.TooMany):
        invitations.send_again(letter, by=owner)


@pytest.mark.parametrize("email", ["", "ruth", "ruth@", "a@b.c\nBcc: d@e.f"])
def test_invite_refuses_what_is_no_address(workspace, owner, email):
    with pytest.raises(invitations.Invalid, match="address"):
        invitations.invite(workspace=workspace, email=email, role="viewer", by=owner)

    assert not mail.outbox


def test_invite_refuses_members_and_second_letters(letter, workspace, owner, viewer):
    for email in (viewer.email, "ruth@example.com"):
        with pytest.raises(invitations.Invalid, match="already"):
            invitations.invite(
                workspace=workspace, email=email, role="viewer", by=owner
            )


def test_invite_stops_at_what_nobody_needs(workspace, owner, monkeypatch):
    monkeypatch.setattr(invitations, "MOST_AN_HOUR", 2)
    for n in range(2):
        invitations.invite(
            workspace=workspace, email=f"p{n}@example.com", role="viewer", by=owner
        )

    with pytest.raises(letters.TooMany):
        invitations.invite(
            workspace=workspace, email="p3@example.com", role="viewer", by=owner
        )


def test_a_dead_mail_server_loses_nothing(workspace, owner, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    with pytest.raises(letters.NotSent, match="send it again"):
        invitations.invite(
            workspace=workspace, email="ruth@example.com", role="viewer", by=owner
        )

    assert workspace.invitations.count() == 1
