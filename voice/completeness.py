"""Whether words sound finished, by rules on the text alone. Pure.

The end-of-turn model hears melody; these rules see what it misses: a trailing "and",
"my name is", a comma, a telephone number that stops after six digits.
"""

import re
from typing import Literal

from voice.wording import plain_words

Verdict = Literal["finished", "unsure", "unfinished"]

_TRAILING = frozenset(
    # English
    "and or but so because the a an my your our his her their its to for of with at from"
    " in on by about is are was were am be i'm it's that's there's if when while which who"
    " than then like um uh er erm well let me see i we you he she they it this that these"
    " those would could should will can may might do does did have has had not very really"
    " just also plus between around near until since"
    # Spanish, French, German, Portuguese, Italian
    " y o pero porque el la los las un una mi su de del para con en que es"
    " et ou mais parce le les une mon ma votre du des pour avec dans est euh"
    " und oder aber weil der die das ein eine mein meine ihr für mit von zu ist äh"
    " e mas um uma meu minha do da com em não"
    " ma perché il lo gli uno mio mia di per con è".split()
)
_LEADS = (
    "my name is", "my number is", "my email is", "my address is", "the number is",
    "it is", "i would like", "i'd like", "i want", "i need", "i am looking for",
    "i'm calling", "i am calling", "i was wondering", "can you", "could you", "let me",
    "how about", "what about", "do you", "is there", "are there", "because of",
)  # fmt: skip
_SHORT_ANSWERS = frozenset(
    "yes no yeah yep nope sure okay ok correct right exactly hello hi goodbye bye thanks"
    " sí si oui non ja nein sim não sì".split()
)
_DIGIT_WORDS = frozenset(
    "zero oh one two three four five six seven eight nine ten double triple".split()
)
_ENDS_SENTENCE = re.compile(r"[.!?。！？।]['\")]*\s*$")
_ENDS_OPEN = re.compile(r"[,;:–—-]\s*$|\.\.\.\s*$|…\s*$")
PHONE_DIGITS = 7  # fewer, in a run of digits, are a number that is still being said


def judge(text: str) -> Verdict:
    """Say whether a caller who said this is likely to go on."""
    words = plain_words(text)
    if not words:
        return "unsure"
    if _ENDS_OPEN.search(text) or words[-1] in _TRAILING or _leads(words):
        return "unfinished"
    if len(words) <= 3 and all(word in _SHORT_ANSWERS for word in words):
        return "finished"
    if _is_unfinished_number(words):
        return "unfinished"
    if _ENDS_SENTENCE.search(text) and len(words) > 1:
        return "finished"
    return "unsure"


def _leads(words: list[str]) -> bool:
    tail = " ".join(words[-5:])
    return any(tail.endswith(lead) for lead in _LEADS)


def _is_unfinished_number(words: list[str]) -> bool:
    """Tell a run of three to six single digits at the end from a short number."""
    run = 0
    for word in reversed(words):
        if word in _DIGIT_WORDS or (word.isdigit() and len(word) == 1):
            run += 1
        elif word.isdigit() and len(word) <= 4 and run:
            run += len(word)
        else:
            break
    return 3 <= run < PHONE_DIGITS
