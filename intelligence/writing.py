"""The summary and the caller's sentiment."""

from agents.config import AgentConfig
from intelligence import minds, prompts
from intelligence.made import Made
from intelligence.minds import Mind
from intelligence.models import Analysis
from intelligence.rules import sentiment as words
from intelligence.rules import summary as sentences
from intelligence.talk import Talk
from providers.errors import Unavailable
from providers.ports import Message

LONGEST = 4_000  # characters of a summary that is kept
SENTIMENT = {
    "type": "object",
    "properties": {
        "sentiment": {"type": "string", "enum": list(Analysis.Sentiment.values)}
    },
    "required": ["sentiment"],
    "additionalProperties": False,
}


def summary(talk: Talk, config: AgentConfig, mind: Mind | None) -> Made:
    """Write the summary, as the agent's own prompt asks."""
    wanted = config.post_call.summary
    if not wanted.enabled:
        return Made(note="The summary is switched off for this agent.", skipped=True)
    if mind is None:
        return Made({"summary": sentences.write(talk)}, "rules", minds.NONE)
    system = prompts.read("summary")
    if wanted.prompt:
        system += f"\n\nWhat the business wants to read:\n{wanted.prompt}"
    answer = mind.ask([Message("system", system), transcript(talk)], max_tokens=600)
    return Made({"summary": answer.text.strip()[:LONGEST]}, "model")


def sentiment(talk: Talk, config: AgentConfig, mind: Mind | None) -> Made:
    """Judge how the caller felt."""
    if mind is None:
        behind = ", ".join(words.words_behind(talk)[:6])
        note = (
            f"From these words: {behind}."
            if behind
            else "No word of feeling was found."
        )
        return Made({"sentiment": words.judge(talk, config.language)}, "rules", note)
    asked = [Message("system", prompts.read("sentiment")), transcript(talk)]
    found = mind.ask(asked, schema=SENTIMENT, max_tokens=60).json()
    told = found.get("sentiment") if isinstance(found, dict) else None
    if told not in Analysis.Sentiment.values:
        raise Unavailable("The model gave no sentiment.", provider=mind.choice.provider)
    return Made({"sentiment": told}, "model")


def transcript(talk: Talk, *, numbered: bool = False) -> Message:
    """Hand the conversation to a model, with what was really done."""
    text = f"<transcript>\n{talk.text(numbered=numbered)}\n</transcript>"
    if talk.deeds:
        text += f"\n\n<tools_that_ran>\n{talk.done()}\n</tools_that_ran>"
    return Message("user", text)
