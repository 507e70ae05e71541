import json

import pytest
from django.urls import reverse

from agents import provider_keys
from agents.models import ProviderKey
from tests.doubles.openai import OpenAI
from tests.doubles.server import in_a_thread
from tests.factories import AgentFactory, MembershipFactory

HTMX = {"HX-Request": "true"}
GOOD = {"api_key": "good-key"}


@pytest.fixture
def openai(settings):
    with in_a_thread(OpenAI()) as double:
        settings.PROVIDER_BASE_URLS = {"openai": f"{double.url}/v1"}
        yield double


def url(name, *args):
    return reverse(f"agents:{name}", args=args)


def save(client, credentials, name="openai"):
    return client.post(url("provider", name), credentials, headers=HTMX)


def key_of(workspace):
    return ProviderKey.objects.get(workspace=workspace, provider="openai")


def test_a_good_key_is_tried_and_kept(studio, workspace, openai):
    response = save(studio, {**GOOD, "organization": "org-1"})

    key = key_of(workspace)
    assert key.credentials == {"api_key": "good-key", "organization": "org-1"}
    assert (key.test_error, key.tested_at is None) == ("", False)
    events = json.loads(response["HX-Trigger"])
    assert events["toast"]["text"] == "OpenAI accepts the key."
    assert {"dialog:close", "providers:changed"} <= events.keys()


def test_a_refused_key_is_not_kept_and_the_form_stays(studio, workspace, openai):
    response = save(studio, {"api_key": "bad-key-of-someone"})

    assert response.status_code == 422
    assert response["HX-Retarget"] == "#provider-said"
    assert "did not accept the key" in response.content.decode()
    assert "bad-key-of-someone" not in response.content.decode()
    assert not workspace.provider_keys.exists()


def test_a_provider_out_of_reach_loses_nothing(studio, workspace, openai):
    openai.fault = "500"

    response = save(studio, GOOD)

    assert "Kept, but not tried" in response["HX-Trigger"]
    assert key_of(workspace).credentials == GOOD
    assert key_of(workspace).test_error


def test_a_missing_field_is_named(studio, workspace):
    response = save(studio, {"api_key": " "})

    assert response.status_code == 422
    assert "API key is missing" in response.content.decode()


def test_a_key_is_never_shown_again(studio, workspace, openai):
    openai.key = secret = "sk-proj-0123456789abcdef"
    save(studio, {"api_key": secret, "organization": "org-1"})

    pages = [
        studio.get(url("provider-list")).content.decode(),
        studio.get(url("provider", "openai"), headers=HTMX).content.decode(),
    ]

    assert all(secret not in page for page in pages)
    assert all("sk-p···cdef" in page for page in pages)
    assert 'value="org-1"' in pages[1]


def test_the_kept_key_is_tried_again(studio, workspace, openai):
    save(studio, GOOD)
    openai.key = "turned-over"

    response = studio.post(url("provider-test", "openai"), headers=HTMX)

    assert "could not be confirmed" in response.content.decode()
    assert "did not accept" in key_of(workspace).test_error
    assert "key does not work" in studio.get(url("provider-list")).content.decode()


def test_disconnecting_deletes_the_key(studio, workspace, openai):
    save(studio, GOOD)

    studio.post(url("provider-removal", "openai"), headers=HTMX)

    assert not workspace.provider_keys.exists()
    assert workspace.audit_entries.filter(verb="provider.disconnected").exists()


def test_the_drawer_names_the_agents_that_use_a_provider(studio, workspace, openai):
    save(studio, GOOD)
    AgentFactory(workspace=workspace, name="Ava", config={"llm_provider": "openai"})
    AgentFactory(
        workspace=workspace, name="Ben", config={"tts_fallback_provider": "openai"}
    )
    AgentFactory(workspace=workspace, name="Cal", config={"llm_provider": "groq"})

    used = provider_keys.used_by(workspace, "openai")

    assert [agent.name for agent in used] == ["Ava", "Ben"]
    drawer = studio.get(url("provider", "openai"), headers=HTMX).content.decode()
    assert "Ava" in drawer


@pytest.mark.parametrize(
    ("name", "asked"),
    [("custom-llm", "/v1/chat/completions"), ("custom-voice", "/v1/audio/speech")],
)
def test_an_own_endpoint_is_told_how_it_is_asked(studio, name, asked):
    drawer = studio.get(url("provider", name), headers=HTMX).content.decode()

    assert asked in drawer
    assert "explains its keys" not in drawer  # there is no such page


def test_every_page_about_keys_is_an_address():
    pages = [provider.docs_url for provider in provider_keys.offered()]

    assert all(page.startswith("https://") for page in pages if page)


def test_only_what_can_be_used_is_offered(studio):
    offered = {provider.id for provider in provider_keys.offered()}

    assert {"openai", "anthropic", "deepgram", "elevenlabs", "custom-llm"} <= offered
    assert not {"local", "twilio", "whatsapp", "hume"} & offered
    assert studio.get(url("provider", "hume"), headers=HTMX).status_code == 404


def test_the_list_makes_few_queries(studio, workspace, django_assert_max_num_queries):
    studio.get(url("provider-list"))

    with django_assert_max_num_queries(12):
        studio.get(url("provider-list"))


def test_strangers_keys_are_not_there(client, stranger, workspace, openai):
    provider_keys.connect(
        workspace=workspace, provider="openai", credentials=GOOD, by=None
    )
    client.force_login(stranger)

    assert client.post(url("provider-test", "openai")).status_code == 404
    assert client.post(url("provider-removal", "openai")).status_code == 404
    assert workspace.provider_keys.exists()


@pytest.mark.parametrize("role", ["editor", "viewer", "client"])
def test_only_admins_see_keys(client, workspace, role):
    client.force_login(MembershipFactory(workspace=workspace, role=role).user)

    assert client.get(url("provider-list")).status_code == 403
    assert client.post(url("provider", "openai"), GOOD).status_code == 403
