"""Search inside PostgreSQL. Runs where the database has pgvector; skips elsewhere."""

import numpy as np
import pytest

from agents.knowledge import index, ingestion, pgvector, search, sources
from agents.models import KnowledgeChunk, KnowledgeSource
from common import clock
from tests import factories
from tests.agents.knowledge.test_search import HANDBOOK

pytestmark = [pytest.mark.django_db, pytest.mark.models]


@pytest.fixture(autouse=True)
def ready(db):
    pgvector.prepare()
    if not pgvector.is_ready():
        pytest.skip("this database has no pgvector")


@pytest.fixture
def handbook(agent, read):
    return read(sources.add_text(agent=agent, title="Handbook", text=HANDBOOK, by=None))


@pytest.mark.parametrize(
    "question",
    [
        "How much is a hygiene visit?",
        "What do I pay for a crown?",
        "Where can I leave my car?",
        "It's 8 o'clock; which line's bus? 'or' 1=1",
    ],
)
def test_both_backends_find_the_same_in_the_same_order(agent, handbook, question):
    found = search.find(agent, question)
    scan = index.of(agent.pk, f"test-{question}")
    names = pgvector.embedders(agent.pk)
    [embedder] = search.open_shelf(agent)._embedders.values()
    vector = np.asarray(search.web.run(embedder.embed([question]))[0], np.float32)

    scanned = scan.find(question, {names[0]: vector}, top=4)

    assert [hit.text for hit in found.hits[:2]] == [hit.text for hit in scanned[:2]]
    for one, other in zip(found.hits, scanned, strict=True):
        if one.chunk == other.chunk:
            assert one.score == pytest.approx(other.score, abs=2e-4)
            assert one.words == pytest.approx(other.words, abs=2e-4)


def test_another_agents_pieces_are_never_found(agent, handbook):
    other = factories.AgentFactory(workspace=agent.workspace)
    ingestion.read(
        sources.add_text(agent=other, title="T", text="Unrelated.", by=None).pk,
        now=clock.now(),
    )

    found = search.find(other, "How much is a crown?")

    assert [hit.text for hit in found.hits] == ["Unrelated."]


def test_what_is_deleted_or_read_anew_is_found_no_more(agent, handbook, read):
    KnowledgeSource.objects.filter(pk=handbook.pk).update(text="All is new.")
    read(sources.refresh(handbook))
    assert [hit.text for hit in search.find(agent, "crown").hits] == ["All is new."]

    sources.delete(handbook, by=None)
    assert search.find(agent, "crown").hits == []
    assert not KnowledgeChunk.objects.exists()


def test_pieces_from_before_the_extension_are_taken_over(agent, handbook):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {pgvector.TABLE}")  # noqa: S608  # a constant
    assert search.find(agent, "How much is a crown?").hits == []

    pgvector.prepare()

    assert "£540" in search.find(agent, "How much is a crown?").hits[0].text


def test_words_alone_decide_when_no_embedder_answers(agent, handbook):
    words = pgvector.words_of(agent.pk, "now")

    found = pgvector.find(agent.pk, "a ceramic crown", {}, top=2, words=words)

    assert "£540" in found[0].text
    assert found[0].score == 0


def test_words_are_counted_again_once_the_knowledge_changes(agent, handbook, read):
    before = search.open_shelf(agent)._words
    assert search.open_shelf(agent)._words is before

    read(sources.add_text(agent=agent, title="Garage", text="Zeppelins.", by=None))

    after = search.open_shelf(agent)._words
    assert (before.holders.get("zeppelin"), after.holders["zeppelin"]) == (None, 1)
    assert after.pieces == before.pieces + 1
