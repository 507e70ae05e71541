"""What a language model writes of an agent; the rest of a configuration is ours."""

from typing import Any

from pydantic import Field

from agents import config as configs
from agents.config import AgentConfig
from agents.config.part import Identifier, LanguageTag, Line, Name, Part, Text
from agents.gallery import Template

SYSTEM = (
    "You design voice agents that talk to people on the phone. From a description, write"
    " one complete agent. Use only facts that the description or the answers state:"
    " never invent names, prices, hours, addresses or numbers; leave unknown texts empty"
    " and unknown lists empty. Everything that is spoken is short, natural and in the"
    " agent's primary language. The opening line tells who is calling or called and that"
    " it is a virtual assistant; it may use {business_name}, {agent_name} and"
    " {caller_name}. Ask 4 to 6 questions, one thing each. Caller types carry the words"
    " that give them away. Answer with JSON alone."
)


class DesignedQuestion(Part):
    question: Line = Field(min_length=1)
    listens_for: Line
    slot: Identifier
    required: bool


class DesignedReply(Part):
    """Words for a moment: an objection or a script."""

    title: Name
    when: Line = Field(min_length=1, description="What the caller may say")
    say: Line = Field(min_length=1)


class DesignedCaller(Part):
    type: Name = Field(min_length=1)
    approach: Line
    trigger_phrases: list[Line] = Field(max_length=20)


class DesignedField(Part):
    """Something to take down from the finished call."""

    name: Identifier
    type: str = Field(pattern="^(string|number|boolean)$")
    description: Line


class Design(Part):
    """An agent, as far as it is words."""

    label: Name = Field(min_length=1, description="The agent's name in lists")
    agent_name: Name = Field(min_length=1, description="What it calls itself")
    role: Line = Field(min_length=1)
    company_name: Name
    business_type: Name
    company_description: Line
    website: Line
    audience: Line
    tone: Line
    languages: list[LanguageTag] = Field(
        min_length=1, max_length=10, description="BCP-47, the primary first"
    )
    facts: list[Line] = Field(max_length=40)
    opener: Line = Field(min_length=1)
    questions: list[DesignedQuestion] = Field(min_length=1, max_length=12)
    objections: list[DesignedReply] = Field(max_length=8)
    scripts: list[DesignedReply] = Field(max_length=8)
    callers: list[DesignedCaller] = Field(max_length=8)
    closing: Line
    fallback: Line = Field(min_length=1)
    escalation: Line
    end_message: Line = Field(min_length=1)
    success_criteria: list[Line] = Field(max_length=8)
    off_limits: list[Line] = Field(max_length=12)
    never_promise: list[Line] = Field(max_length=12)
    extraction: list[DesignedField] = Field(max_length=20)
    summary: Line
    rubric: Line

    def configure(self) -> AgentConfig:
        """Make a configuration of it."""
        return configs.parse(
            {
                "language": self.languages[0],
                "supported_languages": self.languages,
                "persona": self._persona(),
                "playbook": self._playbook(),
                "advanced": {
                    "offLimitsTopics": "\n".join(self.off_limits),
                    "prohibitedClaims": "\n".join(self.never_promise),
                    "stt_keywords": self.company_name,
                },
                "post_call": {
                    "summary": {"enabled": True, "prompt": self.summary or None},
                    "structured_extraction": {"json_schema": self._extraction()},
                    "evaluation": {"rubric": self.rubric or None},
                },
            }
        )

    def _persona(self) -> dict[str, Any]:
        return {
            "name": self.agent_name,
            "role": self.role,
            "companyName": self.company_name,
            "businessType": self.business_type,
            "companyDescription": self.company_description,
            "companyWebsite": self.website,
            "audienceDescription": self.audience,
            "toneOverride": self.tone,
            "successCriteria": self.success_criteria,
            "knowledgeBase": self.facts,
            "callerPersonas": [
                {
                    "type": caller.type,
                    "approach": caller.approach,
                    "triggerPhrases": caller.trigger_phrases,
                }
                for caller in self.callers
            ],
        }

    def _playbook(self) -> dict[str, Any]:
        return {
            "opener": self.opener,
            "qualificationFlow": [
                {
                    "question": step.question,
                    "listensFor": step.listens_for,
                    "slotName": step.slot,
                }
                for step in self.questions
            ],
            "requiredSlots": [
                {
                    "name": step.slot,
                    "description": step.listens_for,
                    "required": step.required,
                }
                for step in self.questions
            ],
            "objectionHandlers": [
                {"trigger": item.when, "response": item.say} for item in self.objections
            ],
            "scripts": [
                {"title": item.title, "when": item.when, "content": item.say}
                for item in self.scripts
            ],
            "closingCTA": self.closing,
            "fallbackCTA": self.fallback,
            "escalationRule": self.escalation,
            "endCallMessage": self.end_message,
        }

    def _extraction(self) -> dict[str, Any] | None:
        fields = {
            each.name: {"type": each.type, "description": each.description}
            for each in self.extraction
        }
        return {"type": "object", "properties": fields} if fields else None


def schema() -> dict[str, Any]:
    """Return the JSON Schema the model is held to."""
    return Design.model_json_schema()


def question(description: str, answers: dict[str, str], template: Template) -> Text:
    """Return what the model is asked."""
    told = "\n".join(f"- {asked} {answer}" for asked, answer in answers.items())
    book = configs.parse(template.defaults).playbook
    steps = "; ".join(step.question for step in book.qualificationFlow)
    return "\n\n".join(
        filter(
            None,
            [
                f"Description:\n{description}",
                told and f"Answers:\n{told}",
                f"A similar agent, for its manner alone: {template.label}. It opens with"
                f" {book.opener!r} and asks: {steps}",
            ],
        )
    )
