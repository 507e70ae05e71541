"""Words the offline brain listens for. English; data only."""

DIGITS = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9",
}  # fmt: skip
NUMBERS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13,
    "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
WEEKDAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
TIMES_OF_DAY = (
    "morning|mornings|noon|lunchtime|afternoon|afternoons|evening|evenings|night"
)

YES = (
    "yes", "yeah", "yep", "yup", "sure", "correct", "right", "okay", "ok", "absolutely", "definitely",
    "of course", "please do", "sounds good", "that works", "i do", "i am", "i have", "i would", "perfect",
    "exactly", "thats it", "uh huh", "mm hm", "affirmative", "go ahead", "great", "fine",
)  # fmt: skip
NO = (
    "no", "nope", "nah", "not", "wrong", "incorrect", "never", "dont", "doesnt", "isnt", "wont", "havent",
    "negative", "cant", "didnt",
)  # fmt: skip

FILLERS = frozenset(
    ("um", "uh", "sure", "yes", "yeah", "hi", "hello", "okay", "ok", "well", "so")
)
# Words that a short answer to "what is your name" may hold without being a name.
_NOT_NAMES = """
    a an the and or but so is are am was were be been do does did have has had will would could
    can should may might must i you he she it we they me him her us them my your his its our their this
    that these those what when where who whom which why how not no yes never maybe because if then than
    to of in on at by for with from about into over after before looking calling trying going wondering
    interested just really very here there now later today tomorrow please thanks thank sorry hello hi
    hey good fine okay ok sure right well um uh need want like know think mean say tell ask get give
    take make book schedule cancel appointment name number phone email speaking afraid not busy happy
    glad new old first last little bit lot some any all none nothing something anything i'm it's that's
    don't doesn't can't won't what's who's i'd i'll i've rather prefer skip pass stop wait hold bye goodbye
"""
NOT_NAMES = frozenset(_NOT_NAMES.split())

# What the caller wants of the conversation itself; looked for as whole words.
GOODBYE = (
    "bye", "goodbye", "good bye", "bye bye", "see you", "talk to you later", "have a good day", "have a nice day",
    "have a great day", "have a good one", "thats all", "that is all", "thats it for now", "that will be all",
    "thatll be all", "nothing else", "im done", "we are done", "were done", "hang up", "end the call",
    "i have to go", "i gotta go", "got to go", "no thats it", "no that is it", "thats everything",
)  # fmt: skip
HUMAN = (
    "human", "real person", "actual person", "live person", "representative", "operator", "a person", "live agent",
    "talk to someone", "speak to someone", "speak with someone", "talk with someone", "somebody real",
    "someone real", "your manager", "a manager", "supervisor", "transfer me",
)  # fmt: skip
CLOCK = (
    "what time is it", "whats the time", "what is the time", "what day is it", "what day is today", "what date is it",
    "whats the date", "what is the date", "whats todays date", "what is todays date", "which day is it",
    "do you have the time", "tell me the time", "tell me the date",
)  # fmt: skip
CALL_BACK = (
    "call me back", "ring me back", "phone me back", "call me again", "call back later", "call me later",
    "call me tomorrow", "call me on", "call me at", "call me in", "a callback", "a call back", "schedule a call",
    "have someone call me", "can someone call me", "could someone call me", "have somebody call me",
)  # fmt: skip
NOT_DOING = ("dont", "do not", "never", "no need", "stop calling", "did not", "didnt")
OTHER_TIME = ("past", "another", "could not be read")
ROBOT = (
    "are you a robot", "are you a bot", "are you human", "are you a human", "are you real", "are you an ai",
    "is this a robot", "is this a bot", "is this ai", "are you a machine", "is this a recording",
    "am i talking to a robot", "am i speaking to a robot", "are you a real person", "is this a real person",
    "am i talking to a real person", "am i talking to a computer", "are you a computer",
)  # fmt: skip
WHO = (
    "who are you",
    "who is this",
    "whos this",
    "whats your name",
    "what is your name",
    "who am i speaking",
    "who am i talking",
)
WHY = (
    "why do you need",
    "why do you ask",
    "why do you want",
    "why are you asking",
    "what do you need that for",
    "what is that for",
    "why should i",
)
REPEAT = (
    "repeat that", "say that again", "can you repeat", "could you repeat", "please repeat", "what did you say",
    "pardon", "come again", "say again", "i didnt hear", "i didnt catch", "didnt get that", "one more time",
    "sorry what", "what was that", "excuse me what",
)  # fmt: skip
PARDON = ("pardon", "sorry", "what", "huh", "excuse me", "come again")
# Answers to "anything else?": one of the first, and nothing but these and the second.
NOTHING_MORE = (
    "no", "nope", "nah", "i am good", "im good", "im fine", "all good", "that was it", "thats it", "im okay",
    "all set", "im all set", "that is it",
)  # fmt: skip
BESIDE_IT = (
    "not", "really", "right now", "at the moment", "for now", "okay", "ok", "i think", "its", "fine", "good", "well",
    "great", "perfect",
)  # fmt: skip
SOMETHING_MORE = (
    "yes",
    "yeah",
    "yep",
    "actually",
    "sure",
    "please",
    "one more thing",
    "i do",
    "there is",
)
WAIT = (
    "hold on",
    "one second",
    "one moment",
    "wait a second",
    "wait a minute",
    "just a moment",
    "just a second",
    "give me a second",
    "give me a minute",
    "hang on",
)
DECLINE = (
    "rather not", "dont want to", "do not want to", "skip", "pass on that", "no comment", "none of your business",
    "i dont have one", "i dont have an", "dont have one", "not comfortable", "prefer not",
)  # fmt: skip
UNSURE = (
    "i dont know",
    "not sure",
    "no idea",
    "i have no idea",
    "dont remember",
    "im not certain",
    "cant remember",
)
GREETING = (
    "hello",
    "hi",
    "hey",
    "good morning",
    "good afternoon",
    "good evening",
    "hi there",
    "hello there",
)
# How an agent asks what a call is about, and how a question that asks it can be told.
OFFERS = (
    "help you",
    "do for you",
    "assist you",
    "help with",
    "calling about",
    "help today",
)
MATTER = r"\b(reason|matter|purpose|about|need|help|looking for|brings?|interest\w*|come in|service|topic|issue|request|inquiry|problem)\b"
THANKS = (
    "thank you",
    "thanks",
    "thank you so much",
    "thanks a lot",
    "thank you very much",
    "much appreciated",
)
AGREE = (
    "okay",
    "ok",
    "sure",
    "yes",
    "yeah",
    "alright",
    "all right",
    "go ahead",
    "great",
    "sounds good",
    "perfect",
    "cool",
    "yep",
    "right",
    "of course",
    "uh huh",
    "mm hm",
    "mhm",
    "fine",
)

QUESTION_STARTS = (
    "what", "whats", "when", "where", "wheres", "who", "whos", "whom", "which", "why", "how", "hows", "do you",
    "does", "did you", "is there", "is it", "is the", "is this", "is that", "is your", "are there", "are you", "are your",
    "are we", "can you", "could you", "can i ask", "may i ask", "will you", "would you", "have you", "tell me",
    "i was wondering", "i wonder", "i want to know", "id like to know", "i would like to know", "do i", "do we",
    "does it", "can i", "could i", "should i", "any chance", "am i", "what about", "how about",
)  # fmt: skip
# Requests that look like questions but answer "what can I do for you".
REQUEST_STARTS = (
    "can i book", "can i get", "can i schedule", "can i make", "can i reserve", "can i order", "could i book", "could i get",
    "could i schedule", "could i make", "can you book", "could you book", "can you schedule", "could i speak", "can i have",
    "could i have", "can you help", "could you help",
)  # fmt: skip
# Small words that carry no meaning when phrases are compared.
_STOP_WORDS = """
    a an the is are am was were be been being do does did have has had i you he she it we they me my your
    our their his her its this that these those to of in on at by for with from about as and or but if so
    then than there here what when where who which why how can could will would should may might just
    really very too also please some any im its ive id ill youre dont doesnt cant wont thats whats says
    say asks ask caller customer wants want person when user mentions mention saying asking
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

# Topics tell which facts may answer a question: (words of the question, signs in the fact).
TOPICS: dict[str, tuple[str, str]] = {
    "hours": (
        r"\b(open|opening|close|closing|closed|hours|business hours)\b",
        r"\b(open|closed?|closes|hours|24/7|a\.?m\.?|p\.?m\.?|monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekend|weekdays)\b",
    ),
    "place": (
        r"\b(where|located|location|address|directions|find you|get there|based)\b",
        r"\b(street|st\.|avenue|ave|road|rd|boulevard|blvd|lane|drive|square|plaza|floor|suite|located|address|downtown|next to|near|opposite|office is|based in)\b",
    ),
    "price": (
        r"\b(how much|cost|costs|price|prices|pricing|fee|fees|charge|charges|rate|rates|expensive|cheap)\b",
        r"[$€£₹]|\b(dollars?|euros?|pounds?|rupees|cents?|usd|eur|free|price|prices|pricing|costs?|fees?|charge|per (hour|month|visit|person|night|day|year))\b",
    ),
    "contact": (
        r"\b(your (phone|number|email|e-mail)|reach you|contact you|phone number|email address|website|web ?site)\b",
        r"@|\b(call|phone|e-?mail|www|website|\d{3}[ -]\d{3,4})\b|\.com\b",
    ),
    "payment": (
        r"\b(pay|payment|payments|credit card|cards|cash|insurance|financing|installments?)\b",
        r"\b(pay|payments?|cards?|cash|insurance|insurers?|visa|mastercard|financing|accept)\b",
    ),
    "parking": (r"\bpark(ing)?\b", r"\bpark(ing)?\b"),
}
