import hashlib

import pytest

from providers.local import models
from providers.local.models import Missing, Place, Weights


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(models, "_verdicts", models._Verdicts())


@pytest.fixture
def weights(tmp_path, monkeypatch):
    monkeypatch.setenv("RYMI_MODELS_DIR", str(tmp_path))
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "w.bin").write_bytes(b"good weights")
    digest = hashlib.sha256(b"good weights").hexdigest()
    return Weights("tiny", "be tiny", {"w.bin": digest}, (Place("no_such_package", ""),))  # fmt: skip


def test_finds_weights_in_the_folder_of_ones_own_first(weights, tmp_path):
    assert models.folder(weights) == tmp_path / "tiny"


def test_says_how_to_mend_what_is_missing(weights, tmp_path):
    (tmp_path / "tiny" / "w.bin").unlink()

    with pytest.raises(Missing, match="requirements-models.txt") as caught:
        models.folder(weights)

    assert caught.value.permanent
    assert "$RYMI_MODELS_DIR/tiny/" in str(caught.value)


def test_refuses_weights_that_were_changed(weights, tmp_path):
    models.folder(weights)
    (tmp_path / "tiny" / "w.bin").write_bytes(b"evil weights")

    with pytest.raises(Missing, match="SHA-256 differs"):
        models.folder(weights)


def test_reads_a_file_once_and_remembers_it_over_a_restart(weights, monkeypatch):
    models.folder(weights)
    read = []
    monkeypatch.setattr(hashlib, "file_digest", lambda *_: read.append(1))
    monkeypatch.setattr(models, "_verdicts", models._Verdicts())  # a new process

    models.folder(weights)

    assert read == []


def test_works_without_a_place_to_remember(weights, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")

    assert models.folder(weights)


def test_tells_the_doctor_of_each_model(monkeypatch, weights):
    monkeypatch.setattr(
        models, "ALL", (weights, Weights("none", "be missing", {"x": ""}))
    )

    tiny, none = models.status()

    assert (tiny.ok, none.ok) == (True, False)
    assert "Run:" in none.detail


@pytest.mark.models
def test_all_models_are_here_and_whole():
    assert [status.detail for status in models.status() if not status.ok] == []
