"""Who picked up, judged from recorded human speech and from networks' tones."""

from collections import Counter

import numpy as np
import pytest

from providers.ports import TELEPHONE, AudioFormat
from telephony.answering import words
from telephony.answering.judge import Judge
from telephony.answering.sounds import Ear
from tests.telephony import pickups
from tests.telephony.pickups import ANSWERS, UNCLEAR, Answer, music, sit, sound, tone

LOOK = 1_600  # bytes: 200 ms
CLASSES = ("human", "voicemail", "screener", "menu", "unavailable", "unknown")


def judged(answer, *, with_words=True, noise=0.0, seed=1):
    """Play an answer to a judge until it has made up its mind."""
    heard = sound(answer, noise=noise, seed=seed)
    ear, judge, said, waiting = Ear(TELEPHONE), Judge(), [], list(heard.words)
    for at in range(0, len(heard.mulaw), LOOK):
        judge.sound(ear.hear(at // 8, heard.mulaw[at : at + LOOK]))
        late = judge.now_ms - pickups.RECOGNISED_AFTER_MS
        while with_words and waiting and waiting[0][0] <= late:
            said.append(waiting.pop(0)[1])
            judge.words(judge.now_ms, " ".join(said))
        if verdict := judge.verdict():
            return verdict
    return judge.unclear()


def table(**how):
    """Return {(truth, verdict): count}, and the verdicts."""
    found, verdicts = Counter(), []
    for answer in (*ANSWERS, *UNCLEAR):
        verdict = judged(answer, **how)
        found[answer.who, verdict.who] += 1
        verdicts.append((answer, verdict))
    return found, verdicts


def tell(title, found):
    lines = [title, " " * 13 + "".join(f"{name[:9]:>10}" for name in CLASSES)]
    for truth in CLASSES:
        cells = "".join(f"{found[truth, said] or '·':>10}" for said in CLASSES)
        lines.append(f"{truth:>12} {cells}")
    print("\n".join(lines))  # noqa: T201  # the record of the run


SETTINGS = {
    "with words, clean": {},
    "with words, noise": {"noise": 0.006},
    "sound alone": {"with_words": False},
    "sound alone, noise": {"with_words": False, "noise": 0.006},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_the_table_of_confusion_is_bounded(name):
    found, verdicts = table(**SETTINGS[name])

    tell(f"who picked up, {name}: rows are the truth", found)
    hung_up_on = [
        answer
        for answer, verdict in verdicts
        if answer.who in ("human", "unknown")
        and verdict.who in ("voicemail", "unavailable", "menu")
    ]
    assert hung_up_on == []  # a person is never hung up on
    right = sum(n for (truth, said), n in found.items() if truth == said)
    talked_to = sum(  # a long talker whom nothing gives away is greeted all the same
        n for (truth, said), n in found.items() if (truth, said) == ("human", "unknown")
    )
    share = (right + talked_to) / sum(found.values())
    assert share >= (0.94 if SETTINGS[name].get("with_words", True) else 0.6), found


@pytest.mark.parametrize("noise", [0.0, 0.003, 0.006, 0.012])
def test_nobody_is_hung_up_on_for_one_signal(noise):
    for how in ({"with_words": True}, {"with_words": False}):
        _, verdicts = table(noise=noise, seed=7, **how)
        for answer, verdict in verdicts:
            if verdict.who in ("voicemail", "unavailable", "menu", "screener"):
                assert verdict.is_sure, (answer, verdict)


def test_people_are_greeted_soon():
    waits = []
    for answer in ANSWERS[:9]:
        verdict = judged(answer)
        spoken = sum(part for part in answer.parts[:1])
        waits.append(verdict.at_ms - spoken * 1000)

    assert np.median(waits) <= 1_700


def frames_of(*parts):
    heard = sound(Answer("", parts))
    return Ear(TELEPHONE).hear(0, heard.mulaw)


class TestTones:
    @pytest.mark.parametrize("hertz", [350, 440, 620, 950, 1000, 1400, 1777, 2000])
    def test_a_tone_is_a_tone(self, hertz):
        frames = frames_of(0.3, tone(0.3, hertz), 0.3)

        found = [frame for frame in frames if frame.tones]
        assert 6 <= len(found) <= 11
        assert all(
            abs(frame.tones[0] - hertz) < 20 for frame in found if len(frame.tones) == 1
        )
        assert not any(frame.is_speech for frame in found)

    @pytest.mark.parametrize("pair", [(480, 620), (350, 440), (697, 1209), (941, 1477)])
    def test_two_at_once_are_told_apart(self, pair):
        frames = frames_of(0.2, tone(0.4, *pair), 0.2)

        found = Counter(frame.tones for frame in frames if len(frame.tones) == 2)
        (low, high), _ = found.most_common(1)[0]
        assert abs(low - pair[0]) < 20
        assert abs(high - pair[1]) < 20

    @pytest.mark.parametrize(
        "name",
        [
            "hello",
            "vm-intro",
            "demo-congrats",
            "tt-monkeys",
            "letters/o",
            "digits/oh",
            "letters/m",
        ],
    )
    def test_a_voice_is_no_tone(self, name):
        judge = Judge()
        judge.sound(frames_of(0.2, name, 1.0))

        assert "tone" not in judge.signals

    def test_music_is_no_beep(self):
        judge = Judge()
        heard = sound(Answer("", ("hello", music(6), 1.0)))
        judge.sound(Ear(TELEPHONE).hear(0, heard.mulaw))

        assert "tone" not in judge.signals

    def test_three_rising_tones_mean_that_there_is_no_such_line(self):
        judge = Judge()
        heard = sound(Answer("", (0.2, *sit(), 1.0)))
        judge.sound(Ear(TELEPHONE).hear(0, heard.mulaw))

        assert judge.signals["tone"].says == "unavailable"

    def test_wideband_lines_hear_the_same(self):
        wide = AudioFormat("pcm_s16le", 16_000)
        samples = np.repeat(tone(0.4, 1000), 2).astype(np.int16)

        frames = Ear(wide).hear(0, samples.tobytes())

        assert sum(frame.tones == (1000,) for frame in frames) >= 8


class TestMessages:
    def test_a_message_is_left_behind_the_beep(self):
        heard = sound(Answer("voicemail", (0.5, "vm-intro", 1.2, "beep", 3.0)))
        ear, judge, ready = Ear(TELEPHONE), Judge(), None
        for at in range(0, len(heard.mulaw), 160):
            judge.sound(ear.hear(at // 8, heard.mulaw[at : at + 160]))
            if "cadence" in judge.signals and judge.may_speak():
                ready = judge.now_ms
                break

        tones = [f for f in Ear(TELEPHONE).hear(0, heard.mulaw) if f.tones]
        beep_ends = tones[-1].at_ms
        assert beep_ends <= ready <= beep_ends + 400

    def test_without_a_beep_it_is_left_when_the_greeting_is_over(self):
        heard = sound(Answer("voicemail", (0.5, "vm-intro", 4.0)))
        judge = Judge()
        judge.sound(Ear(TELEPHONE).hear(0, heard.mulaw))

        assert judge.may_speak()


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Hi, you've reached Sam. Please leave a message after the beep.", "voicemail"),
        ("I can't come to the phone right now", "voicemail"),
        ("Sorry I missed your call, I'll get back to you", "voicemail"),
        ("Hi, if you record your name and reason for calling, I'll see if this person is available", "screener"),
        ("The person you're calling is using a screening service from Google", "screener"),
        ("For sales, press one. For support, press two.", "menu"),
        ("Your call is important to us", "menu"),
        ("The number you have dialed is not in service", "unavailable"),
        ("The mailbox is full and cannot accept any messages", "unavailable"),
        ("Hello?", "human"),
        ("This is Anna speaking", "human"),
        ("Good morning, how can I help you?", "human"),
        ("Hinterlassen Sie eine Nachricht nach dem Signalton", "voicemail"),
        ("Laissez votre message après le bip", "voicemail"),
        ("Deje su mensaje después del tono", "voicemail"),
    ],
)  # fmt: skip
def test_words_give_machines_away(text, who):
    assert words.meaning(text)[0] == who


def test_words_of_no_meaning_mean_nothing():
    assert words.meaning("The weather is fine today") is None
