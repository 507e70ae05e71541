"""What is kept of a call and what is made of it."""

import json
from typing import Any, Literal

from jsonschema import Draft202012Validator, SchemaError
from pydantic import Field, field_validator

from agents.config.part import Line, Part, Text

LONGEST_SCHEMA = 50_000  # characters of its JSON


class Features(Part):
    """What is kept."""

    recording_enabled: bool = Field(True, title="Keep a recording")
    transcription_enabled: bool = Field(
        True,
        title="Keep a transcript",
        description="Without it nothing is summarised, extracted or judged.",
    )
    require_consent: bool = Field(
        False,
        title="Say that calls are recorded",
        description="The agent says so first, and what to do for those who mind.",
    )
    recording_format: Literal["mp3", "wav", "opus"] = Field(
        "wav",
        title="Format of recordings",
        description="Taken for the public API; recordings are kept as wav.",
    )
    recording_channels: Literal["mixed", "dual"] = Field(
        "dual",
        title="Channels",
        description="Dual keeps the caller on the left and the agent on the right.",
    )


class Summary(Part):
    """A few sentences about the call."""

    enabled: bool = Field(True, title="Write a summary")
    prompt: Text | None = Field(None, title="What the summary should tell")


class StructuredExtraction(Part):
    """Facts taken from the transcript, from a prompt or a schema."""

    prompt: Text | None = Field(None, title="What to extract, in words")
    json_schema: dict[str, Any] | None = Field(
        None,
        title="…or a JSON Schema",
        description="An object schema; its properties are what is extracted.",
    )

    @field_validator("json_schema")
    @classmethod
    def _be_an_object_schema(
        cls, schema: dict[str, Any] | None
    ) -> dict[str, Any] | None:
        if not schema:
            return None
        if len(json.dumps(schema)) > LONGEST_SCHEMA:
            raise ValueError(f"at most {LONGEST_SCHEMA:,} characters of JSON")
        if schema.get("type", "object") != "object":
            raise ValueError('the schema must describe an object: "type": "object"')
        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            at = ".".join(str(step) for step in error.absolute_path)
            where = f" at {at}" if at else ""
            raise ValueError(f"no valid JSON Schema{where}: {error.message}") from None
        return schema


class Evaluation(Part):
    """Whether the call reached its end."""

    rubric: Text | None = Field(None, title="When is a call a success?")


class Model(Part):
    """Who does the work after the call."""

    provider: Line | None = Field(
        None, title="Provider", description="Empty: the one that talks."
    )
    model: Line | None = Field(None, title="Model")


class PostCall(Part):
    """What is made of a call afterwards."""

    summary: Summary = Field(default_factory=Summary)
    structured_extraction: StructuredExtraction = Field(
        default_factory=StructuredExtraction
    )
    evaluation: Evaluation = Field(default_factory=Evaluation)
    model: Model = Field(default_factory=Model)
