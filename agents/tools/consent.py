"""Whether a tool that writes may run now. Pure.

What came from outside (a customer's server, an MCP server, a document) may hold words
that want to be obeyed. Once any of it has been read in a call, a tool that writes runs
only after the caller said yes to exactly that.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

Rule = Literal["auto", "always", "never"]

HELD = (
    "Not done yet: the caller has to agree first. Say in one sentence what you are about"
    " to do, ask whether that is right, and use the tool again with the same values once"
    " they say yes."
)
_YES = re.compile(
    r"\b(yes|yeah|yep|sure|ok|okay|please do|go ahead|do it|correct|right|exactly|that"
    r" works|sounds good|of course|absolutely|definitely|fine|great|perfect|sí|si|claro"
    r"|vale|oui|d'accord|bien sûr|ja|gerne|genau|natürlich|einverstanden|sim|sì|certo"
    r"|va bene|haan|haa|theek|hoor|graag|tak|evet|tamam|да|хорошо|конечно|はい|お願いします"
    r"|ええ|好|好的|是的|可以|对|네|예|نعم|हाँ|हां|जी|ठीक)\b|はい|お願い|好的|是的|可以|हाँ|हां",
    re.I,
)
_NO = re.compile(
    r"\b(no|not|don't|dont|do not|never|wait|stop|cancel|wrong|nein|nicht|non|pas|não|nada"
    r"|nie|nee|niet|hayır|нет|не)\b|いいえ|不要|不是|नहीं|아니",
    re.I,
)


@dataclass
class Gate:
    """One call's memory of what was read and what was asked."""

    tainted: bool = False  # something from outside has been read
    _asked: tuple[str, str] | None = None  # the tool and its values
    _asked_after: str = ""  # the caller's words at that time

    def may_write(
        self, name: str, arguments: dict[str, Any], said: str, rule: Rule
    ) -> bool:
        """Tell whether the tool may run; if not, it waits for the caller's yes."""
        if rule == "never" or (rule == "auto" and not self.tainted):
            return True
        wanted = (name, _plain(arguments))
        # The yes has to be newer than the question, and answer this very question.
        is_answer = self._asked == wanted and said != self._asked_after
        if is_answer and agrees(said):
            self._asked = None
            return True
        self._asked, self._asked_after = wanted, said
        return False


def agrees(said: str) -> bool:
    """Tell whether words mean yes, and not also no."""
    return bool(_YES.search(said)) and not _NO.search(said)


def _plain(arguments: dict[str, Any]) -> str:
    return repr(sorted((key, str(value).strip()) for key, value in arguments.items()))
