"""What ``rymi up`` says about models that are not here."""

import io
from types import SimpleNamespace

import pytest

from providers.local import models
from rymi_site.management.commands import rymi
from rymi_site.processes import Ports


@pytest.fixture
def said():
    return io.StringIO()


@pytest.fixture
def command(said):
    found = rymi.Command(stdout=said)
    found.began = 0.0
    return found


@pytest.fixture
def nothing_installed(monkeypatch):
    monkeypatch.setattr(models, "_candidates", lambda weights: [])


def test_each_missing_model_is_named_with_its_purpose_and_mend(
    command, said, nothing_installed
):
    command._check_models()

    told = said.getvalue()
    for weights in models.ALL:
        assert f"The model {weights.name} ({weights.purpose}) is not installed" in told
    assert told.count(f"Run: {models.MEND}") == len(models.ALL)


def test_it_is_said_once_more_where_the_address_stands(
    command, said, nothing_installed, monkeypatch
):
    monkeypatch.setattr("accounts.sign_in_links.make", lambda user: "/sign-in/x/")

    command._greet(Ports("127.0.0.1", 8000), SimpleNamespace())

    below = said.getvalue().partition("Ctrl-C")[2]
    assert "moonshine" in below
    assert f"Run: {models.MEND}" in below


def test_a_damaged_model_is_told_from_a_missing_one(
    command, said, monkeypatch, tmp_path
):
    monkeypatch.setenv("RYMI_MODELS_DIR", str(tmp_path))
    weights = models.SILERO
    (tmp_path / weights.name).mkdir()
    for name in weights.files:
        (tmp_path / weights.name / name).write_bytes(b"not the model")

    command._check_models()

    assert "is damaged" in said.getvalue()
    assert weights.name in said.getvalue()
