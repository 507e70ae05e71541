"""Validating and publishing: a frozen snapshot is what phone calls use."""

from dataclasses import dataclass
from typing import Literal

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from agents import config as configs
from agents import prompting, stacks
from agents.config import AgentConfig
from agents.models import Agent, Snapshot
from agents.provider_keys import Keyring
from agents.signals import agent_published
from common.errors import Refusal
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
            *_check_stacks(config, agent, keyring or Keyring(agent.workspace)),
        )
    )


@transaction.atomic
def publish(agent: Agent, *, by: User | None) -> Snapshot:
    """Freeze the draft and make it take real calls; raise ``Blocked`` if it may not."""
    agent = Agent.objects.select_for_update().get(pk=agent.pk)
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
        compiled_prompt=prompting.compile(config, {}, agent.name),
        published_by=by,
    )
    agent.published = snapshot
    agent.save(update_fields=["published"])
    transaction.on_commit(
        lambda: agent_published.send(Agent, agent_id=agent.id, snapshot_id=snapshot.id)
    )
    return snapshot


def withdraw(agent: Agent) -> None:
    """Let the agent take no more real calls; its snapshots stay."""
    agent.published = None
    agent.save(update_fields=["published"])


def has_changes(agent: Agent) -> bool:
    """Tell whether the draft differs from what is published."""
    return agent.published is None or agent.published.revision != agent.revision


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
    known = {variable.key for variable in config.variables} | {
        "caller_name",
        *prompting.system_values(config, name),
    }
    unknown = [t for t in wording.tokens(config.playbook.opener) if t not in known]
    if unknown:
        issues.append(
            Issue(
                "warning",
                "playbook",
                f"The opening line uses {', '.join(unknown)}",
                "No variable has this name, so it will be left out when spoken.",
            )
        )
    return issues


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
    if not config.features.transcription_enabled and (
        config.post_call.summary.enabled or config.post_call.evaluation.rubric
    ):
        issues.append(
            Issue(
                "warning",
                "postcall",
                "Nothing will be summarised",
                "Summary and evaluation need the transcript, which is switched off.",
            )
        )
    return issues


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
    return issues


_SECTIONS = {
    "persona": "persona",
    "playbook": "playbook",
    "advanced": "settings",
    "features": "postcall",
    "post_call": "postcall",
    "supported_languages": "languages",
    "language": "languages",
}


def _section(path: str) -> str:
    return _SECTIONS.get(path.split(".")[0], "voice")
