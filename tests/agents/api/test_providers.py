import pytest

from agents.models import ProviderKey

SECRET = "sk-proj-abcdefgh7f2a"
OPENAI = {"provider": "openai", "credentials": {"api_key": SECRET}}


@pytest.fixture
def connected(api):
    return api.post("/providers", OPENAI)


def test_a_provider_is_connected_listed_and_disconnected(api, connected):
    assert (connected.status_code, connected.json()["status"]) == (201, "connected")
    (listed,) = api.get("/providers").json()["data"]
    assert {**listed, "status": "connected"} == connected.json()
    assert listed["key_prefix"] == "sk-p···7f2a"
    assert SECRET not in connected.content.decode()

    gone = api.delete("/providers/openai")

    assert gone.json() == {"status": "disconnected", "provider": "openai"}
    assert api.get("/providers").json() == {"data": []}


def test_what_each_provider_asks_for_is_told(api):
    fields = api.get("/providers/fields").json()["data"]

    assert fields["openai"][0]["name"] == "api_key"
    assert fields["openai"][0]["secret"] is True


def test_the_older_way_to_elevenlabs(api):
    assert api.get("/voice-providers/elevenlabs/status").json() == {
        "connected": False,
        "provider": "elevenlabs",
        "account_name": None,
        "cached_voice_count": 0,
    }

    made = api.post("/voice-providers/elevenlabs/connect", {"api_key": SECRET}).json()
    synced = api.post("/voice-providers/elevenlabs/sync").json()

    assert (made["status"], made["account_name"]) == ("connected", "ElevenLabs")
    assert (synced["status"], synced["key"]) == ("synced", "unreachable")
    assert synced["voice_count"] == made["voice_count"] > 0
    assert api.get("/voice-providers/elevenlabs/status").json()["connected"] is True


def test_a_stranger_sees_and_takes_no_key(foreign_api, connected):
    assert foreign_api.get("/providers").json() == {"data": []}
    assert foreign_api.delete("/providers/openai").status_code == 404
    assert ProviderKey.objects.count() == 1
