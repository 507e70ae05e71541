"""What any agent says by itself while it hands a caller over to a person.

Data only; in a language without phrases of its own the agent says these in English.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HandOverPhrases:
    """An agent's own words around a hand-over, in one language."""

    wait: str  # to the caller, before the music
    brief: str  # to the person: {agent}, {caller}
    somebody: str  # a caller without a number
    keys: str  # to the person, after the reason
    nobody: str  # to the caller, when nobody took the call


_PHRASES = {
    "en": HandOverPhrases(
        "One moment, I am calling a colleague. Please stay on the line.",
        "Hello, this is {agent}. I have {caller} on the line.",
        "a caller",
        "Press 1 to take the call, or 2 to decline.",
        "I am sorry, nobody can take the call just now. How else can I help you?",
    ),
    "es": HandOverPhrases(
        "Un momento, llamo a un compañero. No cuelgue, por favor.",
        "Hola, soy {agent}. Tengo a {caller} en la línea.",
        "una persona",
        "Pulse 1 para atender la llamada o 2 para rechazarla.",
        "Lo siento, ahora mismo nadie puede atenderle. ¿Puedo ayudarle de otra forma?",
    ),
    "fr": HandOverPhrases(
        "Un instant, j'appelle un collègue. Merci de rester en ligne.",
        "Bonjour, ici {agent}. J'ai {caller} en ligne.",
        "une personne",
        "Tapez 1 pour prendre l'appel, ou 2 pour refuser.",
        "Je suis désolé, personne ne peut prendre l'appel pour le moment. Puis-je vous"
        " aider autrement ?",
    ),
    "de": HandOverPhrases(
        "Einen Moment, ich rufe jemanden für Sie an. Bitte bleiben Sie in der Leitung.",
        "Guten Tag, hier ist {agent}. Ich habe {caller} in der Leitung.",
        "einen Anrufer",
        "Drücken Sie die 1, um das Gespräch anzunehmen, oder die 2, um abzulehnen.",
        "Es tut mir leid, gerade kann niemand das Gespräch annehmen. Wie kann ich Ihnen"
        " sonst helfen?",
    ),
    "pt": HandOverPhrases(
        "Um momento, vou ligar para um colega. Por favor, aguarde na linha.",
        "Olá, aqui é {agent}. Tenho {caller} na linha.",
        "uma pessoa",
        "Prima 1 para atender a chamada ou 2 para recusar.",
        "Desculpe, agora ninguém pode atender. Posso ajudar de outra forma?",
    ),
    "it": HandOverPhrases(
        "Un momento, chiamo un collega. Resti in linea, per favore.",
        "Buongiorno, sono {agent}. Ho {caller} in linea.",
        "una persona",
        "Prema 1 per prendere la chiamata, oppure 2 per rifiutarla.",
        "Mi dispiace, al momento nessuno può rispondere. Come altro posso aiutarla?",
    ),
    "hi": HandOverPhrases(
        "एक क्षण, मैं एक सहकर्मी को कॉल कर रही हूँ। कृपया लाइन पर बने रहें।",
        "नमस्ते, मैं {agent} बोल रही हूँ। मेरे साथ लाइन पर {caller} हैं।",
        "एक कॉलर",
        "कॉल लेने के लिए 1 दबाएँ, मना करने के लिए 2 दबाएँ।",
        "क्षमा करें, अभी कोई कॉल नहीं ले सकता। मैं और कैसे मदद करूँ?",
    ),
    "ar": HandOverPhrases(
        "لحظة من فضلك، سأتصل بأحد الزملاء. يرجى البقاء على الخط.",
        "مرحبًا، معك {agent}. معي على الخط {caller}.",
        "أحد المتصلين",
        "اضغط 1 لاستلام المكالمة، أو 2 للرفض.",
        "عذرًا، لا يستطيع أحد استلام المكالمة الآن. كيف يمكنني مساعدتك بطريقة أخرى؟",
    ),
    "zh": HandOverPhrases(
        "请稍等，我正在联系同事，请不要挂断。",
        "您好，我是{agent}。{caller}正在线上。",
        "一位来电者",
        "按1接听，按2拒绝。",
        "抱歉，现在没有人可以接听。我还能怎样帮助您？",
    ),
    "ja": HandOverPhrases(
        "少々お待ちください。担当者に電話をかけております。そのままお待ちください。",
        "{agent}です。{caller}とお電話がつながっています。",
        "お客様",
        "電話を受けるには1を、断るには2を押してください。",
        "申し訳ございません。ただいま対応できる者がおりません。ほかにご用件はございますか？",
    ),
}


def of(language: str) -> HandOverPhrases:
    """Return the phrases of a language tag."""
    return _PHRASES.get(language.split("-")[0].lower(), _PHRASES["en"])
