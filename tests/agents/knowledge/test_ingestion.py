"""Reading sources: states, failures that say how to mend, versions, leases."""

from datetime import timedelta

import pytest

from agents.knowledge import (
    embedding,
    extraction,
    ingestion,
    reading,
    sandbox,
    sources,
)
from agents.models import (
    KnowledgeChunk,
    KnowledgePiece,
    KnowledgeSource,
    KnowledgeUpload,
)
from common import clock
from providers.errors import Refused, Unavailable
from tests.agents.knowledge import documents
from tests.doubles.pages import Pages
from tests.doubles.server import in_a_thread

pytestmark = [pytest.mark.django_db, pytest.mark.models]


@pytest.fixture
def site():
    with in_a_thread(Pages()) as double:
        yield double


@pytest.fixture
def reachable(site):
    """Let the double be reached, as an operator may allow a network."""
    from common import http

    http.configure(allow=["127.0.0.0/8"])
    yield site
    http.configure()


def upload(agent, name, content):
    return sources.add_file(agent=agent, title="", name=name, content=content, by=None)


def test_a_text_is_cut_embedded_and_ready(agent, read):
    source = sources.add_text(agent=agent, title="Parking", text="Behind us.", by=None)
    assert source.status == "pending"

    read(source)

    assert (source.status, source.version, source.chunk_count) == ("ready", 1, 1)
    assert source.content_hash == sources.fingerprint("Behind us.")
    assert source.embedder == "local/all-minilm-l6-v2"
    [chunk] = source.chunks.all()
    assert chunk.text == "Behind us."
    assert len(bytes(chunk.vector)) == 4 * 384


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"Prices: 62 pounds"),
        ("a.MD", b"# Prices\n\n62 pounds"),
        ("a.pdf", documents.pdf("Prices", "62 pounds")),
        ("a.docx", documents.docx()),
        ("a.html", documents.HTML),
        ("a.json", b'{"price": 62}'),
    ],
)
def test_every_kind_of_file_becomes_ready_and_is_not_kept(agent, read, name, content):
    source = read(upload(agent, name, content))

    assert (source.status, source.failure_detail) == ("ready", "")
    assert source.chunk_count > 0
    assert source.bytes == len(content)
    assert not KnowledgeUpload.objects.exists()


def test_what_cannot_be_read_fails_at_once_and_says_how_to_mend_it(agent, read):
    source = read(upload(agent, "a.pdf", documents.pdf("x", password="hunter2")))

    assert (source.status, source.failure) == ("failed", "extraction_failed")
    assert "Save it without one" in source.failure_detail
    assert source.next_at is None
    assert KnowledgeUpload.objects.exists()  # nothing is lost


def test_a_page_is_fetched_and_told_by_its_address(agent, read, reachable):
    source = read(
        sources.add_url(agent=agent, title="", url=f"{reachable.url}/parking", by=None)
    )

    assert source.status == "ready", source.failure_detail
    assert source.title.endswith("/parking")
    assert "twelve free spaces" in source.text


def test_redirects_are_followed_and_end(agent, read, reachable):
    moved = sources.add_url(
        agent=agent, title="Moved", url=f"{reachable.url}/moved", by=None
    )
    loop = sources.add_url(
        agent=agent, title="Loop", url=f"{reachable.url}/loop", by=None
    )

    nowhere = sources.add_url(
        agent=agent, title="Nowhere", url=f"{reachable.url}/nowhere", by=None
    )

    assert read(moved).status == "ready"
    assert read(loop).failure == "fetch_failed"
    assert read(nowhere).failure == "fetch_failed"


@pytest.mark.parametrize(
    ("path", "failure", "again"),
    [
        ("missing", "fetch_failed", False),
        ("locked", "permission_denied", False),
        ("broken", "fetch_failed", True),
        ("picture", "unsupported_mime_type", False),
        ("endless", "file_too_large", False),
    ],
)
def test_a_page_that_cannot_be_had_says_why(
    agent, read, reachable, path, failure, again
):
    url = f"{reachable.url}/{path}"
    source = read(sources.add_url(agent=agent, title="Page", url=url, by=None))

    assert source.failure == failure
    assert source.failure_detail
    assert source.status == ("pending" if again else "failed")
    assert (source.next_at is not None) is again


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/x",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost/admin",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
    ],
)
def test_our_own_network_is_out_of_reach(agent, read, url):
    source = read(sources.add_url(agent=agent, title="Inside", url=url, by=None))

    assert source.failure in ("permission_denied", "fetch_failed")
    assert source.chunk_count == 0


def test_a_redirect_into_our_own_network_is_not_followed(agent, read, site):
    from common import http

    http.configure(allow=["127.0.0.1/32"])
    try:
        source = read(
            sources.add_url(agent=agent, title="x", url=f"{site.url}/inside", by=None)
        )
    finally:
        http.configure()

    assert source.status == "failed"
    assert source.failure == "permission_denied"


def test_the_same_content_keeps_its_version(agent, read):
    source = read(sources.add_text(agent=agent, title="T", text="Same.", by=None))
    kept = set(KnowledgeChunk.objects.values_list("pk", flat=True))

    read(sources.refresh(source))

    assert (source.status, source.version) == ("ready", 1)
    assert set(KnowledgeChunk.objects.values_list("pk", flat=True)) == kept


def test_a_page_that_changed_is_read_anew(agent, read, reachable):
    source = read(
        sources.add_url(
            agent=agent,
            title="News",
            url=f"{reachable.url}/counter",
            by=None,
            refresh_days=7,
        )
    )
    assert source.next_at > clock.now() + timedelta(days=6)

    read(sources.refresh(source))

    assert (source.status, source.version) == ("ready", 2)
    assert [chunk.position for chunk in source.chunks.order_by("position")] == [0]


def test_a_lease_keeps_others_out_and_is_inherited(agent, read):
    source = sources.add_text(agent=agent, title="T", text="Words.", by=None)
    now = clock.now()
    assert ingestion._claim(source.pk, now)  # a worker that dies here

    assert ingestion.read(source.pk, now=now + timedelta(seconds=60)) is False
    assert ingestion.sweep(now=now + timedelta(seconds=60)) == 0
    assert ingestion.read(source.pk, now=now + ingestion.LEASE) is True
    source.refresh_from_db()
    assert (source.status, source.attempts) == ("ready", 0)


def test_a_worker_that_lost_its_lease_changes_nothing(agent, monkeypatch):
    source = sources.add_text(agent=agent, title="T", text="Words.", by=None)
    real = ingestion._embed

    def slow(*args):
        KnowledgeSource.objects.update(lease_until=clock.now() + timedelta(hours=1))
        return real(*args)

    monkeypatch.setattr(ingestion, "_embed", slow)

    assert ingestion.read(source.pk, now=clock.now()) is False
    assert not KnowledgeChunk.objects.exists()


def test_a_long_source_is_read_in_turns_and_others_come_between(
    agent, read, monkeypatch
):
    monkeypatch.setattr(ingestion, "TURN_S", -1.0)  # each turn is one batch
    monkeypatch.setattr(ingestion, "BATCH", 2)
    pages = "\n".join(f"# Page {n}\n\nRoom {n} is upstairs." for n in range(5))
    long = sources.add_text(agent=agent, title="Long", text=pages, by=None)

    read(long)
    assert (long.status, long.progress, long.lease_until) == ("indexing", 41, None)
    assert not long.chunks.exists()  # what is half read is not found
    short = sources.add_text(agent=agent, title="Short", text="Words.", by=None)
    KnowledgeSource.objects.filter(pk=short.pk).update(
        next_at=clock.now() - timedelta(seconds=5)
    )
    asked = []
    monkeypatch.setattr(
        ingestion, "later", lambda _, source_id: asked.append(source_id)
    )
    assert ingestion.sweep(now=clock.now()) == 1
    assert asked == [str(short.pk)]

    read(long)
    assert long.progress == 77
    read(long)
    read(long)

    assert (long.status, long.chunk_count, long.version) == ("ready", 5, 1)
    texts = long.chunks.order_by("position").values_list("text", flat=True)
    assert list(texts) == [f"Room {n} is upstairs." for n in range(5)]
    assert not KnowledgePiece.objects.exists()


def test_what_is_embedded_outlives_a_worker(agent, monkeypatch):
    monkeypatch.setattr(ingestion, "BATCH", 1)
    pages = "# One\n\nUpstairs.\n# Two\n\nDownstairs."
    source = sources.add_text(agent=agent, title="T", text=pages, by=None)
    real, seen = embedding.pack, []

    def dies_at_the_second(vectors):
        seen.append(vectors)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return real(vectors)

    monkeypatch.setattr(embedding, "pack", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        ingestion.read(source.pk, now=clock.now())

    assert ingestion.read(source.pk, now=clock.now() + ingestion.LEASE) is True
    source.refresh_from_db()
    assert (source.status, source.chunk_count, len(seen)) == ("ready", 2, 3)


def test_no_more_are_read_at_once_than_leave_a_worker_free(agent, settings):
    first, second = (
        sources.add_text(agent=agent, title=title, text="Words.", by=None)
        for title in ("First", "Second")
    )
    now = clock.now()
    assert ingestion._claim(first.pk, now)

    assert ingestion._claim(second.pk, now) is None
    assert ingestion.sweep(now=now) == 0
    settings.KNOWLEDGE_READERS = 2
    assert ingestion._claim(second.pk, now)


def test_a_source_of_too_many_pieces_says_how_to_mend_it(agent, read, monkeypatch):
    monkeypatch.setattr(reading, "MOST", 3)
    pages = "\n".join(f"# Page {n}\n\nRoom {n}." for n in range(4))
    source = read(sources.add_text(agent=agent, title="T", text=pages, by=None))

    assert (source.status, source.failure) == ("failed", "quota_exceeded")
    assert "fewer headings" in source.failure_detail


def test_a_document_is_read_to_its_end_or_not_at_all(agent, read):
    page = b"".join(b"%09d, " % n for n in range(1_000_000))
    assert len(page) > extraction.LONGEST
    # Small signs: 2,000,000 of them were all that was read once, and nobody was told.
    signs = "\u0905" * 3_000_000
    fits = upload(agent, "signs.txt", signs.encode())

    with pytest.raises(sources.TooBig):
        upload(agent, "long.txt", page)
    assert (
        sandbox.read("txt", bytes(KnowledgeUpload.objects.get(source=fits).content))[1]
        == signs
    )
    with pytest.raises(extraction.TooLong):
        sandbox.read("txt", page)


@pytest.mark.parametrize(
    ("error", "status"),
    [(Unavailable("busy"), "pending"), (Refused("bad key"), "failed")],
)
def test_an_embedder_that_fails_is_asked_again_if_that_may_help(
    agent, read, monkeypatch, error, status
):
    class Broken:
        model = "broken"

        async def embed(self, texts):
            raise error

    monkeypatch.setattr(ingestion.embedding, "build", lambda *_: Broken())
    source = read(sources.add_text(agent=agent, title="T", text="Words.", by=None))

    assert (source.status, source.failure) == (status, "embedding_failed")


def test_it_is_given_up_after_four_attempts(agent, monkeypatch):
    monkeypatch.setattr(
        ingestion, "_read", lambda _: (_ for _ in ()).throw(RuntimeError("x"))
    )
    source = sources.add_text(agent=agent, title="T", text="Words.", by=None)
    now, seen = clock.now(), []

    for _ in range(6):
        now += timedelta(hours=1)
        ingestion.read(source.pk, now=now)
        source.refresh_from_db()
        seen.append(source.status)
        if source.next_at:
            KnowledgeSource.objects.update(next_at=now)

    assert seen == ["pending"] * 3 + ["failed"] * 3
    assert source.failure == "unknown"
