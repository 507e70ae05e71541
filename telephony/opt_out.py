"""People who want no more calls say so in many ways. Pure."""

import re

KEY = "9"  # on calls that we place
# What a person says who wants to be left alone; parts of sentences, in lower case.
_PATTERNS: dict[str, tuple[str, ...]] = {
    "en": (
        r"\b(do not|don't|dont|never|stop)\s+(ever\s+)?(call|calling|phone|phoning|ring|ringing|contact|contacting)\s+(me|us|this number|here)\b",
        r"\b(take|remove|get)\s+(me|us|my number|this number)\s+(off|from)\s+(of\s+)?(your|the|this)\s+(calling\s+|call\s+)?(list|lists|database)\b",
        r"\b(put|add)\s+(me|us|my number|this number)\s+(on|to)\s+(your|the)\s+do[- ]not[- ]call\b",
        r"\bno more calls\b",
    ),
    "es": (
        r"\bno\s+(me|nos)\s+(vuelva[ns]?\s+a\s+llamar|llame[ns]?(\s+más)?)\b",
        r"\b(bórreme|quíteme|elimíneme)\s+de\s+(su|la)\s+lista\b",
    ),
    "fr": (
        r"\bne\s+(m'|me\s+|nous\s+)(appelez|rappelez|contactez)\s+(plus|pas)\b",
        r"\b(retirez|enlevez|supprimez)[- ](moi|nous)\s+de\s+(votre|la)\s+liste\b",
    ),
    "de": (
        r"\brufen\s+sie\s+(mich|uns|hier)\s+(bitte\s+)?(nicht|nie)\s+(mehr|wieder)\s*(an)?\b",
        r"\b(nehmen|streichen)\s+sie\s+(mich|uns)\s+(bitte\s+)?(von|aus)\s+(ihrer|der)\s+liste\b",
        r"\bkeine\s+(weiteren\s+)?anrufe\s+mehr\b",
    ),
    "pt": (r"\bnão\s+(me\s+)?(ligue|ligar|telefone)(\s+mais|\s+de\s+novo)?\b",),
    "it": (r"\bnon\s+(mi|ci)\s+(chiami|chiamate|richiami)(\s+più)?\b",),
}
_COMPILED = {
    language: [re.compile(pattern) for pattern in patterns]
    for language, patterns in _PATTERNS.items()
}
_NOT_MEANT = re.compile(r"\b(until|before|after|bis|hasta|avant|am|pm|o'clock)\b")


def wants_no_calls(text: str, language: str) -> bool:
    """Tell whether somebody asks never to be called again, not merely later."""
    said = text.lower().replace("’", "'")
    own = _COMPILED.get(language[:2].lower(), [])
    english = [] if language.lower().startswith("en") else _COMPILED["en"]
    if not any(pattern.search(said) for pattern in (*own, *english)):
        return False
    return not _NOT_MEANT.search(said)
