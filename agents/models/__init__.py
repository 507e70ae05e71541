"""Records of the agents app."""

from agents.models.agent import Agent, Change, Snapshot
from agents.models.knowledge import KnowledgeChunk, KnowledgeSource, KnowledgeUpload
from agents.models.provider_key import ProviderKey

__all__ = [
    "Agent",
    "Change",
    "KnowledgeChunk",
    "KnowledgeSource",
    "KnowledgeUpload",
    "ProviderKey",
    "Snapshot",
]
