"""What a description says of a business, found by rules. Pure; nothing is guessed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import langcodes

from agents import assignment as assignments
from agents import catalogue, stated_facts
from agents.assignment import Assignment

# What joins the words of a name: "Bank of Ireland", "Clinique des Quais".
_JOINING = "of|the|and|&|de|des|du|la|les|von|van|der|den|di|del|da|do|dos|et|und|y"
_JOINERS = frozenset([*_JOINING.split("|"), "&"])
_NAME = (
    r"((?:[A-Z][\w&'’.-]*|of|the|and|&)"
    rf"(?:\s+(?:[A-Z0-9][\w&'’-]*|&|(?:{_JOINING})\b))*)"
)
_CALLED = re.compile(
    r"\b(?i:called|named|(?:company|business|brand)(?: name)?(?: is|:)|we are|we're|I run"
    rf"|I own|my company,?|here at|welcome to)\s+(?:an?\s+)?[\"“]?{_NAME}"
)
_FOR = re.compile(
    rf"\b(?i:for|at|from|of|on behalf of|calls? to|answers?)\s+(?:an?\s+)?[\"“]?{_NAME}"
)
_QUOTED = re.compile(r"\b(?:called|named|for|at)\s+[\"“]([^\"”]{2,80})[\"”]")
# A capital letter does not make a company.
_NO_NAMES = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march"
    " april may june july august september october november december i we the a an"
    " ai faq faqs crm it hr sms am pm english".split()
)
_WEEKDAY = (
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?"
    r"|weekdays|weekends|daily|every ?day|seven days a week"
)
_CLOCK = r"(?:\d{1,2}(?::\d{2}|\.\d{2})?\s*(?:a\.?m\.?|p\.?m\.?)?|noon|midnight)"
_SPAN = rf"(?:from |between )?{_CLOCK}\s*(?:to|until|till|and|-|–)\s*{_CLOCK}"
_DAYS = rf"(?:{_WEEKDAY})(?:\s*(?:to|through|thru|-|–|and|,|&)\s*(?:{_WEEKDAY}))*"
_DAYS_FIRST = rf"{_DAYS}[,:]?\s+{_SPAN}"
_SPAN_FIRST = rf"{_SPAN}[,]?\s+(?:on )?{_DAYS}"
_ONE = rf"(?:{_DAYS_FIRST}|{_SPAN_FIRST})"
_HOURS = re.compile(
    rf"\b{_ONE}(?:\s*(?:,|;|and|&)+\s*(?:and )?(?:on )?{_ONE})*", re.IGNORECASE
)
_ALWAYS = re.compile(r"\b(?:24/7|24 hours(?: a day)?|around the clock)", re.IGNORECASE)
_OPEN_SPAN = re.compile(rf"\bopen\s+({_SPAN})", re.IGNORECASE)
_WEBSITE = re.compile(
    r"(?<![@\w.])(?:https?://)?(?:www\.)?((?:[a-z0-9-]+\.)+(?:com|net|org|io|co|biz|info"
    r"|dental|health|shop|app|dev|ai|eu|uk|de|fr|es|it|nl|pl|in|ca|au|us|example)\b"
    r"(?:/[\w./-]*)?)",
    re.IGNORECASE,
)
_STREET = (
    r"Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Square|Sq|Court|Ct"
    r"|Way|Place|Pl|Parade|Terrace|Highway|Quay|Row|Close|Crescent"
)
_ADDRESS = re.compile(
    rf"\b(\d{{1,5}}[A-Za-z]?\s+(?:[A-Z][\w'’-]*\s+){{0,3}}(?:{_STREET})\b\.?"
    r"(?:,?\s+(?:Suite|Unit|Floor)\s+\w+)?(?:,\s+[A-Z][\w'’-]*(?:\s[A-Z][\w'’-]*)*)*"
    r"(?:\s+\d{5}(?:-\d{4})?)?)"
)
_SERVICES = re.compile(
    r"\b(?:we (?:offer|do|provide|sell|repair|install|speciali[sz]e in)|services?"
    r"(?: are| include|:)|(?:which|that|who) (?:offers|provides|sells)|offering"
    r"|speciali[sz]ing in)\s*:?\s+([^.;\n]{3,200})",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"\b(?:never|must not|should not|shouldn't|do not|don't)\s+"
    r"((?:talk|speak|discuss|mention|give|promise|quote|offer|say|share|book|ask)"
    r"[^.;\n]{2,160})",
    re.IGNORECASE,
)
_TONES = (
    "friendly warm formal professional casual cheerful calm polite patient brief concise"
    " upbeat empathetic playful serious courteous energetic gentle relaxed helpful"
    " reassuring short-sentences"
).split()
_AGENT = re.compile(
    r"\b(?:agent|assistant|receptionist|she|he|it)(?: is)?(?:,)? (?:called|named)"
    r" ([A-Z][a-z]+)\b|\bnamed ([A-Z][a-z]+)[,.]? who\b|\bcall (?:her|him|it|yourself)"
    r" ([A-Z][a-z]+)|(?:^|[.!?]\s+)(?:It is |It's )?(?:Named|Called) ([A-Z][a-z]+)\b(?!['’])"
)
_BUSINESSES = (
    "dental practice, dental clinic, dental office, orthodontic practice, medical"
    " clinic, veterinary clinic, vet clinic, physiotherapy clinic, clinic, pharmacy,"
    " pizza restaurant, restaurant, pizzeria, bistro, cafe, coffee shop, bakery, bar,"
    " real estate agency, estate agency, property management company, plumbing company,"
    " plumber, electrician, heating company, HVAC company, roofing company, cleaning"
    " company, locksmith, hotel, guest house, hostel, bed and breakfast, online shop,"
    " online store, web shop, clothing store, e-commerce store, software company,"
    " IT company, insurance agency, insurance company, insurer, staffing agency,"
    " recruiting agency, car dealership, garage, auto repair shop, law firm, law office,"
    " gym, fitness studio, yoga studio, hair salon, barber shop, nail salon, beauty"
    " salon, spa, bank, credit union, school, university, driving school, museum,"
    " theatre, charity, delivery company, courier, moving company, travel agency,"
    " bike shop, bookshop, flower shop, florist"
)
BUSINESSES = tuple(name.strip() for name in _BUSINESSES.split(","))
_OURS = (
    r"\b(?i:our|my|the)\s+(?:[\w-]+\s+){0,2}?"
    rf"(?i:{'|'.join(map(re.escape, BUSINESSES))}|software|app|product|company|business"
    r"|shop|store|agency|studio|practice|platform|start-?up|firm)"
)
_ENDS = r"(?=\s*(?:[.,;:)]|$)|\s+(?:in|that|which|who|and)\b)"
_APPOSED = re.compile(  # "our bakery in Ghent, Kornblume", "our app Notely"
    rf"{_OURS}(?:(?:\s+(?:in|near)\s+[A-Z]\w+(?:\s[A-Z]\w+)*)?,)?\s+{_NAME}{_ENDS}"
)


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything found; empty where the description is silent."""

    company: str = ""
    business_type: str = ""
    agent_name: str = ""
    opening_hours: str = ""
    phone: str = ""
    address: str = ""
    website: str = ""
    languages: tuple[str, ...] = ()  # BCP-47, the primary first
    services: str = ""
    tone: str = ""
    never: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()  # other sentences that callers may be told
    assignment: Assignment = Assignment()

    def found(self) -> dict[str, str]:
        """Return what was found, by the ids that templates give to such questions."""
        found = {
            "company_name": self.company,
            "opening_hours": self.opening_hours,
            "phone": self.phone,
            "address": self.address,
            "website": self.website,
            "services": self.services,
        }
        return {id: value for id, value in found.items() if value}


def read(description: str) -> Brief:
    """Find what the rules can find."""
    text = " ".join(description.split())
    agent = _agent_name(text)
    website = _first(_WEBSITE, text)
    address = _first(_ADDRESS, text)
    hours, phone, services = _hours(text), _phone(text), _services(text)
    return Brief(
        company=_company(text.replace(address, " ") if address else text, agent),
        business_type=_business(text),
        agent_name=agent,
        opening_hours=hours,
        phone=phone,
        address=address.rstrip(" ,."),
        website=website.rstrip("/."),
        languages=_languages(text),
        services=services,
        tone=_tone(text),
        never=tuple(match[1].strip() for match in _NEVER.finditer(text)),
        facts=stated_facts.read(text, (hours, phone, services, address, website)),
        assignment=assignments.read(text),
    )


def _company(text: str, agent: str) -> str:
    if match := _QUOTED.search(text):
        return match[1].strip()
    for pattern in (_CALLED, _APPOSED, _FOR):
        for match in pattern.finditer(text):
            name = _trimmed(match[1])
            if name and name != agent and _may_be_company(name):
                return name
    return ""


def _trimmed(name: str) -> str:
    """Cut what belongs to the sentence and not to the name."""
    words = name.strip(" .,").split()
    while words and words[-1] in _JOINERS:
        words.pop()
    while words and words[0] in _JOINERS:
        words.pop(0)
    kept = " ".join(words)
    kept = re.split(r"[.!?]\s", kept)[0]
    return kept.removesuffix("'s").removesuffix("’s").strip(" .,")


def _may_be_company(name: str) -> bool:
    first = name.split()[0].lower()
    return first not in _NO_NAMES and first not in language_names()


def _agent_name(text: str) -> str:
    match = _AGENT.search(text)
    return next(filter(None, match.groups()), "") if match else ""


def _business(text: str) -> str:
    lowered = text.lower()
    found = [
        b for b in BUSINESSES if re.search(rf"\b{re.escape(b.lower())}\b", lowered)
    ]
    return max(found, key=len, default="")


def _hours(text: str) -> str:
    for pattern in (_HOURS, _ALWAYS, _OPEN_SPAN):
        if found := _first(pattern, text):
            return found.rstrip(" ,.")
    return ""


def _phone(text: str) -> str:
    for match in assignments.PHONE.finditer(text):
        if assignments.is_hand_over(text, match):
            continue
        digits = re.sub(r"\D", "", match[0])
        if 7 <= len(digits) <= 15 and not re.search(r"\d{5}-\d{4}$", match[0]):
            return match[0].strip(" .-")
    return ""


def _services(text: str) -> str:
    found = _first(_SERVICES, text)
    return re.split(r",? (?:and )?(?:we are|we're|our|open|it should)\b", found)[
        0
    ].strip()


def _tone(text: str) -> str:
    words = re.findall(r"[a-z]+(?:-[a-z]+)?", text.lower())
    tones = [word for word in dict.fromkeys(words) if word in _TONES]
    if re.search(r"\bshort sentences\b", text, re.IGNORECASE):
        tones.append("in short sentences")
    return ", ".join(tones)


@cache
def language_names() -> dict[str, str]:
    """Return the tag to speak each language by, keyed by its English name."""
    tags = catalogue.load().languages
    names: dict[str, str] = {}
    for language in tags.values():
        primary = language.tag.split("-")[0]
        maximal = langcodes.Language.get(primary).maximize()
        usual = f"{primary}-{maximal.territory}"
        names.setdefault(
            re.sub(r"\s*\(.*", "", language.name).lower(),
            usual if usual in tags else language.tag,
        )
    return names


def _languages(text: str) -> tuple[str, ...]:
    names = language_names()
    found = [
        _regional(names[word.lower()], text)
        for word in _capitalised(text)
        if word.lower() in names
    ]
    return tuple(dict.fromkeys(found))


_TOLD_TO_SPEAK = re.compile(r"\b(?:speak(?:s|ing)?|talk(?:s|ing)?(?: in)?|in) $", re.I)
_NOT_OF_A_THING = re.compile(r"\s*(?:$|\W|(?:for|to|with|from|at|on|of)\b)", re.I)
# Where a word may be a language or not: "a Polish restaurant", "Thai massage".
_IS_SPOKEN = re.compile(
    r"\s*(?:$|[,.;/)&]|and\b|or\b|too\b|as well\b|only\b|if\b|when\b|by\b|callers?\b"
    r"|speak|\()",
    re.IGNORECASE,
)


def _capitalised(text: str) -> Iterator[str]:
    for match in re.finditer(r"\b[A-Z][a-z]+\b", text):
        before, behind = text[: match.start()], text[match.end() :]
        told = _TOLD_TO_SPEAK.search(before) and _NOT_OF_A_THING.match(behind)
        if told or _IS_SPOKEN.match(behind):
            yield match[0]


_BRITISH = re.compile(
    r"\b(?:UK|British|England|Scotland|London|Bristol|Manchester|Leeds|Edinburgh)\b|\+44"
)


def _regional(tag: str, text: str) -> str:
    return "en-GB" if tag == "en-US" and _BRITISH.search(text) else tag


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[match.lastindex or 0].strip() if match else ""
