"""Records of the agents app."""

from agents.models.agent import Agent, Change, Snapshot
from agents.models.provider_key import ProviderKey

__all__ = ["Agent", "Change", "ProviderKey", "Snapshot"]
