"""What stands around a section of the editor: state, lamps, undo, the stack."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.shortcuts import get_object_or_404

from accounts.access import StudioRequest
from agents import config as configs
from agents import publishing, stacks
from agents.config import AgentConfig
from agents.models import Agent, Change
from agents.provider_keys import Keyring
from agents.stack import Stack
from agents.studio import fields, sections
from agents.studio.sections import SECTIONS, Section
from agents.tools.catalogue import BY_ID


@dataclass(frozen=True, slots=True)
class Lamp:
    """A section in the list, and whether something is wrong with it."""

    section: Section
    tone: str  # "bad", "warn" or ""
    count: int  # of entries, where a number says something

    @property
    def says(self) -> str:
        """The lamp's colour in words."""
        return {"bad": "stops publishing", "warn": "worth a look"}.get(self.tone, "")


class Editor:
    """One agent as its editor shows it. Read only when drawn."""

    def __init__(self, request: StudioRequest, agent: Agent) -> None:
        self.request = request
        self.agent = agent

    @property
    def may_edit(self) -> bool:
        return self.request.may("edit")

    @cached_property
    def config(self) -> AgentConfig:
        return configs.parse(self.agent.config)

    @cached_property
    def document(self) -> dict[str, Any]:
        return self.config.document()

    @cached_property
    def stack(self) -> Stack:
        """What a test of the draft would run through."""
        return stacks.resolve(self.config, self.agent.workspace, keyring=self.keyring)

    @cached_property
    def keyring(self) -> Keyring:
        return Keyring(self.agent.workspace)

    @cached_property
    def report(self) -> publishing.Report:
        return publishing.validate(self.agent, keyring=self.keyring)

    @property
    def is_published(self) -> bool:
        return self.agent.published is not None

    @property
    def is_ahead(self) -> bool:
        """Whether the draft differs from what phone calls use."""
        return publishing.has_changes(self.agent)

    @cached_property
    def last_change(self) -> Change | None:
        """What Ctrl Z would take back."""
        left = self.agent.changes.filter(undone_at=None)
        return left.order_by("-created_at", "-id").first()

    @cached_property
    def unpublished(self) -> int:
        """How many changes phone calls do not know of."""
        left = self.agent.changes.filter(undone_at=None)
        if self.agent.published:
            left = left.filter(created_at__gt=self.agent.published.created_at)
        return left.count()

    @property
    def lamps(self) -> list[Lamp]:
        worst: dict[str, str] = {}
        for issue in self.report.issues:
            tone = "bad" if issue.severity == "blocker" else "warn"
            if worst.get(issue.section) != "bad":
                worst[issue.section] = tone
        counts = {
            "languages": len(self.config.supported_languages),
            "routing": len(self.config.persona.callerPersonas),
            "tools": sum(
                not BY_ID[t.tool_id].always
                for t in self.config.tools
                if t.tool_id in BY_ID
            ),
            "knowledge": self.agent.source_count,  # type: ignore[attr-defined]  # find() counts
            "history": self.unpublished,
        }
        return [
            Lamp(one, worst.get(one.name, ""), counts.get(one.name, 0))
            for one in SECTIONS
        ]

    @property
    def spoken_name(self) -> str:
        """What the agent calls itself."""
        return self.config.persona.name or self.agent.name

    @property
    def asks(self) -> list[configs.Variable]:
        """The values that must be typed before a test can start."""
        return [
            variable
            for variable in self.config.variables
            if variable.required and not variable.default and not variable.systemAlias
        ]

    def groups(self, section: Section) -> list[dict[str, Any]]:
        """Return a section's fields with what is stored in them."""
        return [
            {
                "group": group,
                "id": f"{section.name}-{number}",
                "controls": [
                    fields.control(path, self.document, self.agent.name)
                    for path in group.paths
                ],
            }
            for number, group in enumerate(section.groups)
        ]

    def stored(self, paths: tuple[str, ...]) -> dict[str, Any]:
        """Return the draft's values, as forms compare them."""
        return {
            path: fields.stored(path, self.document, self.agent.name) for path in paths
        }


def find(request: StudioRequest, agent_id: UUID) -> Agent:
    """Return an agent of the workspace, or answer 404."""
    own = request.workspace.agents.filter(deleted_at=None)
    counted = own.annotate(source_count=Count("knowledge_sources"))
    agent: Agent = get_object_or_404(counted.select_related("published"), pk=agent_id)
    agent.workspace = request.workspace  # spares a query wherever a stack is resolved
    return agent


def section_or_first(name: str) -> Section:
    """Return the section of that name; an unknown name opens the first one."""
    return sections.BY_NAME.get(name, SECTIONS[0])
