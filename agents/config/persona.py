"""Who the agent is, whom it works for, and whom it talks to."""

from pydantic import AliasChoices, Field

from agents.config.part import LanguageTag, Line, Name, Part, Text


class VoiceConfig(Part):
    """The older place of voice choices; kept because the public API has it."""

    voiceId: Line = Field(
        "", title="Voice", description="Older place; the voice above wins."
    )
    language: LanguageTag | None = Field(
        None, title="Language", description="Older place; the primary language wins."
    )
    accent: Name = Field("", title="Accent", description="Such as British English.")
    bargeInEnabled: bool = Field(
        True,
        title="Callers may interrupt",
        description="Whether a caller can stop the agent by speaking.",
    )


class CallerPersona(Part):
    """A kind of caller (Caller routing)."""

    type: Name = Field(title="Caller type", description="For example: New patient.")
    approach: Text = Field(
        "",
        title="Approach",
        description="How the agent should treat this caller from then on.",
    )
    detectedWhen: Text = Field(
        "",
        title="Detected when",
        description="What gives this caller away, in your own words.",
    )
    triggerPhrases: list[Line] = Field(
        default_factory=list,
        max_length=40,
        validation_alias=AliasChoices("triggerPhrases", "trigger_phrases"),
        title="Trigger phrases",
        description="Words that, when heard, shift the agent at once.",
    )


class Persona(Part):
    """The agent's character and its company."""

    name: Name = Field(
        "",
        title="Spoken name",
        description="What the agent calls itself. Empty: the agent's label.",
    )
    role: Line = Field("", title="Role", description="For example: receptionist.")
    audienceDescription: Text = Field(
        "", title="Who calls", description="Who the callers are and what they want."
    )
    toneOverride: Line = Field(
        "", title="Tone", description="For example: warm, brief, never pushy."
    )
    successCriteria: list[Line] = Field(
        default_factory=list,
        max_length=20,
        title="A call went well when",
        description="What must be true at the end of a good call.",
    )
    voiceConfig: VoiceConfig = Field(default_factory=VoiceConfig)
    callerPersonas: list[CallerPersona] = Field(
        default_factory=list, max_length=30, title="Caller types"
    )
    companyName: Name = Field("", title="Company name")
    companyWebsite: Line = Field("", title="Website")
    companyDescription: Text = Field(
        "", title="What the company does", description="Two or three plain sentences."
    )
    businessType: Name = Field("", title="Line of business")
    knowledgeBase: list[Text] = Field(
        default_factory=list,
        max_length=200,
        title="Facts",
        description="One fact a line: hours, prices, address, policies.",
    )
