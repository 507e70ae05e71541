"""Records of the telephony app."""

from telephony.models.call import Call, MediaToken, Participant
from telephony.models.record import Recording, TimelineEvent, TranscriptSegment, Turn

__all__ = [
    "Call",
    "MediaToken",
    "Participant",
    "Recording",
    "TimelineEvent",
    "TranscriptSegment",
    "Turn",
]
