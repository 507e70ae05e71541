"""Words for fields and choices whose configuration says none, or says them for machines."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Words:
    """How a field is spoken of."""

    label: str = ""
    help: str = ""
    placeholder: str = ""
    unit: str = ""
    add: str = "Add one"  # on the button below rows
    empty: str = ""  # what rows would be good for
    pattern: str = "Use letters, digits and _ only, and begin with a letter."
    is_wide: bool = False

    def over(self, label: str, help: str) -> "Words":
        """Return these words, with those of the configuration where there are none."""
        return replace(self, label=self.label or label, help=self.help or help)


SECONDS = "seconds"
WORDS = {
    "name": Words(
        "Name in Studio",
        "Only your team sees it. What the agent calls itself is under Persona.",
    ),
    "persona.companyName": Words(placeholder="Brightwater Dental"),
    "persona.companyWebsite": Words(placeholder="https://"),
    "persona.businessType": Words(placeholder="Dental practice"),
    "persona.companyDescription": Words(
        help="Two or three plain sentences. The agent paraphrases them; it does not read"
        " them out."
    ),
    "persona.knowledgeBase": Words(
        help="One fact a line: hours, prices, address, policies. The agent answers from"
        " these and does not guess.",
        placeholder="We are open Monday to Friday, 8:00 to 18:00.\n"
        "A check-up costs 62 pounds.",
        is_wide=True,
    ),
    "persona.successCriteria": Words(
        help="One a line. A call is judged by these.",
        placeholder="the caller has a booked slot",
        is_wide=True,
    ),
    "persona.audienceDescription": Words(
        placeholder="Patients and parents of patients, often in a hurry", is_wide=True
    ),
    "persona.callerPersonas": Words(
        "Caller types",
        add="Add a caller type",
        empty="When a caller matches a type, the agent changes its approach in mid-call."
        " A dentist’s line might know a person in pain from a salesman.",
    ),
    "CallerPersona.type": Words(placeholder="Person in pain"),
    "CallerPersona.triggerPhrases": Words(
        help="One a line. When one is heard, the agent shifts at once.",
        placeholder="it really hurts\nswollen",
    ),
    "CallerPersona.detectedWhen": Words(
        help="What gives this caller away, in your own words. A language model reads it."
    ),
    "CallerPersona.approach": Words(
        placeholder="Skip the questions. Offer the next emergency slot.", is_wide=True
    ),
    "advanced.prompt_mode": Words("How the agent is described"),
    "system_prompt": Words(
        help="With one prompt this is all the agent knows; otherwise it is added to what"
        " the sections say. {{variable}} and {agent_name} are filled in.",
        is_wide=True,
    ),
    "advanced.startSpeakingPhrasing": Words("Who speaks first"),
    "playbook.opener": Words(
        help="{caller_name}, {business_name} and {agent_name} are filled in.",
        placeholder="Hello, {business_name}, this is {agent_name}. How can I help?",
    ),
    "playbook.endCallMessage": Words(placeholder="You are all set. Have a good day."),
    "playbook.qualificationFlow": Words(
        "Questions, in this order unless the caller leads",
        add="Add a question",
        empty="What the agent must find out, one question at a time.",
    ),
    "Question.question": Words(
        "Question", placeholder="What brings you in?", is_wide=True
    ),
    "Question.listensFor": Words("Listens for", placeholder="checkup, pain, hygiene"),
    "Question.slotName": Words("Kept as", placeholder="reason"),
    "playbook.requiredSlots": Words(
        "What must be known by the end",
        add="Add one",
        empty="Names of answers that a call is not complete without.",
    ),
    "Slot.name": Words("Name", placeholder="reason"),
    "Slot.description": Words("Meaning", placeholder="why the patient calls"),
    "Slot.required": Words("A call is not complete without it"),
    "playbook.closingCTA": Words(
        "What to get done",
        placeholder="Book, move or cancel an appointment.",
    ),
    "playbook.fallbackCTA": Words(
        "If that is not possible", placeholder="Offer a call back the same day."
    ),
    "playbook.escalationRule": Words(
        "A person must take over when",
        placeholder="Severe pain, a complaint, a second request for a human",
    ),
    "playbook.scripts": Words(
        "Scripts",
        add="Add a script",
        empty="Words for a situation that comes up now and then: directions, an"
        " emergency, a refund.",
    ),
    "Script.title": Words("Title", placeholder="Directions and parking"),
    "Script.when": Words("When", placeholder="the caller asks how to get here"),
    "Script.content": Words("What to say or do", is_wide=True),
    "playbook.objectionHandlers": Words(
        "Objections",
        add="Add an objection",
        empty="What callers say against it, and the answer: “That is too expensive.”",
    ),
    "Objection.trigger": Words(
        "When the caller says", placeholder="That is too expensive", is_wide=True
    ),
    "Objection.response": Words("The agent answers", is_wide=True),
    "advanced.stt_keywords": Words(placeholder="Lindqvist, Bedminster", is_wide=True),
    "advanced.maxTokens": Words(unit="tokens"),
    "advanced.stt_numeral_formatting": Words(
        "Write numbers as digits", "Where the recogniser’s vendor can."
    ),
    "advanced.stt_profanity_filter": Words(
        "Leave out swear words", "Where the recogniser’s vendor can."
    ),
    "advanced.replyDelay": Words(unit=SECONDS),
    "advanced.silencePromptDelay": Words(unit=SECONDS),
    "advanced.postSilenceHangup": Words(unit=SECONDS),
    "advanced.maxCallDuration": Words(unit=SECONDS),
    "advanced.interruptionIgnore": Words(
        placeholder="mm-hm, right, okay", is_wide=True
    ),
    "advanced.offLimitsTopics": Words(placeholder="Diagnoses\nMedication"),
    "advanced.prohibitedClaims": Words(placeholder="That a treatment is painless"),
    "variables": Words(
        "Variables",
        add="Add a variable",
        empty="Values a call brings along or asks for. Write {{key}} wherever the agent"
        " should use one.",
    ),
    "Variable.key": Words("Key", placeholder="first_name"),
    "Variable.description": Words("Meaning", placeholder="what to call the caller"),
    "Variable.required": Words("A call cannot start without it"),
    "Variable.default": Words("If it is not given"),
    "Variable.type": Words("Kind"),
    "Variable.enumValues": Words("Allowed values", help="One a line, for a choice."),
    "features.recording_enabled": Words(
        "Recording", "Two channels: caller left, agent right."
    ),
    "features.transcription_enabled": Words("Transcript", "Everything below needs it."),
    "post_call.summary.enabled": Words("Summary"),
    "post_call.summary.prompt": Words(
        placeholder="Two sentences: what the caller wanted, and what was agreed.",
        is_wide=True,
    ),
    "post_call.structured_extraction.prompt": Words(
        placeholder="The reason for the call, and the slot that was booked",
        is_wide=True,
    ),
    "post_call.structured_extraction.json_schema": Words(
        placeholder='{"type": "object", "properties": {"reason": {"type": "string"}}}',
        is_wide=True,
    ),
    "post_call.evaluation.rubric": Words(
        placeholder="Pass if an appointment was booked, moved or cancelled.",
        is_wide=True,
    ),
}
# What each choice is called, and what it does.
WORDS |= {
    "Webhook.name": Words(
        help="What the model calls it: small letters, digits and _.",
        placeholder="lookup_order",
    ),
    "Webhook.url": Words(placeholder="https://api.example.com/orders"),
    "Webhook.purpose": Words(
        help="The model reads this to decide when to use the tool.",
        placeholder="Tells how an order stands. Use it when the caller asks for one.",
        is_wide=True,
    ),
    "Webhook.headers": Words(
        help="A JSON object. A credential is written {{secrets.NAME}} and kept under"
        " Settings, Connectors.",
        placeholder='{"Authorization": "Bearer {{secrets.SHOP_KEY}}"}',
    ),
    "Webhook.fields": Words(
        add="Add a field",
        empty="What the model fills in: GET puts it into the query, the others into a"
        " JSON body.",
    ),
    "Webhook.response_fields": Words(
        help="One a line, as paths: order.state. Empty: all of the reply.",
        placeholder="order.state\norder.items.0.name",
    ),
    "Field_.name": Words(placeholder="order_number"),
    "McpServer.url": Words(placeholder="https://mcp.example.com/mcp"),
    "McpServer.allowlist": Words(
        help="One tool a line. No other tool of the server can be used."
    ),
    "McpServer.headers": Words(
        help="A JSON object. A credential is written {{secrets.NAME}}."
    ),
    "HandOff.transfer_number": Words(
        help="Who is called when a caller wants a person, or your rules say so.",
        placeholder="+44 117 496 0100",
    ),
    "HandOff.way": Words(),
    "Keys.masked": Words(),
    "HandOff.wait": Words(
        help="Said before the music. Empty: a sentence of ours in the call’s language.",
        placeholder="One moment, I am calling a colleague.",
    ),
    "HandOff.ring_s": Words(unit="s"),
    "HandOff.accept_s": Words(unit="s", help="For pressing 1, after the briefing."),
    "ToolBinding.timeout_ms": Words(unit="ms"),
}
CHOICES = {
    "Webhook.method": {name: (name, "") for name in ("GET", "POST", "PUT", "PATCH")},
    "HandOff.way": {
        "warm": (
            "Ask first",
            "The agent briefs the person while the caller hears music; 1 takes the call",
        ),
        "cold": (
            "Pass on",
            "Your carrier connects them at once, and the agent is gone",
        ),
    },
    "ToolBinding.side_effect": {
        "read": ("Only reads", "May be tried twice; never needs a yes"),
        "write": ("Writes", "Never tried twice"),
    },
    "ToolBinding.consent": {
        "auto": ("After outside words", "Once anything from outside was read"),
        "always": ("Every time", "The caller says yes first"),
        "never": ("Never", "Only for sources you trust"),
    },
    "advanced.prompt_mode": {
        "builder": ("In sections", "Written from the parts below"),
        "raw": ("One prompt", "You write every word"),
    },
    "advanced.startSpeakingPhrasing": {
        "agent_greets": ("The agent", "Says the opening line"),
        "wait_for_user": ("The caller", "Greets after the first words"),
    },
    "advanced.voicemailBehavior": {
        "leave_message": ("Leave a message", "After the beep"),
        "hangup": ("Hang up", "Says nothing, costs nothing"),
    },
    "knowledge.retrieval": {
        "auto": ("Before every reply", "Adds a few hundredths of a second"),
        "tool": ("When the model asks", "Saves tokens, adds a hop"),
        "off": ("Never", "Sources stay where they are"),
    },
    "knowledge.embedder": {
        "local": ("On this server", "No key, nothing leaves; best in English"),
        "openai": ("OpenAI", "Most languages; needs a key, adds a hop"),
    },
    "advanced.turnMode": {
        "fast": ("Fast", "Answers at once; may speak into a pause"),
        "balanced": ("Balanced", "Waits a little where a sentence sounds open"),
        "patient": ("Patient", "Lets people think and spell"),
    },
    "advanced.turnEndpointer": {
        "smart-turn-v3": ("By ear", "A model on this server hears whether you go on"),
        "timer": ("By silence", "A pause of fixed length"),
        "provider": ("By the recogniser", "Its vendor decides, where it can"),
    },
    "Variable.type": {
        "string": ("Text", ""),
        "number": ("Number", ""),
        "boolean": ("Yes or no", ""),
        "enum": ("Choice", ""),
    },
}
