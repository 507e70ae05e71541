"""Small words that callers say while they listen, and words that mean stop.

Ten languages to start with; a workspace's own lists are joined to them. Matching is by
plain words, so "Mm-hm." and "mm hm" are one.
"""

from voice.wording import plain_words

_BACKCHANNELS = {
    "en": "mm-hm mm hm mhm mmhm mm-hmm uh-huh uh huh uhhuh huh hmm hm mm mmm ah oh okay ok"
    " yeah yep yup yes right sure alright i see got it cool great good nice fine really wow"
    " of course absolutely exactly true",
    "es": "ajá aja mm mhm hmm ah oh sí si ya vale claro bueno ok okay bien perfecto entiendo",
    "fr": "mm mhm hmm ah oh oui ouais d'accord ok okay bien voilà hum euh je vois entendu",
    "de": "mm mhm hmm ah oh ja jaja genau okay ok gut stimmt klar aha so ach verstehe richtig",
    "pt": "mm mhm hmm ah oh sim tá ta certo ok okay bom claro entendi aham uhum isso",
    "it": "mm mhm hmm ah oh sì si certo ok okay bene capisco già ecco va bene",
    "hi": "हाँ हां जी अच्छा ठीक है हम्म haan haa han ji accha acha theek hai hmm hm okay ok",
    "ar": "نعم أيوه ايوه اه آه طيب تمام ماشي حاضر mm hmm ok okay",
    "zh": "嗯 嗯嗯 哦 啊 好 好的 对 对对 是 是的 行 明白 hmm mm ok okay",
    "ja": "はい うん ええ ああ そう そうですか なるほど へえ ん hmm mm ok okay",
}
_STOP_WORDS = {
    "en": "stop wait hold no actually sorry excuse pardon but listen hang question",
    "es": "para espera no perdón perdone disculpe pero oiga momento",
    "fr": "stop attendez attends non pardon mais excusez écoutez moment",
    "de": "stopp halt warte warten nein entschuldigung aber moment sekunde",
    "pt": "pare espera espere não desculpe mas escuta momento",
    "it": "ferma aspetta aspetti no scusi scusa ma ascolti momento",
    "hi": "रुको रुकिए नहीं सुनो सुनिए लेकिन ruko rukiye nahi suno suniye lekin",
    "ar": "توقف انتظر لا لكن عفوا لحظة",
    "zh": "停 等 等等 等一下 不 不是 但是 对不起",
    "ja": "待って ちょっと いいえ 違う でも すみません ストップ",
}
_GREETINGS = {
    "en": "hello hi hey good morning afternoon evening yes speaking there",
    "es": "hola buenas buenos días tardes noches diga dígame sí aló bueno",
    "fr": "allô allo bonjour bonsoir salut oui",
    "de": "hallo hi guten tag morgen abend ja servus moin",
    "pt": "alô oi olá bom boa dia tarde noite sim",
    "it": "pronto ciao buongiorno buonasera salve sì",
    "hi": "हैलो हेलो नमस्ते जी हाँ hello namaste ji",
    "ar": "مرحبا الو ألو السلام عليكم اهلا أهلا نعم",
    "zh": "你好 您好 喂",
    "ja": "もしもし こんにちは はい おはようございます こんばんは",
}
LANGUAGES = tuple(_BACKCHANNELS)
_BACKCHANNEL_WORDS = {
    language: frozenset(plain_words(words)) for language, words in _BACKCHANNELS.items()
}
_STOP_SETS = {
    language: frozenset(plain_words(words)) for language, words in _STOP_WORDS.items()
}
_GREETING_SETS = {
    language: frozenset(plain_words(words)) for language, words in _GREETINGS.items()
}


def backchannels(language: str) -> frozenset[str]:
    """Return the listening words of a language; English where we have no list."""
    return _BACKCHANNEL_WORDS.get(_primary(language), _BACKCHANNEL_WORDS["en"])


def stop_words(language: str) -> frozenset[str]:
    """Return the words that always stop the agent."""
    return _STOP_SETS.get(_primary(language), _STOP_SETS["en"])


def greetings(language: str) -> frozenset[str]:
    """Return the words with which people answer a call."""
    return _GREETING_SETS.get(_primary(language), _GREETING_SETS["en"])


def _primary(language: str) -> str:
    return language.lower().split("-")[0]
