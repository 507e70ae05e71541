from datetime import timedelta
from hashlib import sha256

import pytest

from accounts import key_memory, keys
from accounts.models import ApiKey, AuditEntry
from common import clock
from tests import factories


def make(workspace, **changes):
    asked = {"kind": "workspace", "scopes": ["calls:read"], "label": "Export"}
    return keys.create(workspace=workspace, **(asked | changes))


def test_create_keeps_a_fingerprint_and_shows_ten_characters(workspace, owner):
    key, raw = make(workspace, by=owner)

    key.refresh_from_db()
    assert raw.startswith("rymi_")
    assert len(raw) == len("rymi_") + 43  # 256 bits in base 64
    assert key.key_hash == sha256(raw.encode()).hexdigest()
    assert key.key_prefix == raw[:10]
    assert raw not in repr(vars(key))
    assert AuditEntry.objects.get(verb="key.created").actor == owner


def test_create_gives_publishable_keys_their_own_beginning(workspace):
    key, raw = make(workspace, kind="publishable", agent_id=workspace.id)

    assert raw.startswith("sb_publishable_")
    assert key.allowed_channels == ["web"]
    assert not key.allows("calls:read")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"scopes": []}, "at least one"),
        ({"scopes": ["calls:eat"]}, "calls:eat"),
        ({"kind": "golden"}, "golden"),
        ({"label": "x" * 101}, "100 characters"),
        ({"kind": "publishable"}, "one agent"),
    ],
)
def test_create_names_what_is_wrong(workspace, changes, named):
    with pytest.raises(keys.Invalid, match=named):
        make(workspace, **changes)

    assert not ApiKey.objects.exists()


def test_authenticate_finds_the_live_key(workspace):
    key, raw = make(workspace)

    assert keys.authenticate(raw) == key
    assert keys.authenticate(raw + "x") is None
    assert keys.authenticate(key.key_hash) is None


def test_revoke_shuts_out_at_once_and_once(workspace, owner):
    key, raw = make(workspace)

    keys.revoke(key, by=owner)
    keys.revoke(key, by=owner)

    assert keys.authenticate(raw) is None
    assert AuditEntry.objects.filter(verb="key.revoked").count() == 1


def test_authenticate_refuses_a_key_past_its_end(workspace):
    _, raw = make(workspace, expires_at=clock.now() - timedelta(seconds=1))

    assert keys.authenticate(raw) is None


def test_authenticate_notes_the_use_once_a_minute(
    workspace, django_assert_num_queries, time_machine
):
    key, raw = make(workspace)
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    keys.authenticate(raw, address="203.0.113.24")

    time_machine.move_to("2026-03-01T12:00:30Z", tick=False)
    with django_assert_num_queries(0):
        keys.authenticate(raw, address="203.0.113.25")
    time_machine.move_to("2026-03-01T12:01:01Z", tick=False)
    key_memory._known.clear()
    keys.authenticate(raw, address="203.0.113.26")

    key.refresh_from_db()
    assert f"{key.last_used_at:%H:%M:%S}" == "12:01:01"
    assert key.last_used_ip == "203.0.113.26"


def test_allows_reading_where_writing_is_granted(workspace):
    key, _ = make(workspace, scopes=["calls:write"])

    assert key.allows("calls:read")
    assert key.allows("calls:write")
    assert not key.allows("agents:read")


def test_allows_everything_also_what_comes_later(workspace):
    key, _ = make(workspace, scopes=["*"])

    assert key.allows("something-new:write")


@pytest.mark.django_db(transaction=True)
def test_another_process_shuts_a_revoked_key_out_at_once():
    """What is remembered counts for nothing once anybody has revoked any key."""
    workspace = factories.WorkspaceFactory()
    key, raw = make(workspace)
    keys.authenticate(raw)
    mine = dict(key_memory._known)  # this process, before it hears of anything

    keys.revoke(key, by=None)
    key_memory._known.update(mine)

    assert keys.authenticate(raw) is None


def test_a_request_cannot_change_what_others_are_given(workspace):
    _, raw = make(workspace)
    keys.authenticate(raw)

    keys.authenticate(raw).workspace.name = "Changed"

    assert keys.authenticate(raw).workspace.name == "Ours"
