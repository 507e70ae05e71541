"""Which embedder an agent's knowledge is read with, and vectors as they are stored."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from accounts.models import Workspace
from agents.config import AgentConfig
from agents.provider_keys import Keyring
from providers import registry
from providers.ports import Embedder

OFFLINE = "local"
Vectors = NDArray[np.float32]


def chosen(config: AgentConfig, keyring: Keyring) -> str:
    """Return the provider that reads for the agent: its choice, if a key is there."""
    wanted = config.knowledge.embedder
    works = wanted != OFFLINE and keyring.key_for(wanted).works
    return wanted if works else OFFLINE


def build(provider: str, keyring: Keyring) -> Embedder:
    """Make a provider's embedder; raises ``ProviderError``."""
    if provider == OFFLINE:
        return registry.embedder()
    key = keyring.key_for(provider)
    return registry.embedder(
        provider, credentials=key.credentials, base_url=key.base_url
    )


def of(embedder: str, workspace: Workspace) -> Embedder:
    """Make the embedder that vectors were made with, from its name in the records."""
    return build(embedder.partition("/")[0], Keyring(workspace))


def name(provider: str, embedder: Embedder) -> str:
    """Return what stands beside vectors: those of two models are never compared."""
    return f"{provider}/{embedder.model}"


def pack(vectors: Sequence[Sequence[float]]) -> list[bytes]:
    """Return vectors as they are stored."""
    return [np.asarray(vector, "<f4").tobytes() for vector in vectors]


def unpack(stored: Sequence[bytes]) -> Vectors:
    """Return stored vectors as a matrix, one a row."""
    joined = b"".join(bytes(each) for each in stored)
    return np.frombuffer(joined, "<f4").reshape(len(stored), -1).astype(np.float32)
