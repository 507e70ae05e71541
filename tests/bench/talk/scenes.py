"""What is played, and what is looked at. A scene is one short call; it returns figures:
(name of the figure, value)."""

import asyncio

import soxr

from providers import audio
from tests import second_ear
from tests.bench.talk import corpus
from tests.bench.talk.vendors import spoken

PATIENCE_S = 6.0  # without a reply to a turn
INTO_REPLY_S = 2.0  # when somebody speaks while the agent does
QUESTION, THOUGHT_S = "And what may I write down, please?", 0.6
FALTER_S = 0.5  # a gap that a listener notices


async def turn(room, clip):
    """The caller says a whole turn and waits."""
    ((start, end),) = room.caller.say(clip)
    await room.until(
        lambda: room.loudspeaker.first_audio_after(end), clip.seconds + PATIENCE_S
    )
    began = room.loudspeaker.first_audio_after(end)
    early = room.loudspeaker.was_audible(start, end)
    if began is None:
        # An answer before the end, that then fell silent, is no answer.
        return [("no reply", 1), ("spoke too early", int(early))]
    wait = round((began - end - room.waited_for_words(end)) * 1000, 3)  # floats add up
    return [
        ("no reply", 0),
        ("reply", wait),
        ("spoke too early", int(early)),
        ("word errors", second_ear.word_error_rate(clip.words, room.heard) * 100),
    ]


async def answer(room, clip):
    """The caller answers a question with a word or a number."""
    room.session.say(QUESTION)
    await room.until(lambda: room.is_speaking, 5)
    await room.until(lambda: not room.is_speaking, 10)
    await asyncio.sleep(THOUGHT_S)
    return [
        ("answer" if name == "reply" else name, value)
        for name, value in await turn(room, clip)
        if name != "word errors"  # of one word, all or nothing
    ]


async def pause(room, halves, seconds):
    """The caller pauses in mid-sentence and goes on."""
    (_, first_end), (second, end) = room.caller.say(*halves, pause=seconds)
    await room.until(lambda: room.loop.time() > end, 30)
    spoke = room.loudspeaker.was_audible(first_end, second + 0.2)
    await room.until(lambda: room.loudspeaker.first_audio_after(end), PATIENCE_S)
    none = room.loudspeaker.first_audio_after(end) is None and not room.is_speaking
    return [(f"pause {round(seconds * 1000)}", int(spoke)), ("no reply", int(none))]


async def _let_agent_speak(room):
    room.session.type("Tell me about your hours.")
    await room.until(lambda: room.is_speaking, 5)
    await asyncio.sleep(INTO_REPLY_S)


async def aside(room, clip, figure):
    """The caller listens aloud, or something falls, while the agent speaks."""
    await _let_agent_speak(room)
    ((began, end),) = room.caller.say(clip)
    await asyncio.sleep(clip.seconds + 2.5)
    return _stopped(room, figure, began, end + 1.0)


async def echo(room, delay, gain):
    """The agent hears itself."""
    room.caller.echo(delay, gain)
    room.session.type("Tell me about your hours.")
    await room.until(lambda: room.is_speaking, 5)
    began = room.loop.time()
    await room.until(lambda: room.interrupted_at or not room.is_speaking, 30)
    return _stopped(room, "echo", began, room.loop.time() - 0.5)


def _stopped(room, figure, start, end):
    stopped = int(room.interrupted_at is not None)
    falters = int(not stopped and room.loudspeaker.faltered(start, end) > FALTER_S)
    return [("stopped", stopped), (f"stopped: {figure}", stopped), (f"faltered: {figure}", falters)]  # fmt: skip


async def interruption(room, clip):
    """The caller takes the floor."""
    await _let_agent_speak(room)
    room.first_words_at = None
    ((began, end),) = room.caller.say(clip)
    await room.until(lambda: room.interrupted_at, clip.seconds + 2)
    at = room.interrupted_at
    if at is None or at > end + 1.0:
        return [("interruption missed", 1)]
    silent = max(began, room.loudspeaker.silent_from(at))
    words = room.first_words_at
    late = max(0.0, silent - words) if words is not None else 0.0
    return [
        ("interruption missed", 0),
        ("stop after words", late * 1000),
        ("stop after onset", (silent - began) * 1000),
    ]


async def voice(room):
    """What the offline voice says over this wire, to a recogniser that is not ours."""
    if not room.is_offline:
        return []
    figures = []
    for line in corpus.LINES:
        samples = audio.floats(
            spoken(line, room.voice_format), room.voice_format.encoding
        )
        heard = second_ear.transcribe(
            soxr.resample(samples, room.voice_format.sample_rate, second_ear.RATE)
        )
        errors = second_ear.word_error_rate(line, heard)
        figures.append(("voice errors", errors * 100))
    return figures


def script():
    """Return every scene: (name, function, arguments)."""
    scenes = [(f"turn {n}", turn, (corpus.clip(n),)) for n in corpus.TURNS]
    scenes += [(f"answer {n}", answer, (corpus.clip(n),)) for n in corpus.ANSWERS]
    scenes += [(f"number {n}", answer, (corpus.number(n),)) for n in corpus.NUMBERS]
    for name in corpus.BROKEN:
        scenes += _pauses(name, pause, corpus.clip(name))
    for name in corpus.OTHERS:
        said = corpus.other(name)
        scenes += _pauses(name, by_another(pause), said)
        if said.words.endswith("."):
            scenes.append((f"turn {name}", by_another(turn), (said,)))
    for names, words in corpus.BACKCHANNELS:
        said = corpus.Clip(*_of(names, words))
        scenes.append((f"aside {words}", aside, (said, "backchannel")))
    for name, sound in corpus.noises().items():
        scenes.append((f"noise {name}", aside, (corpus.Clip(sound, ""), "noise")))
    for delay in (0.06, 0.2, 0.4):
        scenes += [(f"echo {delay} {gain}", echo, (delay, gain)) for gain in (0.1, 0.25)]  # fmt: skip
    scenes += [(f"interruption {n}", interruption, (corpus.clip(n),)) for n in corpus.INTERRUPTIONS]  # fmt: skip
    scenes.append(("voice", voice, ()))
    return scenes


def by_another(scene):
    """Let other voices have figures of their own, too."""

    async def played(room, *arguments):
        figures = await scene(room, *arguments)
        return figures + [(f"others: {name}", value) for name, value in figures]

    return played


def _pauses(name, scene, whole):
    halves = corpus.broken(whole)
    return [
        (f"pause {ms} {name}", scene, (halves, ms / 1000)) for ms in (500, 800, 1200)
    ]


def _of(names, words):
    made = corpus.backchannel(names, words)
    return made.sound, made.words
