import numpy as np
import pytest

from agents.knowledge import index, ranking, search, sources
from agents.knowledge.index import Index, Row
from agents.models import KnowledgeChunk
from tests import factories

HANDBOOK = """
# Prices
## Hygiene
An appointment takes 30 minutes and costs £62. With polish it is £78.
## Crowns
A ceramic crown costs £540, paid in two parts.
# Getting here
There is a car park behind the surgery. Lines 8 and 76 stop in front of the door.
# Animals
Guide dogs are welcome, other pets have to wait outside.
"""


@pytest.fixture
def handbook(agent, read):
    return read(sources.add_text(agent=agent, title="Handbook", text=HANDBOOK, by=None))


@pytest.mark.models
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How much is a hygiene visit?", "£62"),
        ("What do I pay for a crown?", "£540"),
        ("Where can I leave my car?", "car park"),
        ("May I bring my dog along?", "Guide dogs"),
        ("Which bus goes to you?", "Lines 8 and 76"),
    ],
)
def test_the_piece_that_answers_comes_first(agent, handbook, question, answer):
    found = search.find(agent, question)

    assert answer in found.hits[0].text
    assert found.hits[0].is_relevant
    assert 0 < found.hits[0].score <= 1
    assert found.hits[0].source == str(handbook.id)


@pytest.mark.models
@pytest.mark.parametrize("said", ["Hello there.", "Yes, please.", "My name is Ann."])
def test_small_talk_brings_up_nothing_to_tell(agent, handbook, said):
    assert search.find(agent, said).relevant == []


@pytest.mark.models
def test_another_agents_knowledge_is_never_found(agent, handbook, workspace):
    neighbour = factories.AgentFactory(workspace=workspace)
    stranger = factories.AgentFactory()

    assert search.find(neighbour, "How much is a crown?").hits == []
    assert search.find(stranger, "How much is a crown?").hits == []


@pytest.mark.models
def test_what_is_deleted_is_found_no_more(agent, handbook):
    assert search.find(agent, "How much is a crown?").hits

    sources.delete(handbook, by=None)

    assert search.find(agent, "How much is a crown?").hits == []
    assert not KnowledgeChunk.objects.exists()


def rows(*texts):
    return [Row(n, "s", "Source", "", n, "", text) for n, text in enumerate(texts)]


def test_without_a_vector_words_alone_decide():
    found = Index(rows("red apples", "blue plums", "blue sky"), {}).find(
        "the blue sky", {}, top=2
    )

    assert [hit.text for hit in found] == ["blue sky", "blue plums"]
    assert found[0].words > found[1].words


def test_vectors_of_two_embedders_are_never_compared():
    one, other = np.eye(2, dtype=np.float32)
    both = Index(
        rows("first", "second"),
        {"a": [one.tobytes(), None], "b": [None, other.tobytes()]},
    )

    found = both.find("?", {"a": one}, top=2)

    assert [(hit.text, hit.score) for hit in found] == [("first", 1.0), ("second", 0.0)]


def test_an_index_is_kept_until_the_knowledge_changes(agent, monkeypatch):
    built = []
    monkeypatch.setattr(index, "_built", lambda pk: built.append(pk) or Index([], {}))

    first = index.of(agent.pk, "1")

    assert index.of(agent.pk, "1") is first
    assert index.of(agent.pk, "2") is not first
    assert len(built) == 2


def test_words_are_told_apart_without_spaces_and_accents():
    assert ranking.tokens("Café PRICES") == ["cafe", "price"]
    assert ranking.tokens("駐車場") == ["駐車", "車場"]
