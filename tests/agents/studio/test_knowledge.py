"""The editor's Knowledge section."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from agents.knowledge import ingestion, sources
from agents.models import KnowledgeSource
from billing.models import LimitOverride
from common import clock

HTMX = {"HX-Request": "true"}


@pytest.fixture
def parking(agent, owner):
    return sources.add_text(
        agent=agent, title="Parking", text="Parking is behind us.", by=owner
    )


def add(studio, agent, **fields):
    return studio.post(f"/agents/{agent.id}/knowledge/new/", fields, headers=HTMX)


def test_the_section_invites_when_it_is_empty(studio, agent):
    page = studio.get(f"/agents/{agent.id}/?section=knowledge", headers=HTMX)

    assert "Nothing to look up yet" in page.text
    assert "every 2s" not in page.text


def test_a_source_that_is_being_read_is_asked_for_again(studio, agent, parking):
    page = studio.get(f"/agents/{agent.id}/knowledge/", headers=HTMX)

    assert "Parking" in page.text
    assert "every 2s" in page.text


def test_a_text_an_address_and_files_are_taken_in(studio, agent):
    text = add(studio, agent, kind="text", title="Bus", text="Lines 8 and 76.")
    page = add(studio, agent, kind="url", url="https://example.com/prices")
    files = add(
        studio,
        agent,
        kind="file",
        file=[
            SimpleUploadedFile("a.txt", b"one"),
            SimpleUploadedFile("b.md", b"# two\n\nthree"),
        ],
    )

    assert [r.status_code for r in (text, page, files)] == [200, 200, 200]
    assert "knowledge:changed" in json.loads(text.headers["HX-Trigger"])
    told = KnowledgeSource.objects.values_list("kind", "title", "status")
    assert sorted(told) == [
        ("file", "a.txt", "pending"),
        ("file", "b.md", "pending"),
        ("text", "Bus", "pending"),
        ("url", "example.com/prices", "pending"),
    ]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "text", "title": "T", "text": " "}, "Give the text"),
        ({"kind": "text", "title": "", "text": "x"}, "Give the source a title"),
        ({"kind": "text", "title": "é" * 150, "text": "x"}, "longer than 200 bytes"),
        ({"kind": "url", "url": "ftp://example.com"}, "beginning with https://"),
        ({"kind": "file"}, "Choose a file"),
        ({"kind": "file", "file": SimpleUploadedFile("a.xlsx", b"x")}, "Save it as"),
        ({"kind": "file", "file": SimpleUploadedFile("a.pdf", b"")}, "empty"),
    ],
)
def test_what_is_wrong_is_said_beside_the_form(studio, agent, fields, sentence):
    answer = add(studio, agent, **fields)

    assert answer.status_code == 422
    assert answer.headers["HX-Retarget"] == "#knowledge-said"
    assert sentence in answer.text
    assert not KnowledgeSource.objects.exists()


def test_a_file_that_is_too_big_is_refused(studio, agent):
    big = SimpleUploadedFile("a.pdf", bytes(sources.FILE_MOST + 1))

    assert (
        "10.0 MB; 10 MB are the most" in add(studio, agent, kind="file", file=big).text
    )


def test_the_plans_limits_hold(studio, agent, workspace, parking):
    LimitOverride.objects.create(
        workspace=workspace, limit="knowledge_sources", value=1
    )

    answer = add(studio, agent, kind="text", title="T", text="x")

    assert answer.status_code == 422
    assert "keeps 1 knowledge sources" in answer.text
    page = studio.get(f"/agents/{agent.id}/knowledge/new/", headers=HTMX)
    assert "knowledge is used up" in page.text


def test_a_failure_says_how_to_mend_it(studio, agent, parking):
    KnowledgeSource.objects.update(
        status="failed",
        failure="extraction_failed",
        failure_detail="It is locked with a password. Save it without one.",
        next_at=None,
    )

    page = studio.get(f"/agents/{agent.id}/knowledge/", headers=HTMX).text

    assert "Save it without one" in page
    assert "Try again" in page
    assert (
        "Parking could not be read"
        in studio.get(f"/agents/{agent.id}/publication/", headers=HTMX).text
    )


@pytest.mark.models
def test_a_question_shows_what_would_be_found_and_how_well(studio, agent, parking):
    ingestion.read(parking.id, now=clock.now())

    found = studio.get(
        f"/agents/{agent.id}/knowledge/search/",
        {"q": "Where can I park?"},
        headers=HTMX,
    )

    assert "Parking is behind us." in found.text
    assert "Told to the model" in found.text
    detail = studio.get(f"/agents/{agent.id}/knowledge/{parking.id}/", headers=HTMX)
    assert "Parking is behind us." in detail.text
    assert "version 1" in detail.text


def test_a_source_is_read_again_and_deleted(studio, agent, parking):
    KnowledgeSource.objects.update(status="ready", next_at=None)
    base = f"/agents/{agent.id}/knowledge/{parking.id}"

    assert studio.post(f"{base}/refresh/", headers=HTMX).status_code == 200
    parking.refresh_from_db()
    assert (parking.status, parking.next_at is None) == ("pending", False)
    assert studio.post(f"{base}/deletion/", headers=HTMX).status_code == 200
    assert not KnowledgeSource.objects.exists()


def test_a_viewer_looks_and_changes_nothing(client, agent, parking, viewer):
    client.force_login(viewer)

    page = client.get(f"/agents/{agent.id}/?section=knowledge", headers=HTMX)

    assert "Add a source" not in page.text
    assert add(client, agent, kind="text", title="T", text="x").status_code == 403
    assert not KnowledgeSource.objects.exclude(pk=parking.pk).exists()


def test_a_stranger_finds_nothing(client, agent, parking, stranger):
    client.force_login(stranger)

    assert client.get(f"/agents/{agent.id}/knowledge/").status_code == 404
    assert client.get(f"/agents/{agent.id}/knowledge/{parking.id}/").status_code == 404
