"""A SIP line ends in a LiveKit room, and the room's wire is inside the process."""

from telephony.livekit.media import RoomMedia as Media

__all__ = ["Media"]
