"""Records of the agents app."""

from agents.models.agent import Agent, Change, Snapshot
from agents.models.knowledge import (
    KnowledgeChunk,
    KnowledgePiece,
    KnowledgeReading,
    KnowledgeSource,
    KnowledgeUpload,
)
from agents.models.provider_key import ProviderKey
from agents.models.share_link import ShareLink
from agents.models.tester import Tester
from agents.models.tool import CallBack, Connector, ForgottenCaller, ToolSecret

__all__ = [
    "Agent",
    "CallBack",
    "Change",
    "Connector",
    "ForgottenCaller",
    "KnowledgeChunk",
    "KnowledgePiece",
    "KnowledgeReading",
    "KnowledgeSource",
    "KnowledgeUpload",
    "ProviderKey",
    "ShareLink",
    "Snapshot",
    "Tester",
    "ToolSecret",
]
