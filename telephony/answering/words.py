"""What answering machines, screeners and menus say, and how people answer. Pure."""

import re
from typing import Literal

Said = Literal["human", "voicemail", "screener", "menu", "unavailable"]

# Looked at in this order: what a menu says of pressing keys may follow a voicemail.
_PATTERNS: dict[Said, tuple[str, ...]] = {
    "screener": (
        r"\b(say|state|record|give)\s+your\s+name\b",
        r"\bwho\s+is\s+calling\b|\bwho's\s+calling\b|\bmay i ask who\b",
        r"\breason\s+for\s+(your\s+call|calling)\b|\bwhy\s+you('re| are)\s+calling\b",
        r"\b(call\s+)?screening\s+service\b|\busing\s+a\s+screening\b",
        r"\bsee\s+if\s+(this|the)\s+person\s+is\s+available\b",
        r"\bgoogle\s+(voice\s+)?subscriber\b",
        r"\b(nennen|sagen)\s+sie\s+(bitte\s+)?ihren\s+namen\b",
        r"\bdites?\s+votre\s+nom\b|\bdiga\s+su\s+nombre\b",
    ),
    "unavailable": (
        r"\bnot\s+in\s+service\b|\bno\s+longer\s+in\s+service\b",
        r"\b(has\s+been|is|was)\s+disconnected\b",
        r"\bcannot\s+be\s+completed\b|\bcan't\s+be\s+completed\b|\bnot\s+reachable\b",
        r"\ball\s+circuits\s+are\s+busy\b|\bnumber\s+you\s+(have\s+)?(dialed|called)\b",
        r"\b(mailbox|mail\s+box)\s+(is\s+full|has\s+not\s+been\s+set\s+up|can't\s+accept|cannot\s+accept)",
        r"\bcannot\s+accept\s+(any\s+)?(calls|more\s+messages)\b",
        r"\bkein\s+anschluss\s+unter\s+dieser\s+nummer\b|\bnicht\s+erreichbar\b",
        r"\bn'est\s+pas\s+attribué\b|\bno\s+existe\b.*\bnúmero\b",
    ),
    "voicemail": (
        r"\b(leave|leaving|record)\s+(me\s+|us\s+)?(a|your|an)\s+(brief\s+|short\s+)?message\b",
        r"\bleave\s+your\s+name\s+and\b",
        r"\b(after|at)\s+the\s+(tone|beep)\b",
        r"\b(voice\s*mail|voice\s*mailbox|mailbox|answering\s+machine)\b",
        r"\b(can't|cannot|unable\s+to)\s+(come\s+to|get\s+to|take|answer)\s+(the|my|your)\s+(phone|call)",
        r"\b(not\s+|un)available\b|\b(nobody|no\s+one)\s+is\s+available\b",
        r"\bget\s+back\s+to\s+you\b|\bmissed\s+your\s+call\b",
        r"\bnach\s+dem\s+(signal|piep)ton\b|\bhinterlassen\s+sie\b|\bmailbox\b",
        r"\baprès\s+le\s+bip\b|\blaissez\s+(un|votre)\s+message\b|\bmessagerie\b",
        r"\bdespués\s+del?\s+(tono|señal)\b|\bdeje\s+(su|un)\s+mensaje\b|\bbuzón\b",
        r"\bdepois\s+do\s+(sinal|bip)\b|\bdopo\s+il\s+(segnale|bip)\b",
    ),
    "menu": (
        r"\b(press|dial|push)\s+(\d|one|two|three|four|five|six|seven|eight|nine|zero|star|pound)\b",
        r"\bfor\s+[a-z ]{3,40},?\s+(press|say|dial)\b|\b(menu|options)\s+have\s+changed\b",
        r"\bplease\s+(hold|stay\s+on\s+the\s+line|wait)\b|\byour\s+call\s+is\s+important\b",
        r"\bnext\s+available\s+(agent|representative|operator)\b",
        r"\b(party's|enter\s+the|dial\s+the)\s+extension\b",
        r"\bcalls?\s+(may|will)\s+be\s+(recorded|monitored)\b",
        r"\b(will\s+be\s+answered\s+in\s+the\s+order)\b",
        r"\b(drücken|wählen)\s+sie\b|\bappuyez\s+sur\b|\b(marque|pulse|oprima)\b",
    ),
    "human": (
        r"^(um+\s+|uh+\s+)?(hello|hi|hey|yes|yeah|yep|good\s+(morning|afternoon|evening))\b",
        r"\b(speaking|who\s+is\s+this|who's\s+this|how\s+(can|may)\s+i\s+help)\b",
        r"^(hola|dígame|diga|bueno|allô|allo|oui|pronto|ja|hallo|alô|sim)\b",
    ),
}
_COMPILED: dict[Said, list[re.Pattern[str]]] = {
    said: [re.compile(pattern) for pattern in patterns]
    for said, patterns in _PATTERNS.items()
}


def meaning(text: str) -> tuple[Said, str] | None:
    """Return who says such a thing, and the words that give it away."""
    said = re.sub(r"\s+", " ", text.lower().replace("’", "'")).strip(" .,!?")
    for who, patterns in _COMPILED.items():
        for pattern in patterns:
            if match := pattern.search(said):
                return who, match.group(0).strip()
    return None
