"""An agent's configuration: typed documents in the shape of the public REST payload.

Where the public API leaves a unit, default or range unsaid, the field's description
states our choice.
"""

from agents.config.document import AgentConfig, Invalid, Problem, defaults, parse
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
]
