"""What is kept of a call and what is made of it."""

from typing import Any, Literal

from pydantic import Field

from agents.config.part import Line, Part, Text


class Features(Part):
    """What is kept."""

    recording_enabled: bool = Field(True, title="Keep a recording")
    transcription_enabled: bool = Field(
        True,
        title="Keep a transcript",
        description="Without it nothing is summarised or extracted.",
    )
    require_consent: bool = Field(
        False,
        title="Ask for consent",
        description="The agent says that the call is recorded, and asks.",
    )
    recording_format: Literal["mp3", "wav", "opus"] = "wav"
    recording_channels: Literal["mixed", "dual"] = "dual"


class Summary(Part):
    enabled: bool = Field(True, title="Write a summary")
    prompt: Text | None = Field(None, title="What the summary should tell")


class StructuredExtraction(Part):
    prompt: Text | None = Field(None, title="What to extract, in words")
    json_schema: dict[str, Any] | None = Field(None, title="…or a JSON Schema")


class Evaluation(Part):
    rubric: Text | None = Field(None, title="When is a call a success?")


class Model(Part):
    provider: Line | None = None
    model: Line | None = None


class PostCall(Part):
    """What is made of it afterwards."""

    summary: Summary = Field(default_factory=Summary)
    structured_extraction: StructuredExtraction = Field(
        default_factory=StructuredExtraction
    )
    evaluation: Evaluation = Field(default_factory=Evaluation)
    model: Model = Field(default_factory=Model)
