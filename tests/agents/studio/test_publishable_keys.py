"""Keys for web pages, in the settings."""

import pytest

from accounts import keys
from accounts.models import ApiKey
from agents import authoring, config

HTMX = {"HX-Request": "true"}
PANEL = "/settings/keys/publishable/"

pytestmark = pytest.mark.django_db


def form(called, **changes):
    return {
        "agent": str(called.id),
        "label": "Website",
        "pages": "www.example.com\nhttp://localhost:3000/try",
        "at_once": "2",
        "length": "180",
        **changes,
    }


def make(studio, called, **changes):
    return studio.post(f"{PANEL}new/", form(called, **changes), headers=HTMX)


def test_a_key_is_made_shown_once_and_listed_with_its_limits(studio, agent, workspace):
    made = make(studio, agent)

    key = workspace.api_keys.get()
    assert "publishable:changed" in made.headers["HX-Trigger"]
    assert (key.kind, key.agent_id) == ("publishable", agent.id)
    assert key.allowed_origins == ["http://localhost:3000", "https://www.example.com"]
    assert (key.max_concurrent, key.max_call_seconds) == (2, 180)
    raw = made.text.split('<code id="raw-key">')[1].split("<")[0]
    assert keys.authenticate(raw) == key
    assert made.text.count(raw) == 2  # alone, and in the page to copy
    listed = studio.get(PANEL, headers=HTMX).text
    assert raw not in listed
    for told in ("Front desk", "www.example.com", "2 at once · 3 min each"):
        assert told in listed


def test_the_page_to_copy_has_nothing_left_to_fill_in(studio, agent, settings):
    settings.PUBLIC_BASE_URL = "https://rymi.example.org"

    page = make(studio, agent).text

    assert str(agent.id) in page
    assert "https://rymi.example.org" in page
    assert "voice.example.com" not in page
    assert "the agent&#x27;s id" not in page


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"pages": "ftp://example.com"}, "no address of a web page"),
        ({"agent": ""}, "Name the agent"),
        ({"agent": "7"}, "Name the agent"),
        ({"label": "x" * 101}, "100 characters"),
        ({"at_once": "7"}, "Choose how many calls"),
        ({"length": "1e9"}, "Choose how many calls"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(studio, agent, wrong, told):
    answer = make(studio, agent, **wrong)

    assert answer.status_code == 422
    assert told in answer.text
    if "pages" not in wrong:
        assert "http://localhost:3000/try" in answer.text
    assert not ApiKey.objects.exists()


def test_a_key_for_a_strangers_agent_is_not_made(studio, agent, stranger):
    theirs = stranger.memberships.get().workspace
    other = authoring.create(
        workspace=theirs, name="Theirs", config=config.defaults(), by=stranger
    )

    assert make(studio, other).status_code == 422
    assert "Theirs" not in studio.get(f"{PANEL}new/", headers=HTMX).text


def test_a_revoked_key_opens_nothing_and_is_gone_from_the_list(studio, agent):
    raw = make(studio, agent).text.split('<code id="raw-key">')[1].split("<")[0]
    key = ApiKey.objects.get()

    left = studio.post(f"{PANEL}{key.id}/revocation/", headers=HTMX)

    assert "Website" not in left.text
    assert keys.authenticate(raw) is None


def test_a_secret_key_is_not_revoked_here(studio, workspace):
    secret, _ = keys.create(workspace=workspace, kind="workspace", scopes=["*"])

    answer = studio.post(f"{PANEL}{secret.id}/revocation/", headers=HTMX)

    assert answer.status_code == 404
    secret.refresh_from_db()
    assert secret.revoked_at is None


def test_without_an_agent_none_is_offered(studio):
    panel = studio.get(PANEL, headers=HTMX).text

    assert "First describe an agent" in panel
    assert f"{PANEL}new/" not in panel
