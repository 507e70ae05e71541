import pytest
from django.urls import reverse

from telephony import playback
from telephony.models import Recording
from tests.factories import AgentFactory, CallFactory

AUDIO = bytes(range(200))


@pytest.fixture
def address(workspace, settings, tmp_path):
    settings.RECORDINGS_DIR = tmp_path
    (tmp_path / "a.wav").write_bytes(AUDIO)
    call = CallFactory(agent=AgentFactory(workspace=workspace))
    Recording.objects.create(call=call, path="a.wav", sample_rate=8000)
    return reverse("telephony:call-recording", args=[call.id])


def test_without_a_range_all_is_sent(studio, address):
    response = studio.get(address)

    assert b"".join(response) == AUDIO
    assert response["Content-Type"] == "audio/wav"
    assert response["Accept-Ranges"] == "bytes"
    assert response["Content-Length"] == "200"


@pytest.mark.parametrize(
    ("asked", "sent", "named"),
    [
        ("bytes=0-9", AUDIO[:10], "bytes 0-9/200"),
        ("bytes=190-", AUDIO[190:], "bytes 190-199/200"),
        ("bytes=190-999", AUDIO[190:], "bytes 190-199/200"),
        ("bytes=-5", AUDIO[195:], "bytes 195-199/200"),
        ("bytes=-999", AUDIO, "bytes 0-199/200"),
    ],
)
def test_a_range_is_a_part(studio, address, asked, sent, named):
    response = studio.get(address, headers={"Range": asked})

    assert response.status_code == 206
    assert (response.content, response["Content-Range"]) == (sent, named)


@pytest.mark.parametrize("asked", ["bytes=200-", "bytes=9-3", "bytes=-0"])
def test_a_range_outside_is_refused(studio, address, asked):
    response = studio.get(address, headers={"Range": asked})

    assert (response.status_code, response["Content-Range"]) == (416, "bytes */200")


@pytest.mark.parametrize("asked", ["bytes=-", "lines=1-2", "bytes=1-2,4-5"])
def test_a_range_that_cannot_be_read_is_ignored(studio, address, asked):
    assert studio.get(address, headers={"Range": asked}).status_code == 200


def test_a_long_range_comes_in_pieces(studio, address, monkeypatch):
    monkeypatch.setattr(playback, "PIECE", 64)

    response = studio.get(address, headers={"Range": "bytes=0-"})

    assert response["Content-Range"] == "bytes 0-63/200"
    assert response.content == AUDIO[:64]


def test_a_recording_whose_file_is_gone_is_not_there(studio, address, tmp_path):
    (tmp_path / "a.wav").unlink()

    assert studio.get(address).status_code == 404


def test_a_stranger_hears_nothing(client, stranger, address):
    client.force_login(stranger)

    assert client.get(address).status_code == 404
