"""Who picked up and what was done, in words. Data only."""

# (who, what it means)
WHO: dict[str, tuple[str, str]] = {
    "human": ("A person", "somebody who talks"),
    "voicemail": ("A voicemail", "a greeting, and a beep"),
    "screener": ("A screening bot", "asks who calls before anybody is on"),
    "menu": ("A menu or a queue", "keys to press, or music"),
    "unavailable": ("Nobody: not available", "a busy tone or an announcement"),
    "unknown": ("Somebody", "not clear who; treated as a person"),
}
ACTIONS: dict[str, str] = {
    "greeted": "the agent greeted",
    "introduced": "the agent said who it is",
    "waiting_for_beep": "the agent waits for the beep",
    "left_message": "the agent left its message",
    "hung_up": "the agent hung up",
    "waited": "the agent waits for a person",
    "talked_to_menu": "the agent finds its way through",
}
KINDS: dict[str, str] = {"cadence": "Cadence", "tone": "Tone", "words": "Words"}
