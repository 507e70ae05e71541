"""Whether words sound finished, by rules on the text alone. Pure.

The end-of-turn model hears melody; these rules see what it misses: a trailing "and",
"my name is", a comma, a telephone number that stops after six digits.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from voice.wording import is_unspaced, plain_words

Verdict = Literal["finished", "unsure", "unfinished"]


@dataclass(frozen=True)
class Grammar:
    """Words of one language by what they say about the end of a sentence."""

    never_last: frozenset[str]  # whatever the punctuation says
    seldom_last: frozenset[str]  # unless a full stop follows
    leads: tuple[str, ...] = ()  # phrases that something must follow
    answers: frozenset[str] = frozenset()  # whole answers, alone or by threes
    digits: frozenset[str] = frozenset()
    odd_last: frozenset[str] = frozenset()  # even with a full stop, which is a guess
    openers: frozenset[str] = frozenset()  # of a clause before the main one
    like_digits: frozenset[str] = frozenset()  # as which a digit may be misheard


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GRAMMARS = {
    "en": Grammar(
        _words(
            "and or but because the a an my your our their to of with from if um uh er"
            " erm i we he she they i'm i've i'd i'll we're we've we'd they're you're"
            " you've which whose than although unless whether into onto per"
        ),
        _words(
            "so for at in on by about is are was were am be it's that's there's when"
            " while who like well you it that this these those would could should will"
            " can may might do does did have has had not very really just also plus"
            " between near until since around then as his her its some any what where"
            " how let please any every don't didn't isn't can't"
        ),
        (
            "my name is", "my number is", "my email is", "my address is",
            "the number is", "the address is", "it is", "it was", "this is", "there is",
            "i would like", "i'd like", "i want", "i need", "i have", "i am", "i was",
            "i am looking for", "i was wondering", "can you", "could you", "would you",
            "how about", "what about", "do you", "is there", "are there", "let me see",
            "you know", "i mean", "i think", "i guess", "kind of", "sort of", "such as",
        ),
        _words(
            "yes no yeah yep yup nope sure okay ok correct right exactly hello hi goodbye"
            " bye thanks thank you please absolutely definitely never none nothing nobody"
            " both neither maybe today tomorrow tonight great perfect fine good monday"
            " tuesday wednesday thursday friday saturday sunday january february april"
            " june july august september october november december"
        ),
        _words(
            "zero oh one two three four five six seven eight nine ten double triple"
            " eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
            " nineteen twenty thirty forty fifty sixty seventy eighty ninety"
        ),
        _words(
            "cannot only currently each other another every take give make bring put want"
            " need try tell enter connect match find begin leave send have having been"
            " being both next"
        ),
        _words("to if when while after before although since unless until once whenever"),
        _words("to too for fore ate won o"),
    ),
    "es": Grammar(
        _words("y o pero porque el los las un una unos mi su tu de del para con en que al"),
        _words("la es son como cuando si está por muy más no me se lo"),
        ("me llamo", "mi nombre es", "mi número es", "quiero", "quisiera", "necesito"),
        _words("sí si no claro vale gracias hola adiós bueno perfecto exacto correcto"),
        _words("cero uno dos tres cuatro cinco seis siete ocho nueve"),
    ),
    "fr": Grammar(
        _words("et ou mais parce le les un une mon ma mes votre du des pour avec dans de au euh"),
        _words("la est que qui je il elle on nous vous ne pas très en sur à"),
        ("je m'appelle", "mon nom est", "mon numéro est", "je voudrais", "j'ai besoin"),
        _words("oui non merci bonjour d'accord voilà exactement parfait"),
        _words("zéro un deux trois quatre cinq six sept huit neuf"),
    ),
    "de": Grammar(
        _words("und oder aber weil der die das den dem ein eine einen einem mein meine ihr für mit von zu zum zur äh ähm dass"),
        _words("ist sind war ich wir er sie es nicht sehr im in am an auf wenn als wie bei"),
        ("ich heiße", "mein name ist", "meine nummer ist", "ich möchte", "ich brauche", "ich hätte gern"),
        _words("ja nein doch danke bitte hallo tschüss genau gut richtig gerne"),
        _words("null eins zwei zwo drei vier fünf sechs sieben acht neun"),
    ),
    "pt": Grammar(
        _words("e ou mas porque o os um uma meu minha do da dos das de com em para no na"),
        _words("a as é são que se não muito por como quando eu"),
        ("meu nome é", "meu número é", "eu quero", "eu gostaria", "eu preciso"),
        _words("sim não obrigado obrigada olá tchau certo claro exato perfeito"),
        _words("zero um dois três quatro cinco seis meia sete oito nove"),
    ),
    "it": Grammar(
        _words("e o ma perché il lo gli i un uno una mio mia di del della per con da al nel"),
        _words("la le è sono che non molto si come quando se io"),
        ("mi chiamo", "il mio nome è", "il mio numero è", "vorrei", "ho bisogno"),
        _words("sì no grazie ciao certo esatto perfetto bene giusto"),
        _words("zero uno due tre quattro cinque sei sette otto nove"),
    ),
    "hi": Grammar(
        _words("और या लेकिन क्योंकि मेरा मेरी मेरे का की के से में को पर कि अगर aur ya lekin mera meri ka ki ke se mein ko"),
        _words("एक तो भी ek to bhi"),
        ("मेरा नाम", "मेरा नंबर", "mera naam", "mera number", "मुझे", "mujhe"),
        _words("हाँ हां जी नहीं ठीक धन्यवाद नमस्ते haan ji nahi theek dhanyavaad namaste"),
    ),
    "ar": Grammar(
        _words("و أو او لكن لأن من في على إلى الى عن مع اسمي رقمي"),
        _words("ان أن هو هي انا أنا"),
        ("اسمي هو", "أريد", "اريد", "أحتاج"),
        _words("نعم لا شكرا مرحبا طيب تمام أيوه"),
    ),
}  # fmt: skip
_NONE = Grammar(frozenset(), frozenset())
_ENDS_SENTENCE = re.compile(r"[.!?。！？।؟]['\")]*\s*$")
_ENDS_OPEN = re.compile(r"[,;:–—、，-]\s*$|\.\.\.\s*$|…\s*$")
_OPEN_TAILS = ("けど", "から", "ので", "えっと", "あの", "が", "は", "を", "に", "的", "和", "因为", "但是")  # fmt: skip
_DICTATED = re.compile(
    r"\b(number|phone|digits|card|code|account|e-?mail|address|spell|zip|birth)\b"
)
PHONE_DIGITS = 7  # fewer, in a run of digits, are a number that is still being said
LONG_DIGITS = 10  # as telephone numbers have, with their area code
LONGEST_NUMBER = 12  # digits, written in one word
LONG_RUN = 3  # digits that nobody says by chance
SHORT_RUN = 2  # digits that may be a whole answer
_SCRAPS = frozenset(("are", "is", "was", "were", "em", "ar", "him", "hum"))
BARE_WORDS = 3  # without a full stop, that are probably not all


@cache
def _grammar(language: str) -> Grammar:
    return _GRAMMARS.get(language.lower().split("-")[0], _NONE)


def judge(
    text: str, language: str = "en", asked: str = "", *, punctuated: bool = False
) -> Verdict:
    """Say whether a caller who said this, asked that, is likely to go on.

    ``punctuated``: the recogniser sets full stops, so several words without one are
    seldom a sentence.
    """
    words, grammar = plain_words(text), _grammar(language)
    if not words:
        return "unsure"
    if _is_open(text, words, grammar):
        # The comma behind a bare "No," is a guess.
        is_bare = len(words) == 1 and words[0] in grammar.answers
        return "unsure" if is_bare else "unfinished"
    if run := _digits_at_end(words, grammar):
        return _of_number(run, f"{asked} {text}")
    if is_answer(text, language):
        return "finished"
    if ends_sentence(text):
        is_odd = words[-1] in grammar.odd_last or _is_half(text, words, grammar)
        return "finished" if len(words) > 1 and not is_odd else "unsure"
    if words[-1] in grammar.seldom_last or words[-1] in grammar.odd_last:
        return "unfinished"
    return "unfinished" if punctuated and len(words) >= BARE_WORDS else "unsure"


def is_answer(text: str, language: str = "en") -> bool:
    """Tell whether this is one of the short answers that need nothing more."""
    words, grammar = plain_words(text), _grammar(language)
    if 0 < len(words) <= 3 and all(word in grammar.answers for word in words):
        return True
    return 0 < _digits_at_end(words, grammar) <= SHORT_RUN and len(words) <= SHORT_RUN


def is_number(text: str, language: str = "en") -> bool:
    """Tell whether this ends in digits that are read out, whose melody goes on and on."""
    return _digits_at_end(plain_words(text), _grammar(language)) >= LONG_RUN


def is_scrap(word: str, language: str = "en") -> bool:
    """Tell whether a word says nothing alone: what recognisers make of a breath."""
    if is_unspaced(word) or word.isdigit():
        return False
    return len(word) == 1 or word in _SCRAPS or word in _grammar(language).never_last


def ends_sentence(text: str) -> bool:
    """Tell whether it ends with a full stop, or the like."""
    return bool(_ENDS_SENTENCE.search(text))


def _is_open(text: str, words: list[str], grammar: Grammar) -> bool:
    if _ENDS_OPEN.search(text) or words[-1] in grammar.never_last:
        return True
    tail = " ".join(words[-5:])
    return any(f" {tail}".endswith(f" {lead}") for lead in grammar.leads) or any(
        words[-1].endswith(open_tail) for open_tail in _OPEN_TAILS
    )


def _is_half(text: str, words: list[str], grammar: Grammar) -> bool:
    """Tell "To leave a message", to which the main clause is missing, and "If I come"."""
    return words[0] in grammar.openers and "," not in text


def _digits_at_end(words: list[str], grammar: Grammar) -> int:
    """Count the digits that are said one by one, or in groups, at the end.

    In a long run a word between two digits is one that was misheard; in a short one,
    too, if it sounds like one.
    """
    run, odd = 0, 0
    for word in reversed(words):
        if count := _digits_of(word, grammar):
            run, odd = run + odd + count, 0
        elif run and not odd and (run >= LONG_RUN or word in grammar.like_digits):
            odd = 1
        else:
            break
    return run


def _digits_of(word: str, grammar: Grammar) -> int:
    if word in grammar.digits:
        return 1
    digits = word.replace("-", "")  # "415-555"
    return len(digits) if digits.isdigit() and len(digits) <= LONGEST_NUMBER else 0


def _of_number(digits: int, asked: str) -> Verdict:
    is_dictated = bool(_DICTATED.search(asked.lower()))
    if digits >= PHONE_DIGITS:
        return "finished" if digits >= LONG_DIGITS else "unsure"
    if digits <= SHORT_RUN and not is_dictated:
        return "finished"
    if digits == 4 and "last four" in asked.lower():
        return "finished"
    if digits == 5 and "zip" in asked.lower():
        return "finished"
    return "unfinished" if is_dictated else "unsure"
