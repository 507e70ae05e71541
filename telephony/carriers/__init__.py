"""The telephone companies there are: name → its folder.

Reached by dotted path, so that nothing of a carrier is loaded before somebody uses it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from django.conf import settings

from telephony.carrier import Callbacks, Control, Field, MediaStream


@dataclass(frozen=True, slots=True)
class Carrier:
    """One carrier, and what it can do."""

    name: str
    title: str
    by_hand: str = ""  # where a customer pastes the answer URL
    resumes: bool = False  # asks what to do when a socket is gone
    keys_end_stream: bool = False  # pressing keys ends the audio; it is opened again
    by_command: bool = False  # reads no documents; see carrier.Commander
    says_by_stream: bool = False  # reads no sentence out: it is said over the stream
    offered: bool = True  # in Connect provider
    in_rooms: bool = False  # lines end in LiveKit rooms, and have no socket of theirs

    @property
    def fields(self) -> tuple[Field, ...]:
        """What it needs to know of an account."""
        return cast(tuple[Field, ...], self._module("control").FIELDS)

    @property
    def callbacks(self) -> Callbacks:
        """Its HTTP requests and our answers."""
        return cast(Callbacks, self._module("callbacks").CALLBACKS)

    def control(self, credentials: Mapping[str, str]) -> Control:
        """Its REST API with somebody's credentials."""
        made: Control = self._module("control").Control(credentials, base_url(self))
        return made

    def media(self) -> MediaStream:
        """A codec for one stream."""
        made: MediaStream = self._module("media").Media()
        return made

    def _module(self, part: str) -> Any:
        return import_module(f"telephony.carriers.{self.name}.{part}")


CARRIERS: dict[str, Carrier] = {
    carrier.name: carrier
    for carrier in (
        Carrier(
            "twilio",
            "Twilio",
            "Phone Numbers → the number → Voice → A call comes in, and the same under"
            " Primary handler fails, method POST",
            resumes=True,
            keys_end_stream=True,
        ),
        Carrier(
            "plivo",
            "Plivo",
            "Voice → Applications → the number's application → Primary Answer URL, method"
            " POST",
            resumes=True,
        ),
        Carrier(
            "vonage",
            "Vonage",
            "Applications → the number's application → Voice → Answer URL, method POST",
            resumes=True,
        ),
        Carrier(
            "telnyx",
            "Telnyx",
            "Voice → Call Control → the application → Send a webhook to the URL, and the"
            " number → Connection or Application",
            resumes=True,
            by_command=True,
        ),
        Carrier(
            "exotel",
            "Exotel",
            "App Bazaar → the flow → Voicebot applet → URL",
            says_by_stream=True,
        ),
        Carrier(
            "sip",
            "SIP trunk",
            "At your carrier: where calls to the number go.",
            in_rooms=True,
            says_by_stream=True,
        ),
        Carrier("simulator", "Simulator", offered=False),
    )
}


def base_url(carrier: Carrier) -> str:
    """Return the operator's own address for a carrier, or "": the carrier's own."""
    return str(settings.PROVIDER_BASE_URLS.get(carrier.name, ""))
