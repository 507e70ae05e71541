"""The verdict on a call: does it meet the agent's rubric?"""

from typing import Any

from agents import runtime
from agents.config import AgentConfig
from intelligence import minds, prompts
from intelligence.made import Made
from intelligence.minds import Mind
from intelligence.rules import extraction as rules
from intelligence.rules import promises
from intelligence.talk import Talk
from intelligence.writing import transcript
from providers.errors import Unavailable
from providers.ports import Message
from providers.scripted import playbook as playbooks

VERDICT = {
    "type": "object",
    "properties": {
        "reasoning": {"type": "string"},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "passed": {"type": "boolean"},
    },
    "required": ["reasoning", "score", "passed"],
    "additionalProperties": False,
}


def evaluate(talk: Talk, config: AgentConfig, mind: Mind | None) -> Made:
    """Judge the call; without a model nobody does, and what rules can see is told."""
    rubric = config.post_call.evaluation.rubric
    if not rubric:
        return Made(note="There is no rubric to judge by.", skipped=True)
    if mind is None:
        return _by_rules(talk, config, rubric)
    verdict = judge(talk, rubric, mind)
    return Made({"rubric": rubric, **verdict}, "model")


def judge(talk: Talk, rubric: str, mind: Mind) -> dict[str, Any]:
    """Ask a model for ``passed``, ``score`` and ``reasoning``."""
    system = f"{prompts.read('evaluation')}\n\n<rubric>\n{rubric}\n</rubric>"
    asked = [Message("system", system), transcript(talk, numbered=True)]
    verdict = mind.ask(asked, schema=VERDICT, max_tokens=500).json()
    if not isinstance(verdict, dict) or not isinstance(verdict.get("passed"), bool):
        raise Unavailable("The model gave no verdict.", provider=mind.choice.provider)
    return {
        "passed": verdict["passed"],
        "score": _score(verdict.get("score"), passed=verdict["passed"]),
        "reasoning": str(verdict.get("reasoning", ""))[:4_000],
    }


def _score(value: Any, *, passed: bool) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 1.0 if passed else 0.0
    return min(1.0, max(0.0, float(value) / 100 if value > 1 else float(value)))


def _by_rules(talk: Talk, config: AgentConfig, rubric: str) -> Made:
    required = [slot.name for slot in config.playbook.requiredSlots if slot.required]
    book = playbooks.read(runtime.playbook(config, config.persona.name, {}))
    got = rules.slots(talk, book)
    have = [name for name in required if name in got]
    told = ["Nobody judged this call: a rubric needs a language model."]
    if required:
        told.append(f"The caller gave {len(have)} of {len(required)} required answers.")
    return Made(
        {
            "rubric": rubric,
            "passed": None,
            "score": len(have) / len(required) if required else None,
            "reasoning": " ".join(told),
        },
        "rules",
        minds.NONE,
    )


def check_promises(talk: Talk, config: AgentConfig, mind: Mind | None) -> Made:
    """Look for what the agent said it did and did not; always by rules."""
    if not config.language.lower().startswith("en"):
        return Made(note="Promises are looked for in English calls.", skipped=True)
    found = promises.unkept(talk, purposes(config))
    return Made({"unkept": [each.document() for each in found]}, "rules")


def purposes(config: AgentConfig) -> dict[str, str]:
    """Return the words in which the customer describes tools of their own."""
    return {
        str(settings["name"]): str(settings.get("purpose", ""))
        for binding in config.tools
        if (settings := binding.provider_settings) and settings.get("name")
    }
