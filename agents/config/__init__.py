"""An agent's configuration: typed documents in the shape of the public REST payload.

Where the public API leaves a unit, default or range unsaid, the field's description
states our choice.
"""

from agents.config.document import (
    NOT_OURS,
    AgentConfig,
    Invalid,
    Problem,
    defaults,
    parse,
    with_older_forms,
)
from agents.config.part import Part
from agents.config.persona import CallerPersona, Persona
from agents.config.playbook import (
    Objection,
    Playbook,
    Question,
    Script,
    Slot,
)
from agents.config.postcall import Features, PostCall
from agents.config.settings import Settings
from agents.config.tools import ToolBinding, Variable

__all__ = [
    "NOT_OURS",
    "AgentConfig",
    "CallerPersona",
    "Features",
    "Invalid",
    "Objection",
    "Part",
    "Persona",
    "Playbook",
    "PostCall",
    "Problem",
    "Question",
    "Script",
    "Settings",
    "Slot",
    "ToolBinding",
    "Variable",
    "defaults",
    "parse",
    "with_older_forms",
]
