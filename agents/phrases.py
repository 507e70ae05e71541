"""What any agent says by itself, in the ten languages that we keep phrases for.

Data only. In a language without phrases of its own the agent says these in English.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """An agent's own words in one language."""

    still_there: tuple[str, ...]  # after silence, one after the other
    filler: tuple[str, ...]  # while a reply is late
    apology: str  # when nothing works any more
    broke: str  # when the credit runs out in mid-call
    recorded: str  # before the opening line, where consent is wanted
    back: str  # after the line was cut for a moment
    voicemail: str  # where nobody is; the names are filled in


_PHRASES = {
    "en": Phrases(
        ("Are you still there?", "I am still here if you need me."),
        ("One moment.", "Let me see."),
        "I am sorry, something went wrong on our side. Please call again.",
        "I am sorry, we have to end the call here. Goodbye.",
        "This call is recorded. If you mind, just say so.",
        "Sorry, we were cut off for a moment. I am back. Please go on.",
        "Hello, this is {agent_name} from {business_name}. I will try again another time. Goodbye.",
    ),
    "es": Phrases(
        ("¿Sigue ahí?", "Sigo aquí si me necesita."),
        ("Un momento.", "Déjeme ver."),
        "Lo siento, algo ha fallado por nuestra parte. Por favor, vuelva a llamar.",
        "Lo siento, tenemos que terminar la llamada aquí. Adiós.",
        "Esta llamada se graba. Si no está de acuerdo, dígamelo.",
        "Perdone, se ha cortado un momento. Ya estoy de vuelta. Continúe, por favor.",
        "Hola, soy {agent_name} de {business_name}. Volveré a intentarlo en otro momento. Adiós.",
    ),
    "fr": Phrases(
        ("Vous êtes toujours là ?", "Je suis là si vous avez besoin de moi."),
        ("Un instant.", "Je regarde."),
        "Je suis désolé, un problème est survenu de notre côté. Merci de rappeler.",
        "Je suis désolé, nous devons terminer l'appel ici. Au revoir.",
        "Cet appel est enregistré. Si cela vous gêne, dites-le-moi.",
        "Désolé, nous avons été coupés un instant. Je vous écoute de nouveau.",
        "Bonjour, ici {agent_name} de {business_name}. Je rappellerai plus tard. Au revoir.",
    ),
    "de": Phrases(
        ("Sind Sie noch da?", "Ich bin noch da, wenn Sie mich brauchen."),
        ("Einen Moment.", "Ich schaue nach."),
        "Es tut mir leid, bei uns ist etwas schiefgegangen. Bitte rufen Sie noch einmal"
        " an.",
        "Es tut mir leid, wir müssen das Gespräch hier beenden. Auf Wiederhören.",
        "Dieses Gespräch wird aufgezeichnet. Wenn Sie das nicht möchten, sagen Sie es"
        " bitte.",
        "Entschuldigung, wir waren kurz unterbrochen. Ich bin wieder da. Bitte fahren Sie fort.",
        "Guten Tag, hier ist {agent_name} von {business_name}. Ich versuche es ein andermal wieder. Auf Wiederhören.",
    ),
    "pt": Phrases(
        ("Ainda está aí?", "Continuo aqui se precisar de mim."),
        ("Um momento.", "Deixe-me ver."),
        "Desculpe, algo deu errado do nosso lado. Por favor, ligue novamente.",
        "Desculpe, temos de terminar a chamada aqui. Até logo.",
        "Esta chamada é gravada. Se não concordar, basta dizer.",
        "Desculpe, a ligação caiu por um momento. Já estou de volta. Pode continuar.",
        "Olá, aqui é {agent_name}, de {business_name}. Tentarei de novo em outro momento. Até logo.",
    ),
    "it": Phrases(
        ("È ancora in linea?", "Sono qui se ha bisogno di me."),
        ("Un momento.", "Vediamo."),
        "Mi dispiace, qualcosa è andato storto da parte nostra. La preghiamo di"
        " richiamare.",
        "Mi dispiace, dobbiamo terminare qui la chiamata. Arrivederci.",
        "Questa chiamata viene registrata. Se non è d'accordo, me lo dica.",
        "Mi scusi, la linea è caduta per un momento. Sono di nuovo qui. Continui pure.",
        "Buongiorno, sono {agent_name} di {business_name}. Riproverò in un altro momento. Arrivederci.",
    ),
    "hi": Phrases(
        ("क्या आप अभी भी लाइन पर हैं?", "ज़रूरत हो तो मैं यहीं हूँ।"),
        ("एक क्षण।", "मैं देखती हूँ।"),
        "क्षमा करें, हमारी ओर से कुछ गड़बड़ हुई। कृपया दोबारा कॉल करें।",
        "क्षमा करें, हमें कॉल यहीं समाप्त करनी होगी। नमस्ते।",
        "यह कॉल रिकॉर्ड की जा रही है। यदि आपको आपत्ति हो तो बताएँ।",
        "क्षमा करें, लाइन एक पल के लिए कट गई थी। मैं वापस आ गई हूँ। कृपया आगे बताएँ।",
        "नमस्ते, मैं {business_name} से {agent_name} बोल रही हूँ। मैं फिर कभी कॉल करूँगी। धन्यवाद।",
    ),
    "ar": Phrases(
        ("هل ما زلت معي؟", "أنا هنا إذا احتجت إليّ."),
        ("لحظة من فضلك.", "دعني أرى."),
        "عذرًا، حدث خطأ من جانبنا. يرجى الاتصال مرة أخرى.",
        "عذرًا، علينا إنهاء المكالمة هنا. مع السلامة.",
        "هذه المكالمة مسجلة. إذا كان لديك مانع فأخبرني.",
        "عذرًا، انقطع الاتصال للحظة. لقد عدت. تفضّل بالمتابعة.",
        "مرحبًا، معك {agent_name} من {business_name}. سأعاود الاتصال في وقت آخر. مع السلامة.",
    ),
    "zh": Phrases(
        ("您还在吗？", "如果需要，我还在。"),
        ("请稍等。", "我看一下。"),
        "抱歉，我们这边出了点问题，请您再打一次。",
        "抱歉，通话只能到这里了，再见。",
        "本次通话会被录音，如果您介意，请告诉我。",
        "抱歉，刚才断了一下。我回来了，请继续。",
        "您好，我是{business_name}的{agent_name}。我会再打给您，再见。",
    ),
    "ja": Phrases(
        ("もしもし、お聞きになれますか？", "ご用があればこちらにおります。"),
        ("少々お待ちください。", "確認いたします。"),
        "申し訳ございません。こちらで問題が起きました。おかけ直しください。",
        "申し訳ございません。お電話はここまでとさせていただきます。失礼いたします。",
        "この通話は録音されます。差し支えがあればお知らせください。",
        "失礼しました、少し途切れてしまいました。どうぞ続けてください。",
        "こんにちは、{business_name}の{agent_name}です。また改めてお電話いたします。失礼いたします。",
    ),
}
LANGUAGES = tuple(_PHRASES)


def of(language: str) -> Phrases:
    """Return the phrases of a language tag."""
    return _PHRASES.get(language.split("-")[0].lower(), _PHRASES["en"])
