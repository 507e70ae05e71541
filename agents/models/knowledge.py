"""What an agent can look up: sources, and the pieces they are cut into."""

from django.conf import settings
from django.db import models

from accounts.models import Workspace
from agents.models.agent import Agent
from common import ids


class KnowledgeSource(models.Model):
    """A text, a web page or a file. The row is its own queue: a worker leases it."""

    class Kind(models.TextChoices):
        TEXT = "text", "Text"
        URL = "url", "Web page"
        FILE = "file", "File"

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        INDEXING = "indexing", "Indexing"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"

    class Failure(models.TextChoices):
        FETCH_FAILED = "fetch_failed"
        EXTRACTION_FAILED = "extraction_failed"
        EMBEDDING_FAILED = "embedding_failed"
        QUOTA_EXCEEDED = "quota_exceeded"
        FILE_TOO_LARGE = "file_too_large"
        UNSUPPORTED_MIME_TYPE = "unsupported_mime_type"
        PERMISSION_DENIED = "permission_denied"
        STORAGE_ERROR = "storage_error"
        UNKNOWN = "unknown"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="knowledge_sources"
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="knowledge_sources"
    )
    kind = models.CharField(max_length=4, choices=Kind.choices)
    title = models.CharField(max_length=200)
    source_uri = models.CharField(max_length=2000, blank=True)  # address, or file name
    text = models.TextField(blank=True)  # what was read, with headings marked by #
    status = models.CharField(
        max_length=8, choices=Status.choices, default=Status.PENDING
    )
    failure = models.CharField(max_length=24, choices=Failure.choices, blank=True)
    failure_detail = models.CharField(max_length=300, blank=True)  # and how to mend it
    progress = models.PositiveSmallIntegerField(default=0)  # per cent of the indexing
    content_hash = models.CharField(max_length=64, blank=True)  # SHA-256 of the text
    embedder = models.CharField(max_length=80, blank=True)  # "local/all-minilm-l6-v2"
    version = models.PositiveIntegerField(default=0)  # counts what was read anew
    chunk_count = models.PositiveIntegerField(default=0)
    bytes = models.PositiveBigIntegerField(default=0)
    refresh_days = models.PositiveSmallIntegerField(null=True, blank=True)  # web pages
    read_at = models.DateTimeField(null=True, blank=True)
    # The queue of record: due from ``next_at`` on, unless somebody holds the lease.
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["agent", "-created_at"]),
            models.Index(fields=["next_at"], name="knowledge_due"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_busy(self) -> bool:
        """Whether a worker has it, or will."""
        return self.status in (self.Status.PENDING, self.Status.INDEXING)


class KnowledgeUpload(models.Model):
    """A file as it came, kept until it has been read."""

    source = models.OneToOneField(
        KnowledgeSource,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="upload",
    )
    content = models.BinaryField()

    def __str__(self) -> str:
        return str(self.source_id)


class KnowledgeReading(models.Model):
    """A source as it says now, while its pieces are embedded in turns."""

    source = models.OneToOneField(
        KnowledgeSource,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="reading",
    )
    text = models.TextField()
    bytes = models.PositiveBigIntegerField()  # as they came
    embedder = models.CharField(max_length=80)
    pieces = models.PositiveIntegerField()  # how many there are

    def __str__(self) -> str:
        return str(self.source_id)


class KnowledgePiece(models.Model):
    """What a chunk will be made of once the whole reading is embedded."""

    reading = models.ForeignKey(
        KnowledgeReading, on_delete=models.CASCADE, related_name="parts"
    )
    position = models.PositiveIntegerField()
    heading = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    vector = models.BinaryField(null=True)  # as a chunk has it; null: not embedded

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reading", "position"], name="piece_positions_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reading_id} #{self.position}"


class KnowledgeChunk(models.Model):
    """One piece of a source, small enough to be read out to a model.

    On PostgreSQL with pgvector its vector stands in a table of its own as well: see
    ``agents.knowledge.pgvector``.
    """

    source = models.ForeignKey(
        KnowledgeSource, on_delete=models.CASCADE, related_name="chunks"
    )
    agent = models.ForeignKey(
        Agent, on_delete=models.CASCADE, related_name="knowledge_chunks"
    )
    position = models.PositiveIntegerField()  # 0, 1, 2 … in the source
    heading = models.CharField(max_length=300, blank=True)
    text = models.TextField()
    embedder = models.CharField(max_length=80)
    vector = models.BinaryField()  # float32, little-endian, of unit length

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "position"], name="chunk_positions_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source_id} #{self.position}"
