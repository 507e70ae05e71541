"""The Knowledge section in a real browser."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from playwright.sync_api import expect

from agents.knowledge import sources
from agents.models import KnowledgeSource
from tests.browser import accessible, picture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.models,
    pytest.mark.django_db(transaction=True),
]


def read(agent, title, text):
    # Playwright's loop runs in this thread, and the embedder wants one of its own.
    with ThreadPoolExecutor(1) as worker:
        worker.submit(worked, agent, title, text).result()


def worked(agent, title, text):
    try:  # on commit a worker has it, which here is this thread
        sources.add_text(agent=agent, title=title, text=text, by=None)
    finally:
        connection.close()


def test_sources_are_added_searched_and_deleted(signed_in, agent):
    page = signed_in
    page.goto(f"/agents/{agent.id}/?section=knowledge")
    page.get_by_role("button", name="Add a source").first.click()
    page.set_input_files(
        "input[type=file]",
        {
            "name": "prices.md",
            "mimeType": "text/markdown",
            "buffer": b"# Hygiene\n\n30 minutes cost 62 pounds.",
        },
    )
    page.get_by_role("button", name="Upload").click()

    expect(page.locator("#knowledge")).to_contain_text("prices.md")
    expect(page.locator("#knowledge")).to_contain_text("Ready")
    page.get_by_label("A question a caller might ask").fill("How much is hygiene?")
    page.locator("#knowledge-ask").click()
    expect(page.locator("#knowledge-found")).to_contain_text("62 pounds")
    expect(page.locator("#knowledge-found")).to_contain_text("Told to the model")

    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete prices.md").click()
    expect(page.locator("#knowledge")).to_contain_text("Nothing to look up yet")


def test_every_state_is_accessible_and_fits(signed_in, agent):
    read(agent, "Parking and bus lines", "# Parking\n\nBehind the surgery.")
    read(agent, "Patient handbook 2026", "Guide dogs are welcome.")
    pages = KnowledgeSource.objects
    pages.create(
        workspace=agent.workspace,
        agent=agent,
        kind="url",
        title="brightwater-dental.example/prices",
        source_uri="https://brightwater-dental.example/prices",
        status="indexing",
        progress=40,
    )
    pages.create(
        workspace=agent.workspace,
        agent=agent,
        kind="file",
        title="Insurance partners.pdf",
        status="failed",
        failure="extraction_failed",
        failure_detail="It could not be read. It is locked with a password. Save it"
        " without one.",
    )
    signed_in.goto(f"/agents/{agent.id}/?section=knowledge")
    signed_in.get_by_label("A question a caller might ask").fill("Where can I park?")
    signed_in.locator("#knowledge-ask").click()
    expect(signed_in.locator("#knowledge-found")).to_contain_text("Behind")

    accessible(signed_in)
    picture(signed_in, "agent-knowledge-full", full=False)

    signed_in.get_by_role("button", name="Add a source").click()
    signed_in.get_by_role("tab", name="Web page").click()
    accessible(signed_in)
    picture(signed_in, "agent-knowledge-new", full=False)
