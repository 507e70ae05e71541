"""How the agent uses what it can look up."""

from typing import Literal

from pydantic import Field

from agents.config.part import Part


class Knowledge(Part):
    """Knowledge beyond the prompt: the agent's sources."""

    retrieval: Literal["auto", "tool", "off"] = Field(
        "auto",
        title="When it looks something up",
        description="auto searches before every reply; tool lets the model decide; off"
        " leaves the sources alone.",
    )
    embedder: Literal["local", "openai"] = Field(
        "local",
        title="How meaning is compared",
        description="local runs on this server and knows English best; openai knows"
        " most languages and needs a key. Sources are read again when it changes.",
    )
