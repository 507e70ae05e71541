"""How long a provider may keep a call waiting, in seconds.

One table for the engine and the adapters. Adapters keep ``*_CONNECT`` themselves when a
stream is opened; ``LLM_FIRST_TOKEN``, ``LLM_GAP`` and ``LLM_TOTAL`` are kept by language
model adapters, because closing an iterator late is the one thing the engine cannot do
for them. Every other silence is watched by the engine, which knows what the call is
waiting for.
"""

# STT socket: one try and a fallback.
STT_CONNECT = 2.0
STT_SILENCE = 4.0  # no frame back while the caller is speaking
STT_FINALIZE = 2.0  # from finalize() to Finalized

# LLM stream: no second try, the next model.
LLM_CONNECT = 2.0
LLM_FIRST_TOKEN = 3.0
LLM_GAP = 2.0  # between tokens
LLM_TOTAL = 20.0

# TTS stream: one try and a fallback to a mapped voice.
TTS_CONNECT = 2.0
TTS_FIRST_AUDIO = 1.5
TTS_GAP = 1.0  # between pieces of one utterance
TTS_LAST = 8.0  # either, when no other voice is left: late words are better than none

# Speech to speech: one try and the next one; then ear, mind and mouth apart.
REALTIME_CONNECT = 2.0  # until it is ready to listen
REALTIME_ANSWER = 2.5  # from the end of the caller's turn to first sound
REALTIME_GAP = 1.5  # between pieces of one reply, once the line has run dry
REALTIME_DEAF = 2.5  # from a caller's silence to the vendor's noticing the speech

# Spoken when a reply is late.
FILLER = 1.2

# A tool the agent runs.
TOOL_TOTAL = 10.0

# Looking up knowledge before a reply: later than that, words alone are compared.
RECALL = 0.4
SEARCH = 3.0  # the same, when the model asks for it

# Text work outside calls (drafting, summaries, judging, embedding) has nobody on hold.
TEXT_GAP = 30.0
TEXT_TOTAL = 120.0
EMBEDDING_TOTAL = 20.0
KEY_TEST_TOTAL = 8.0

# For how long a busy vendor may ask to be left alone (Retry-After).
RETRY_AFTER = 3600.0  # of what it asks, no more is believed
CALL_RETRY_AFTER = 0.5  # longer than a caller can wait: the next one at once
TEXT_RETRY_AFTER = 20.0  # longer: outside calls it is given up, too

# Circuit breaker per workspace and provider.
BREAKER_FAILURES = 5
BREAKER_WINDOW = 30.0  # the failures fall within
BREAKER_REST = 15.0  # until one request may try again
