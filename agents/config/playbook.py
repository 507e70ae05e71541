"""How the conversation goes."""

from pydantic import AliasChoices, Field

from agents.config.part import Identifier, Line, Name, Part, Text


class Question(Part):
    """One step of discovery: a question and what its answer fills."""

    question: Text = Field(validation_alias=AliasChoices("question", "prompt"))
    listensFor: Line = Field(
        "", validation_alias=AliasChoices("listensFor", "listens_for", "listenFor")
    )
    slotName: Identifier | None = Field(
        None, validation_alias=AliasChoices("slotName", "slot_name")
    )


class Slot(Part):
    """Something the agent must know by the end."""

    name: Identifier
    description: Line = ""
    required: bool = True


class Objection(Part):
    """What to answer when a caller says something like the trigger."""

    trigger: Line
    response: Text


class Script(Part):
    """Words to use in a given situation."""

    title: Name
    when: Line = Field("", validation_alias=AliasChoices("when", "when_to_use"))
    content: Text = ""


class Playbook(Part):
    """Opening, discovery, actions, scripts, objections."""

    opener: Text = Field(
        "",
        title="Opening line",
        description="The first thing said. {caller_name}, {business_name} and"
        " {agent_name} are filled in.",
    )
    qualificationFlow: list[Question] = Field(default_factory=list, max_length=40)
    requiredSlots: list[Slot] = Field(default_factory=list, max_length=40)
    objectionHandlers: list[Objection] = Field(default_factory=list, max_length=60)
    scripts: list[Script] = Field(default_factory=list, max_length=60)
    closingCTA: Text = Field(
        "", title="Closing", description="What the agent proposes at the end."
    )
    fallbackCTA: Text = Field(
        "",
        title="Second best",
        description="What it offers when it cannot help or the caller declines.",
    )
    escalationRule: Text = Field(
        "", title="Escalation", description="When a person must take over."
    )
    endCallMessage: Text = Field(
        "", title="Last line", description="Said before hanging up."
    )
