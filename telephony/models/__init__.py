"""Records of the telephony app."""

from telephony.models.call import Call, MediaToken, Participant
from telephony.models.carrier import CarrierConnection
from telephony.models.do_not_call import DoNotCall
from telephony.models.fanout import Fanout, Recipient
from telephony.models.keyed_call import KeyedCall
from telephony.models.leg import Leg
from telephony.models.number import Number
from telephony.models.pickup import Pickup
from telephony.models.record import Recording, TimelineEvent, TranscriptSegment, Turn
from telephony.models.room_visit import RoomEvent, RoomVisit
from telephony.models.shared_call import SharedCall

__all__ = [
    "Call",
    "CarrierConnection",
    "DoNotCall",
    "Fanout",
    "KeyedCall",
    "Leg",
    "MediaToken",
    "Number",
    "Participant",
    "Pickup",
    "Recipient",
    "Recording",
    "RoomEvent",
    "RoomVisit",
    "SharedCall",
    "TimelineEvent",
    "TranscriptSegment",
    "Turn",
]
