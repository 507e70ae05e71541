"""The editor's sections: which fields stand where."""

from dataclasses import dataclass
from functools import cached_property

# Sections that are no plain forms.
OWN_PAGES = ("voice", "languages", "knowledge", "tools", "evals", "share", "history")


@dataclass(frozen=True)
class Group:
    """Fields under one heading; where a section has tabs, one tab."""

    title: str
    paths: tuple[str, ...]
    columns: bool = False  # short fields side by side


@dataclass(frozen=True)
class Section:
    """One page of the editor."""

    name: str  # in addresses, and in a validation issue
    title: str
    icon: str
    lead: str
    groups: tuple[Group, ...] = ()
    tabs: bool = False

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every field of the section."""
        return tuple(path for group in self.groups for path in group.paths)

    @property
    def template(self) -> str:
        """The page that draws it: its own, or the one for plain forms."""
        own = self.name in OWN_PAGES
        return f"agents/sections/{self.name if own else 'form'}.html"


SECTIONS = (
    Section(
        "business",
        "Business profile",
        "business",
        "Who the agent works for. Everything here can be spoken on a call.",
        (
            Group(
                "",
                (
                    "name",
                    "persona.companyName",
                    "persona.companyWebsite",
                    "persona.businessType",
                    "persona.companyDescription",
                ),
                columns=True,
            ),
            Group("Knowledge", ("persona.knowledgeBase",)),
        ),
    ),
    Section(
        "persona",
        "Persona",
        "persona",
        "How the agent introduces itself and how it sounds to a caller.",
        (
            Group(
                "",
                (
                    "persona.name",
                    "persona.role",
                    "persona.toneOverride",
                    "persona.audienceDescription",
                    "persona.successCriteria",
                ),
                columns=True,
            ),
            Group("Prompt", ("advanced.prompt_mode", "system_prompt")),
        ),
    ),
    Section(
        "playbook",
        "Playbook",
        "playbook",
        "What happens on a call, in order. Scripts and objections are used when their"
        " trigger comes up.",
        (
            Group(
                "Opening",
                (
                    "advanced.startSpeakingPhrasing",
                    "playbook.opener",
                    "playbook.endCallMessage",
                ),
            ),
            Group(
                "Discovery", ("playbook.qualificationFlow", "playbook.requiredSlots")
            ),
            Group(
                "Actions",
                (
                    "playbook.closingCTA",
                    "playbook.fallbackCTA",
                    "playbook.escalationRule",
                ),
            ),
            Group("Scripts", ("playbook.scripts",)),
            Group("Objections", ("playbook.objectionHandlers",)),
        ),
        tabs=True,
    ),
    Section(
        "voice",
        "Voice & AI models",
        "voice",
        "Three channels make a reply: one hears, one thinks, one speaks.",
        (
            Group("Voice", ("voice",)),
            Group(
                "Words and wit",
                (
                    "advanced.stt_keywords",
                    "advanced.temperature",
                    "advanced.maxTokens",
                    "advanced.stt_numeral_formatting",
                    "advanced.stt_profanity_filter",
                ),
                columns=True,
            ),
        ),
    ),
    Section(
        "languages",
        "Languages",
        "globe",
        "Each language gets its own complete stack.",
    ),
    Section(
        "routing",
        "Caller routing",
        "route",
        "When a caller matches a type, the agent changes its approach in mid-call.",
        (Group("", ("persona.callerPersonas",)),),
    ),
    Section(
        "knowledge",
        "Knowledge",
        "book",
        "Facts the agent looks up instead of guessing.",
        (
            Group(
                "How it looks things up", ("knowledge.retrieval", "knowledge.embedder")
            ),
        ),
    ),
    Section(
        "tools",
        "Tools",
        "tools",
        "What the agent can do during a call. Each use shows up in the transcript.",
    ),
    Section(
        "postcall",
        "Post-call",
        "postcall",
        "What is kept of a call, and what is worked out from it. The price of the call"
        " covers both; with a key of your own, its vendor bills you.",
        (
            Group(
                "Kept",
                (
                    "features.transcription_enabled",
                    "features.recording_enabled",
                    "features.require_consent",
                ),
            ),
            Group("Summary", ("post_call.summary.enabled", "post_call.summary.prompt")),
            Group(
                "Extraction",
                (
                    "post_call.structured_extraction.prompt",
                    "post_call.structured_extraction.json_schema",
                ),
            ),
            Group("Evaluation", ("post_call.evaluation.rubric",)),
            Group(
                "Model",
                ("post_call.model.provider", "post_call.model.model"),
                columns=True,
            ),
        ),
    ),
    Section(
        "settings",
        "Settings",
        "settings",
        "Turn taking, limits and what the agent never says.",
        (
            Group(
                "Turn taking",
                (
                    "advanced.turnMode",
                    "advanced.turnEndpointer",
                    "persona.voiceConfig.bargeInEnabled",
                    "advanced.resumeAfterInterruption",
                    "advanced.interruptionIgnore",
                ),
            ),
            Group(
                "Limits",
                (
                    "advanced.silencePromptDelay",
                    "advanced.postSilenceHangup",
                    "advanced.maxCallDuration",
                    "advanced.replyDelay",
                ),
                columns=True,
            ),
            Group(
                "Calls it places",
                (
                    "advanced.answerDetection",
                    "advanced.voicemailBehavior",
                    "advanced.voicemailScript",
                ),
            ),
            Group(
                "Never",
                ("advanced.offLimitsTopics", "advanced.prohibitedClaims"),
            ),
            Group("Variables", ("variables",)),
        ),
    ),
    Section(
        "evals",
        "Evals",
        "check",
        "Callers that try the draft before real ones do.",
    ),
    Section(
        "share",
        "Share & testers",
        "link",
        "Let others talk to it in a browser. No account needed.",
    ),
    Section(
        "history",
        "History",
        "history",
        "Every change, newest first. Undo takes back one change and leaves the others.",
    ),
)
BY_NAME = {section.name: section for section in SECTIONS}


def titled(path: str) -> Section | None:
    """Return the section in which a path is edited, if any."""
    return next((section for section in SECTIONS if path in section.paths), None)
