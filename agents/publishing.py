"""Validating and publishing: a frozen snapshot is what phone calls use."""

from dataclasses import dataclass
from typing import Literal

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import User
from agents import config as configs
from agents import gates, prompting, stacks
from agents.config import AgentConfig
from agents.models import Agent, KnowledgeSource, Snapshot
from agents.provider_keys import Keyring
from agents.signals import agent_published
from common.errors import NotFound, Refusal
from voice import wording

MAX_PROMPT = 60_000  # characters; longer prompts make every reply late


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding; ``section`` is the editor section that mends it."""

    severity: Literal["blocker", "warning"]
    section: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """What stands between a draft and real calls."""

    issues: tuple[Issue, ...]

    @property
    def blockers(self) -> list[Issue]:
        """What must be mended."""
        return [issue for issue in self.issues if issue.severity == "blocker"]

    @property
    def warnings(self) -> list[Issue]:
        """What should be looked at."""
        return [issue for issue in self.issues if issue.severity == "warning"]


class Blocked(Refusal):
    """The draft may not be published as it is."""

    code = "publish_blocked"
    status = 409

    def __init__(self, report: Report) -> None:
        self.report = report
        titles = "; ".join(issue.title for issue in report.blockers)
        super().__init__(f"Not published: {titles}.")


def validate(agent: Agent, *, keyring: Keyring | None = None) -> Report:
    """Check the draft as publishing would; nothing is saved."""
    try:
        config = configs.parse(agent.config)
    except configs.Invalid as invalid:
        return Report(
            tuple(
                Issue("blocker", _section(p.path), f"{p.path} is not valid", p.message)
                for p in invalid.problems
            )
        )
    return Report(
        (
            *_check_words(config, agent.name),
            *_check_playbook(config),
            *_check_knowledge(config, agent),
            *_check_stacks(config, agent, keyring or Keyring(agent.workspace)),
            *_check_gate(agent),
        )
    )


@transaction.atomic
def publish(agent: Agent, *, by: User | None) -> Snapshot:
    """Freeze the draft and make it take real calls; raise ``Blocked`` if it may not."""
    agent = Agent.objects.select_for_update().get(pk=agent.pk)
    if agent.deleted_at:
        raise NotFound("This agent was deleted. Restore it to publish it.")
    report = validate(agent)
    if report.blockers:
        raise Blocked(report)
    config = configs.parse(agent.config)
    last = agent.snapshots.aggregate(last=Max("number"))["last"] or 0
    snapshot = Snapshot.objects.create(
        agent=agent,
        number=last + 1,
        revision=agent.revision,
        config=config.document(),
        compiled_prompt=prompting.outline(config, agent.name),
        published_by=by,
    )
    agent.published = snapshot
    agent.save(update_fields=["published"])
    audit.record(
        workspace=agent.workspace, actor=by, verb="agent.published", target=agent.name
    )
    transaction.on_commit(
        lambda: agent_published.send(Agent, agent_id=agent.id, snapshot_id=snapshot.id)
    )
    return snapshot


@transaction.atomic
def withdraw(agent: Agent, *, by: User | None) -> None:
    """Let the agent take no more real calls; its snapshots stay."""
    agent.published = None
    agent.save(update_fields=["published"])
    audit.record(
        workspace=agent.workspace, actor=by, verb="agent.withdrawn", target=agent.name
    )


def has_changes(agent: Agent) -> bool:
    """Tell whether the draft differs from what is published."""
    return agent.published is None or agent.published.revision != agent.revision


def _check_gate(agent: Agent) -> list[Issue]:
    """Ask the gate, if the agent has one."""
    told = gates.complaint(agent)
    if told is None:
        return []
    blocks = agent.eval_gate == "block"
    return [Issue("blocker" if blocks else "warning", "evals", *told)]


def _check_words(config: AgentConfig, name: str) -> list[Issue]:
    issues = []
    raw = config.advanced.prompt_mode == "raw"
    if raw and not config.system_prompt:
        issues.append(
            Issue(
                "blocker",
                "persona",
                "The prompt is empty",
                "In simple mode the prompt is all the agent knows. Write it, or switch"
                " to structured mode.",
            )
        )
    if not raw and not (config.system_prompt or config.persona.role):
        issues.append(
            Issue(
                "blocker",
                "persona",
                "The agent has no role",
                "Say in Persona what the agent is there for.",
            )
        )
    if len(prompting.compile(config, {}, name)) > MAX_PROMPT:
        issues.append(
            Issue(
                "blocker",
                "business",
                "The prompt is too long",
                f"It is longer than {MAX_PROMPT:,} characters. Shorten facts and"
                " scripts.",
            )
        )
    greets = config.advanced.startSpeakingPhrasing == "agent_greets"
    if greets and not config.playbook.opener:
        issues.append(
            Issue(
                "warning",
                "playbook",
                "There is no opening line",
                "The model will make one up, which takes longer than a fixed line.",
            )
        )
    return [*issues, *_check_tokens(config, name), *_check_variables(config)]


def _check_tokens(config: AgentConfig, name: str) -> list[Issue]:
    known = {variable.key for variable in config.variables} | {
        "caller_name",
        *prompting.system_values(config, name),
    }
    book = config.playbook
    texts = {
        ("persona", "The prompt"): [config.system_prompt],
        ("playbook", "The opening line"): [book.opener],
        ("playbook", "The playbook"): [
            book.closingCTA,
            book.fallbackCTA,
            book.endCallMessage,
            *(step.question for step in book.qualificationFlow),
            *(script.content for script in book.scripts),
            *(objection.response for objection in book.objectionHandlers),
        ],
    }
    issues = []
    for (section, where), parts in texts.items():
        used = dict.fromkeys(token for part in parts for token in wording.tokens(part))
        if unknown := [token for token in used if token not in known]:
            issues.append(
                Issue(
                    "warning",
                    section,
                    f"{where} uses {', '.join(unknown)}",
                    "No variable has this name, so nothing is put in its place. Add it"
                    " under Settings, Variables.",
                )
            )
    return issues


def _check_variables(config: AgentConfig) -> list[Issue]:
    needed = [
        variable.key
        for variable in config.variables
        if variable.required
        and not (variable.default or variable.systemAlias)
        and not prompting.is_acquired(variable)
    ]
    if not needed:
        return []
    return [
        Issue(
            "warning",
            "settings",
            f"Calls must bring {', '.join(needed)}",
            "One that does not is refused, and a caller who dials in never does. Give a"
            " default, or let the agent ask for it.",
        )
    ]


def _check_playbook(config: AgentConfig) -> list[Issue]:
    book = config.playbook
    issues = []
    asked = {step.slotName for step in book.qualificationFlow}
    unasked = [s.name for s in book.requiredSlots if s.required and s.name not in asked]
    if unasked:
        issues.append(
            Issue(
                "warning",
                "playbook",
                f"No question fills {', '.join(unasked)}",
                "The agent must find a question by itself. Add one under Discovery.",
            )
        )
    if not book.fallbackCTA:
        issues.append(
            Issue(
                "warning",
                "playbook",
                "There is no second best",
                "Say what the agent offers when it cannot help.",
            )
        )
    for persona in config.persona.callerPersonas:
        if not (persona.detectedWhen or persona.triggerPhrases):
            issues.append(
                Issue(
                    "warning",
                    "routing",
                    f"{persona.type} can never be noticed",
                    "Add trigger phrases, or say what gives this caller away.",
                )
            )
    return [*issues, *_check_post_call(config)]


def _check_knowledge(config: AgentConfig, agent: Agent) -> list[Issue]:
    unread = agent.knowledge_sources.filter(status=KnowledgeSource.Status.FAILED)
    titles = list(unread.order_by("created_at").values_list("title", flat=True)[:3])
    if config.knowledge.retrieval == "off" or not titles:
        return []
    return [
        Issue(
            "warning",
            "knowledge",
            f"{', '.join(titles)} could not be read",
            "The agent does not know what stands in it. Knowledge says how to mend it.",
        )
    ]


def _check_post_call(config: AgentConfig) -> list[Issue]:
    after = config.post_call
    wanted = {
        "summary": after.summary.enabled,
        "extraction": bool(
            after.structured_extraction.prompt
            or after.structured_extraction.json_schema
        ),
        "evaluation": bool(after.evaluation.rubric),
    }
    lost = [name for name, is_wanted in wanted.items() if is_wanted]
    if config.features.transcription_enabled or not lost:
        return []
    return [
        Issue(
            "warning",
            "postcall",
            f"There will be no {' and no '.join(lost)}",
            "They are made from the transcript, which is switched off.",
        )
    ]


def _check_stacks(config: AgentConfig, agent: Agent, keyring: Keyring) -> list[Issue]:
    issues = []
    for language in config.supported_languages:
        stack = stacks.resolve(
            config, agent.workspace, language=language, keyring=keyring
        )
        is_primary = language == config.language
        for notice in stack.notices:
            blocks = notice.severity == "blocker" and is_primary
            issues.append(
                Issue(
                    "blocker" if blocks else "warning",
                    "voice" if is_primary else "languages",
                    notice.title,
                    notice.detail,
                )
            )
        if is_primary and stack.is_scripted:
            issues.append(
                Issue(
                    "warning",
                    "voice",
                    "Replies are scripted",
                    "No language model is connected, so the agent follows its playbook"
                    " word for word. Connect one under Settings, BYO Providers.",
                )
            )
        if is_primary and stack.rate.unpriced:
            issues.append(
                Issue(
                    "warning",
                    "voice",
                    f"{', '.join(stack.rate.unpriced)} is unpriced",
                    "No price is published for it, so its cost cannot be shown.",
                )
            )
    if config.custom_voice_url and config.custom_voice_mode == "rymi":
        issues.append(
            Issue(
                "warning",
                "voice",
                "The own voice is asked in OpenAI's format",
                "The rymi wire format is not published, so openai-compat is spoken.",
            )
        )
    return list(dict.fromkeys(issues))  # what every language says is said once


_SECTIONS = {
    "persona": "persona",
    "playbook": "playbook",
    "advanced": "settings",
    "features": "postcall",
    "post_call": "postcall",
    "supported_languages": "languages",
    "language": "languages",
    "knowledge": "knowledge",
    "tools": "tools",
}


def _section(path: str) -> str:
    return _SECTIONS.get(path.split(".")[0], "voice")
