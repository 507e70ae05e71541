"""What the offline brain says besides the agent's own words. English; data only."""

from providers.scripted.kinds import Kind

GREETING = (
    "Hello, you have reached {company}. This is {agent}, the automated assistant."
)
GREETING_WITHOUT_NAMES = "Hello, this is the automated assistant."
HOW_CAN_I_HELP = "How can I help you today?"

THANKS_FOR = ("Thank you.", "Got it.", "All right, thank you.", "Okay.")
THANKS_NAME = "Thank you, {value}."
NOTED_WHEN = "{value}, noted."

CONFIRM = "I have {value}. Is that right?"
CONFIRM_SIGN = "Is that right?"
CONFIRMED = ("Perfect.", "Great.", "Good.")
DENIED = "Sorry about that."
UNCONFIRMED = "I have noted it as I heard it, and somebody will check it."

# Asked when the answer did not hold what was asked for; the slot's own question follows
# for the other kinds.
AGAIN: dict[Kind, str] = {
    Kind.EMAIL: "Could you spell your e-mail address slowly, saying at and dot?",
    Kind.PHONE: "Could you say the whole phone number, digit by digit?",
    Kind.NAME: "Could you say just your name, please?",
    Kind.WHEN: "Which day or time would that be?",
    Kind.NUMBER: "Could you say that as a number?",
    Kind.YES_NO: "Would that be a yes or a no?",
}
NOT_CAUGHT = ("Sorry, I did not catch that.", "I am sorry, I did not get that.")
SKIPPED = "No problem, let us leave that."
REQUIRED = "I understand. We do need it to go on."

NOT_KNOWN = "I am afraid I do not have that information."
NOT_UNDERSTOOD = "I am sorry, I did not quite understand that."
CAN_DO = "I can answer questions about {company}{steps}."
CAN_DO_STEPS = " and take your details"

BACK_TO = ("Coming back to my question:", "Now,", "So,")
ANYTHING_ELSE = "Is there anything else I can help you with?"
WHAT_ELSE = "What else can I help you with?"
WELCOME = "You are welcome."
TAKE_YOUR_TIME = "Of course, take your time."
BECAUSE = "I ask so that we can get back to you about your request."

CALL_BACK_WHEN = "When shall we call you back? Please say the day and the time."
CALL_BACK_OTHER_TIME = (
    "That time does not work. Which other day and time would suit you?"
)
CALL_BACK_PLANNED = "We will call you back on {when}."
CALL_BACK_NOT_PLANNED = "I could not plan a call back."

ROBOT = "Yes, I am {agent}, an automated assistant. I follow a script, so I may not understand everything."
WHO = "This is {agent}, the automated assistant{of_company}."

CONNECTING = "I will connect you with a colleague now. One moment, please."
CANNOT_CONNECT = "I cannot transfer this call right now."
TELL_COLLEAGUE = "I will let a colleague know that you would like to talk to somebody."

GOODBYE = "Thank you for calling. Goodbye!"
REFUSED = "I understand, and I am sorry to have bothered you."
NOTHING_SAID_YET = "I have not said anything yet."

# What can be read from a caller type's approach: (signs in the approach, what is said).
SYMPATHY = "I am sorry to hear that."
APPROACHES: tuple[tuple[str, str], ...] = (
    (r"\b(empath\w*|apologi\w*|sorry|calm\w*|compassion\w*|sympath\w*|reassur\w*|patient\w*)\b", "sympathy"),
    (r"\b(transfer|hand (?:off|over)|escalat\w*|human|colleague|manager)\b", "human"),
    (r"\b(skip|straight|directly|immediately|right away|closing|don'?t (?:ask|qualify))\b", "close"),
    (r"\b(brief\w*|short|concise\w*|quick\w*|busy)\b", "brief"),
)  # fmt: skip
