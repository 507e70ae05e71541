"""The events there are, in the words of the page that offers them.

Any name may be subscribed to: new events appear without notice, and receivers ignore
what they do not know.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of event."""

    name: str
    about: str
    sample: dict[str, object]  # the ``data`` of a sample


_CALL = "0192f3a4-7c1e-7b7e-9d38-5f6a7b8c9d0e"
_AGENT = "0192f3a4-0b2d-7a11-8c22-3d4e5f607182"
_KEY = "0192f3a4-9e8f-7c33-a144-b2c3d4e5f607"
_TRANSCRIPT = (
    "Agent: Thanks for calling, how can I help?\nCaller: I need to move my visit."
)
GROUPS: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    (
        "Calls",
        (
            Kind(
                "call.completed",
                "Transcript and metadata, once everything is settled",
                {
                    "call_id": _CALL,
                    "agent_id": _AGENT,
                    "status": "completed",
                    "duration": 134,
                    "cost": 0.25,
                    "intelligence_status": "completed",
                    "transcript": {"text": _TRANSCRIPT},
                },
            ),
            Kind(
                "call.intelligence.ready",
                "Summary, extraction, evaluation",
                {
                    "call_id": _CALL,
                    "agent_id": _AGENT,
                    "status": "completed",
                    "intelligence_status": "completed",
                    "summary": "Sam moved a visit from Tuesday to Friday.",
                    "sentiment": "positive",
                    "extraction": {"reason": "visit", "moved": True},
                    "evaluation": {"passed": True, "score": 0.92},
                },
            ),
        ),
    ),
    (
        "Agents",
        (
            Kind(
                "agent.published",
                "A version went live",
                {"agent_id": _AGENT, "name": "Reception", "version": 7},
            ),
            Kind(
                "agent.failed",
                "An agent could not start a call",
                {
                    "agent_id": _AGENT,
                    "call_id": _CALL,
                    "error": "No voice could be reached.",
                },
            ),
            Kind(
                "agent.number_assigned",
                "A number was bound",
                {"agent_id": _AGENT, "number": "+15550100123"},
            ),
        ),
    ),
    (
        "Money and keys",
        (
            Kind(
                "billing.topup_confirmed",
                "A payment arrived",
                {"credits": 5000, "amount_usd": 50.0},
            ),
            Kind(
                "billing.payment_failed",
                "A payment was refused",
                {"amount_usd": 50.0, "reason": "card_declined"},
            ),
            Kind(
                "system.api_key_created",
                "Somebody made a key",
                {"key_id": _KEY, "key_prefix": "rymi_a1B2c", "label": "CRM"},
            ),
            Kind(
                "system.api_key_revoked",
                "A key was shut out",
                {"key_id": _KEY, "key_prefix": "rymi_a1B2c", "label": "CRM"},
            ),
            Kind(
                "auth.welcome",
                "The workspace was founded",
                {"workspace_id": _AGENT, "name": "Meridian Desk"},
            ),
        ),
    ),
)
KINDS: dict[str, Kind] = {kind.name: kind for _, kinds in GROUPS for kind in kinds}
