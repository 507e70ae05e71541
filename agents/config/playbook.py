"""How the conversation goes."""

from typing import Any

from pydantic import AliasChoices, Field, field_validator, model_validator

from agents.config.part import Identifier, Line, Name, Part, Text, refuse_twins


class Question(Part):
    """One step of discovery: a question and what its answer fills."""

    question: Text = Field(
        validation_alias=AliasChoices("question", "prompt"),
        title="Question",
        description="As the agent asks it, one thing at a time.",
    )
    listensFor: Line = Field(
        "",
        validation_alias=AliasChoices("listensFor", "listens_for", "listenFor"),
        title="Listens for",
        description="What counts as an answer; choices separated by commas.",
    )
    slotName: Identifier | None = Field(
        None,
        validation_alias=AliasChoices("slotName", "slot_name"),
        title="Fills",
        description="The slot the answer goes to, such as preferred_time.",
    )


class Slot(Part):
    """Something the agent must know by the end."""

    name: Identifier = Field(title="Name", description="Such as preferred_time.")
    description: Line = Field("", title="What it is")
    required: bool = Field(True, title="The agent must have it before the end")

    @model_validator(mode="before")
    @classmethod
    def _accept_a_name_alone(cls, value: Any) -> Any:
        """Templates of the public API list slots by name only."""
        return {"name": value} if isinstance(value, str) else value


class Objection(Part):
    """What to answer when a caller says something like the trigger."""

    trigger: Line = Field(
        title="When a caller says",
        description="Several ways of saying it, separated by commas.",
    )
    response: Text = Field(title="The agent answers")


class Script(Part):
    """Words to use in a given situation."""

    title: Name = Field(title="Title")
    when: Line = Field(
        "",
        validation_alias=AliasChoices("when", "when_to_use"),
        title="When",
        description="What a caller says then; several ways separated by commas.",
    )
    content: Text = Field("", title="Words", description="Spoken as they stand.")


class Playbook(Part):
    """Opening, discovery, actions, scripts, objections."""

    opener: Text = Field(
        "",
        title="Opening line",
        description="The first thing said. {caller_name}, {business_name} and"
        " {agent_name} are filled in.",
    )
    qualificationFlow: list[Question] = Field(
        default_factory=list,
        max_length=40,
        title="Discovery",
        description="Asked in this order unless the caller leads.",
    )
    requiredSlots: list[Slot] = Field(
        default_factory=list, max_length=40, title="To know by the end"
    )
    objectionHandlers: list[Objection] = Field(
        default_factory=list, max_length=60, title="Objections"
    )
    scripts: list[Script] = Field(default_factory=list, max_length=60, title="Scripts")
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

    @field_validator("requiredSlots")
    @classmethod
    def _keep_names_apart(cls, slots: list[Slot]) -> list[Slot]:
        refuse_twins([slot.name for slot in slots])
        return slots
