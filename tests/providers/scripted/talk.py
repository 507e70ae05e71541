"""Holding a conversation with the offline brain, as the engine does."""

from dataclasses import dataclass, field

from providers.ports import LlmRequest, Message, TextDelta, ToolCall, ToolSpec
from providers.scripted.brain import OfflineBrain

END_CALL = ToolSpec("end_call", "End the call.", {"type": "object", "properties": {}})
HAND_OFF = ToolSpec(
    "handoff_to_human",
    "Transfer.",
    {"type": "object", "properties": {"reason": {}}, "required": ["reason"]},
)

CLOCK = ToolSpec("datetime_now", "Tell the time.", {"type": "object", "properties": {}})
SEARCH = ToolSpec(
    "knowledge_search",
    "Look up.",
    {"type": "object", "properties": {"query": {}}, "required": ["query"]},
)
CALL_BACK = ToolSpec(
    "schedule_callback",
    "Promise a call.",
    {"type": "object", "properties": {"at": {}, "reason": {}}, "required": ["at"]},
)

DENTIST = {
    "agent_name": "Maya",
    "company_name": "Bright Smile Dental",
    "company_facts": [
        "Bright Smile Dental is a family dental practice in Austin, Texas. We are open Monday to Friday from 9 am to 5 pm, and Saturday from 10 am to 2 pm. We are closed on Sundays."
    ],
    "knowledge": [
        "A new patient exam with cleaning costs $120. Whitening costs $350.",
        "We accept most PPO insurance plans including Delta Dental, Cigna and Aetna. We do not accept Medicaid.",
        "Our office is at 1200 Lamar Boulevard, next to the public library. Free parking is behind the building.",
        "Dr. Susan Patel has practised for 20 years and speaks Spanish.",
        "Q: Do you treat children? A: Yes, we see children from the age of three.",
    ],
    "opener": "Hi, thanks for calling Bright Smile Dental, this is Maya. How can I help you today?",
    "qualification": [
        {
            "question": "What brings you in?",
            "slot_name": "reason",
            "listens_for": "cleaning, pain, check-up",
        },
        {"question": "May I have your full name?", "slot_name": "full_name"},
        {
            "question": "What is the best phone number to reach you?",
            "slot_name": "phone",
        },
        {"question": "Which day works best for you?", "slot_name": "preferred_day"},
        {"question": "Are you a new patient?", "slot_name": "new_patient"},
    ],
    "slots": [{"name": "email", "description": "E-mail address", "required": True}],
    "objections": [
        {
            "trigger": "too expensive",
            "response": "I understand. We offer payment plans with no interest.",
        }
    ],
    "scripts": [
        {
            "title": "Cancel",
            "when": "caller wants to cancel an appointment",
            "content": "You can cancel until 24 hours before at no cost.",
        }
    ],
    "closing_cta": "We will call you back today to confirm your appointment.",
    "fallback_cta": "I can have someone call you back about that.",
    "escalation_rule": "",
    "end_message": "",
    "caller_types": [
        {
            "name": "emergency",
            "approach": "Be empathetic and offer help at once.",
            "triggers": ["severe pain", "bleeding"],
        }
    ],
    "language": "en-US",
}


@dataclass
class Talk:
    """A conversation; ``say`` returns what the agent answers."""

    playbook: dict = field(default_factory=lambda: DENTIST)
    embedder: object = None
    tools: tuple = (END_CALL,)
    messages: list = field(default_factory=list)
    called: list = field(default_factory=list)

    def __post_init__(self):
        self.brain = OfflineBrain(self.embedder)
        self.messages.append(Message("system", "You are Maya."))

    async def open(self):
        return await self._reply()

    async def say(self, text):
        self.messages.append(Message("user", text))
        return await self._reply()

    async def all(self, *texts):
        """Say all; return the last answer."""
        return [await self.say(text) for text in texts][-1]

    async def told(self, result):
        """Let the tool that was called last answer; return what is said then."""
        self.messages.append(Message("tool", result, tool_call_id=self.called[-1].id))
        return await self._reply()

    async def _reply(self):
        before = len(self.called)
        request = LlmRequest(
            self.messages, tools=self.tools, options={"playbook": self.playbook}
        )
        text = ""
        async for event in self.brain.reply(request):
            if isinstance(event, TextDelta):
                text += event.text
            elif isinstance(event, ToolCall):
                self.called.append(event)
        calls = tuple(self.called[before:])
        self.messages.append(Message("assistant", text, tool_calls=calls))
        return text


async def at_the_name(talk):
    await talk.say("I would like a cleaning please.")


async def at_the_phone(talk):
    await talk.all("I would like a cleaning please.", "John Miller")
