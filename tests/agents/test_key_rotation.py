import os
import signal
import subprocess
import sys
import time

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.management import CommandError, call_command
from django.db import connection

from agents import key_rotation
from agents.models import ProviderKey
from tests import factories

ROWS = 1000


@pytest.fixture
def old_keys(settings, workspace):
    """A thousand secrets under the old key; return old and new key."""
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FERNET_KEYS = [old]
    fill(workspace)
    settings.FERNET_KEYS = [new, old]
    return old, new


def fill(workspace):
    ProviderKey.objects.bulk_create(
        ProviderKey(workspace=workspace, provider=f"p{n}", credentials={"api_key": f"s{n}"}, masked="·")
        for n in range(ROWS)
    )  # fmt: skip


def test_the_fields_are_found_by_introspection():
    found = {f"{model.__name__}.{field.name}" for model, field in key_rotation.encrypted_fields()}  # fmt: skip

    assert "ProviderKey.credentials" in found


def test_afterwards_the_old_key_is_needed_no_more(old_keys, settings, capsys):
    call_command("rotate_keys")

    settings.FERNET_KEYS = [old_keys[1]]
    secrets = {row.credentials["api_key"] for row in ProviderKey.objects.all()}
    assert secrets == {f"s{n}" for n in range(ROWS)}
    assert f"{ROWS} read, {ROWS} re-encrypted" in capsys.readouterr().out


def test_a_second_run_has_nothing_to_do(old_keys, capsys):
    call_command("rotate_keys")
    capsys.readouterr()

    call_command("rotate_keys")

    assert f"{ROWS} read, 0 re-encrypted" in capsys.readouterr().out


def test_a_run_that_was_cut_off_is_taken_up_again(old_keys, settings, monkeypatch):
    rotate_one, done = key_rotation._rotate_one, []

    def die_midway(*args):
        if len(done) == 450:
            raise KeyboardInterrupt
        done.append(1)
        rotate_one(*args)

    monkeypatch.setattr(key_rotation, "_rotate_one", die_midway)
    with pytest.raises(KeyboardInterrupt):
        call_command("rotate_keys", batch=100)
    monkeypatch.undo()
    settings.FERNET_KEYS = [old_keys[1], old_keys[0]]

    (count,) = (c for c in key_rotation.rotate() if "ProviderKey" in c.label)

    assert (count.seen, count.rotated, count.lost) == (ROWS, ROWS - 400, [])


def test_a_value_changed_meanwhile_is_not_overwritten(old_keys, monkeypatch):
    rows = key_rotation._rows

    def changed_after_reading(*args):
        found = rows(*args)
        ProviderKey.objects.filter(provider="p7").update(credentials={"api_key": "new"})
        return found

    monkeypatch.setattr(key_rotation, "_rows", changed_after_reading)
    call_command("rotate_keys")

    assert ProviderKey.objects.get(provider="p7").credentials == {"api_key": "new"}


def test_a_value_no_key_opens_is_named_and_left(workspace, settings):
    settings.FERNET_KEYS = [Fernet.generate_key().decode()]
    ProviderKey.objects.create(workspace=workspace, provider="x", credentials={}, masked="·")  # fmt: skip
    settings.FERNET_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(CommandError, match="agents.ProviderKey.credentials"):
        call_command("rotate_keys")


@pytest.mark.django_db(transaction=True)
@pytest.mark.services
def test_kill_9_in_the_middle_loses_nothing(settings, tmp_path):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.FERNET_KEYS = [old]
    fill(factories.WorkspaceFactory())
    settings.FERNET_KEYS = [new, old]
    run = subprocess.Popen(
        [sys.executable, "manage.py", "rotate_keys", "--batch", "5"],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "rymi_site.settings",
            "DATABASE_URL": address(),
            "FERNET_KEYS": f"{new},{old}",
        },
        stdout=subprocess.DEVNULL,
    )
    while run.poll() is None and not on_newest(new):
        time.sleep(0.01)

    run.send_signal(signal.SIGKILL)
    run.wait()
    between = on_newest(new)
    call_command("rotate_keys")

    assert 0 < between < ROWS
    assert on_newest(new) == ROWS
    settings.FERNET_KEYS = [new]
    assert {row.credentials["api_key"] for row in ProviderKey.objects.all()} == {f"s{n}" for n in range(ROWS)}  # fmt: skip


def address():
    """Return the test database's, for a process of its own."""
    of = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{of['NAME']}"
    return f"postgres://{of['USER']}:{of['PASSWORD']}@{of['HOST']}:{of['PORT']}/{of['NAME']}"


def on_newest(key):
    ring = Fernet(key)
    with connection.cursor() as cursor:
        cursor.execute("SELECT credentials FROM agents_providerkey")
        return sum(opens(ring, row[0]) for row in cursor.fetchall())


def opens(ring, ciphertext):
    try:
        return bool(ring.decrypt(ciphertext.encode()))
    except InvalidToken:
        return False
