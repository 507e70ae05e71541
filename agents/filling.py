"""A template becomes an agent by what the rules found in a description."""

from typing import Any

from pydantic import ValidationError

from agents import config as configs
from agents.assignment import Assignment
from agents.brief import Brief
from agents.config import AgentConfig
from agents.gallery import Template
from agents.setup_questions import Answers
from agents.tools.bindings import HAND_OVER, HandOff

_CONTACT = ("full_name", "phone", "email", "callback_time")
_FACTS = {
    "opening_hours": "Our opening hours: we are open {}.",
    "phone": "Our telephone number is {}.",
    "address": "Our address: we are at {}.",
    "services": "The services we offer: {}.",
}


def answered(template: Template, brief: Brief) -> dict[str, str]:
    """Return the answers to a template's questions that a description holds."""
    return {id: value for id, value in brief.found().items() if template.question(id)}


def fill(template: Template, brief: Brief, answers: Answers) -> AgentConfig:
    """Return the template with the answers, and with what was found where no question
    asks for it. Answers win."""
    given = {**answered(template, brief), **answers}
    document = template.configure(given).document()
    _describe(document, brief, template, answers)
    _ask(document, brief.assignment)
    return with_hand_over(configs.parse(document), brief.assignment)


def with_hand_over(config: AgentConfig, assignment: Assignment) -> AgentConfig:
    """Let the agent hand callers over to the number that the description names, if it
    is whole: with + and the country's code."""
    try:
        number = HandOff(transfer_number=assignment.hand_over).transfer_number
    except ValidationError:
        return config
    if not number:
        return config
    document = config.document()
    document["tools"] += [
        {
            "tool_id": HAND_OVER,
            "side_effect": "write",
            "provider_settings": {"transfer_number": number},
        }
    ]
    return configs.parse(document)


def _describe(
    document: dict[str, Any], brief: Brief, template: Template, answers: Answers
) -> None:
    persona, settings = document["persona"], document["advanced"]
    persona["companyName"] = persona["companyName"] or brief.company
    persona["companyWebsite"] = persona["companyWebsite"] or brief.website
    persona["name"] = brief.agent_name or persona["name"]
    persona["businessType"] = brief.business_type or persona["businessType"]
    if brief.tone and "tone" not in answers:
        persona["toneOverride"] = brief.tone
    persona["knowledgeBase"] += [
        words.format(value)
        for id, words in _FACTS.items()
        if (value := brief.found().get(id)) and not template.question(id)
    ]
    persona["knowledgeBase"] += brief.facts
    settings["offLimitsTopics"] = "\n".join(
        filter(None, [settings["offLimitsTopics"], *brief.never])
    )
    if brief.languages:
        document["language"] = brief.languages[0]
        document["supported_languages"] = list(brief.languages)
    if not persona["companyName"]:
        book = document["playbook"]
        for words in (" from {business_name}", " at {business_name}"):
            book["opener"] = book["opener"].replace(words, "")


def _ask(document: dict[str, Any], assignment: Assignment) -> None:
    """Ask what is to be asked and take it down, beside what the template asks."""
    book = document["playbook"]
    asked = {step["slotName"] for step in book["qualificationFlow"]}
    asked |= {slot["name"] for slot in book["requiredSlots"]}
    new = [each for each in assignment.asks if each.slot not in asked]
    at = _before_contact(book["qualificationFlow"])
    book["qualificationFlow"][at:at] = [
        {"question": each.question, "listensFor": each.what, "slotName": each.slot}
        for each in new
    ]
    book["requiredSlots"] += [
        {"name": each.slot, "description": each.what} for each in new
    ]
    if schema := document["post_call"]["structured_extraction"]["json_schema"]:
        fields = schema.setdefault("properties", {})
        for each in new:
            fields[each.slot] = {"type": "string", "description": each.what}
    if rule := assignment.hand_over_rule:
        book["escalationRule"] += f" {rule[:1].upper()}{rule[1:]}."


def _before_contact(flow: list[dict[str, Any]]) -> int:
    """Return where the questions begin that end a call: for a name, for a number."""
    contact = (n for n, step in enumerate(flow) if step["slotName"] in _CONTACT)
    return next(contact, len(flow))
