"""What an agent can look up, over the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from agents.knowledge import ingestion, sources
from agents.models import KnowledgeSource
from billing.models import LimitOverride
from common import clock
from tests import factories
from tests.api import Api


@pytest.fixture
def agent(workspace):
    return factories.AgentFactory(workspace=workspace)


@pytest.fixture
def api(workspace):
    return Api(workspace)


@pytest.fixture
def path(agent):
    return f"/agents/{agent.id}/knowledge-sources"


def test_a_text_is_taken_in_and_listed(api, agent, path):
    made = api.post(path, {"kind": "text", "title": "Hours", "text": "Nine to five."})

    assert made.status_code == 202
    source = made.json()["source"]
    assert source["agent_id"] == str(agent.id)
    assert (source["kind"], source["title"]) == ("text", "Hours")
    assert (source["status"], source["chunk_count"], source["bytes"]) == (
        "pending",
        0,
        13,
    )
    assert source["source_uri"] is None
    assert api.get(path).json() == {"sources": [source]}


@pytest.mark.models
def test_it_is_ready_once_it_was_read_and_can_be_asked(api, path):
    source = api.post(
        path, {"kind": "text", "title": "Hours", "text": "Open from nine to five."}
    ).json()["source"]
    ingestion.read(source["id"], now=clock.now())

    told = api.get(f"{path}/{source['id']}").json()["source"]
    found = api.post(f"{path}/search", {"query": "When are you open?"}).json()

    assert (told["status"], told["version"], told["chunk_count"]) == ("ready", 1, 1)
    assert len(told["content_hash"]) == 64
    assert found["chunks"][0]["text"] == "Open from nine to five."
    assert 0 < found["chunks"][0]["score"] <= 1


def test_a_file_is_taken_in(api, path):
    file = SimpleUploadedFile("prices.md", b"# Prices\n\n62")
    made = api.client.post(
        f"/v1{path}/upload",
        {"file": file, "title": "Prices"},
        headers={"Authorization": f"Bearer {api.raw}"},
    )

    assert made.status_code == 202, made.content
    told = made.json()["source"]
    assert (told["kind"], told["title"], told["source_uri"]) == (
        "file",
        "Prices",
        "prices.md",
    )


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "text", "title": "T"}, 400, "invalid_request"),
        ({"kind": "url", "title": "T"}, 400, "invalid_request"),
        ({"kind": "file", "title": "T"}, 400, "invalid_request"),
        ({"kind": "text", "text": "x"}, 400, "invalid_request"),
        ({"kind": "text", "title": "x" * 201, "text": "x"}, 400, "invalid_request"),
        (
            {"kind": "text", "title": "T", "text": "x" * 1_000_001},
            413,
            "file_too_large",
        ),
        (
            {"kind": "text", "title": "T", "text": "x, " * 700_000},
            413,
            "file_too_large",
        ),
        (
            {"kind": "url", "title": "T", "url": "file:///etc/passwd"},
            400,
            "invalid_request",
        ),
        (
            {"kind": "url", "title": "T", "url": "https://[inside]/"},
            400,
            "invalid_request",
        ),
    ],
)
def test_what_is_wrong_is_named(api, path, body, status, code):
    answer = api.post(path, body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert isinstance(answer.json()["error"], str)
    assert not KnowledgeSource.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("a.xlsx", b"x", 415, "unsupported_mime_type"),
        ("a.txt", bytes(sources.FILE_MOST + 1), 413, "file_too_large"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(api, path, name, content, status, code):
    answer = api.client.post(
        f"/v1{path}/upload",
        {"file": SimpleUploadedFile(name, content)},
        headers={"Authorization": f"Bearer {api.raw}"},
    )

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("limit", "value", "code"),
    [
        ("knowledge_sources", 1, "quota_exceeded.knowledge_sources_max"),
        ("knowledge_bytes", 20, "quota_exceeded.knowledge_bytes_max"),
    ],
)
def test_the_plans_limits_have_codes_and_a_warning_before(
    api, path, workspace, limit, value, code
):
    LimitOverride.objects.create(workspace=workspace, limit=limit, value=value)
    body = {"kind": "text", "title": "T", "text": "x" * 17}

    first, second = api.post(path, body), api.post(path, body)

    assert first.status_code == 202
    assert code.split(".")[1] in first.headers["x-rymi-quota-soft-breach"]
    assert (second.status_code, second.json()["code"]) == (429, code)


def test_a_source_is_deleted(api, path, agent):
    source = sources.add_text(agent=agent, title="T", text="x", by=None)

    answer = api.delete(f"{path}/{source.id}")

    assert answer.status_code == 200
    assert not KnowledgeSource.objects.exists()
    assert api.delete(f"{path}/{source.id}").status_code == 404


def test_a_stranger_gets_nothing(path, agent):
    source = sources.add_text(agent=agent, title="T", text="x", by=None)
    stranger = Api(factories.WorkspaceFactory())
    own = factories.AgentFactory(workspace=stranger.key.workspace)

    assert stranger.get(path).status_code == 404
    assert stranger.post(path, {}).status_code == 404
    assert stranger.delete(f"{path}/{source.id}").status_code == 404
    # Their own agent does not lead to our source either.
    assert (
        stranger.delete(f"/agents/{own.id}/knowledge-sources/{source.id}").status_code
        == 404
    )
