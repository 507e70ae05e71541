"""Turn-taking as tables: what is heard, and what is decided of it."""

import pytest

from voice import completeness, decisions, lexicons, patience, turns, yielding
from voice.config import TurnRules

WINDOW = 32
ENGLISH = {
    "backchannels": lexicons.backchannels("en"),
    "stop_words": lexicons.stop_words("en"),
    "greetings": lexicons.greetings("en"),
}


class EchoDouble:
    """Hears the agent's own sound, or not; ``"beside"``: and somebody else."""

    def __init__(self, heard):
        self.heard = heard

    def is_heard(self, *, alone=False):
        return self.heard and not (alone and self.heard == "beside")


class Table:
    """Feeds one judge; ``decided`` holds (ms, decision)."""

    def __init__(self, mode="balanced", agent="free", echoes=False, **rules):
        rules = TurnRules(mode=mode, **(ENGLISH | rules))
        self.turns = turns.Turns(rules, WINDOW, EchoDouble(echoes))
        self.turns.agent_is(agent, 0)
        self.now = 0
        self.decided = []

    def take(self, decided):
        self.decided += [(self.now, decision) for decision in decided]
        for decision in decided:
            if isinstance(decision, decisions.Interrupt):
                self.turns.agent_is("free", self.now)

    def sound(self, ms, probability=0.95):
        for _ in range(ms // WINDOW):
            self.now += WINDOW
            self.take(self.turns.window(self.now, probability))
        return self

    def quiet(self, ms):
        return self.sound(ms, 0.02)

    def partial(self, text):
        self.take(self.turns.words(self.now, text, final=False))
        return self

    def final(self, text, ending=None):
        if text:
            words = self.turns.words(self.now, text, final=True, ending=ending)
            self.take(words)
        self.take(self.turns.finalized(self.now))
        return self

    def odds(self, odds):
        self.take(self.turns.judged(self.now, odds, self.turns._pauses))
        return self

    def of(self, kind):
        return [decision for _, decision in self.decided if isinstance(decision, kind)]

    def when(self, kind):
        return [at for at, decision in self.decided if isinstance(decision, kind)]


# ---- beginnings


@pytest.mark.parametrize(
    ("agent", "sounds", "begins"),
    [
        ("free", [96], False),
        ("free", [128], True),
        ("speaking", [128], False),
        ("speaking", [192], True),
        ("speaking", [96, -32, 128], True),  # a dip does not start it anew
        ("speaking", [64, -160, 64, -160, 64], False),  # clicks
    ],
)
def test_speech_begins_by_a_leaky_count(agent, sounds, begins):
    table = Table(agent=agent)

    for ms in sounds:
        table.sound(ms) if ms > 0 else table.quiet(-ms)

    assert bool(table.of(decisions.SpeechBegan)) is begins


def test_words_that_voice_activity_missed_begin_a_turn():
    table = Table().quiet(320).partial("five").quiet(320).final("five.").quiet(1600)

    assert [turn.text for turn in table.of(decisions.EndTurn)] == ["five."]


# ---- endings


def end_of(mode, text, odds=None, ending=None, **rules):
    """Return the silence after which words end a turn, in ms."""
    table = Table(mode, **rules).sound(1600).partial(text)
    spoke_until = table.now
    table.quiet(224)
    table.final(text, ending)
    if odds is not None:
        table.odds(odds)
    table.quiet(6000)
    ended = table.when(decisions.EndTurn)
    assert len(ended) == 1
    return ended[0] - spoke_until


@pytest.mark.parametrize("mode", ["fast", "balanced", "patient"])
def test_a_finished_turn_ends_sooner_than_an_unfinished_one(mode):
    finished = end_of(mode, "I would like a table for two tonight.")
    unsure = end_of(mode, "big table")
    unfinished = end_of(mode, "I would like a table for")

    assert finished <= unsure < unfinished


def test_modes_differ_in_patience():
    waits = [end_of(mode, "big table") for mode in patience.WAITS]

    assert waits == sorted(waits)
    assert waits[0] <= 260


@pytest.mark.parametrize("text", ["Yes.", "No.", "okay", "Seven.", "4155551234"])
def test_short_answers_are_not_kept_waiting(text):
    assert end_of("balanced", text) <= 500


def test_the_end_of_turn_model_hurries_and_delays():
    text = "I would like a table."

    assert end_of("balanced", text, 0.95) < end_of("balanced", text)
    assert end_of("balanced", text, 0.05) > end_of("balanced", text)


@pytest.mark.parametrize(
    ("text", "odds", "ending", "least", "most"),
    [
        # As the offline recogniser heard them, with a full stop behind each.
        ("The number is not answering.", 0.97, 0.96, 200, 350),
        ("Your message is too short.", 0.89, 0.87, 800, 950),
        ("Nobody is available.", 0.86, 0.72, 1300, 1500),
        ("The period was so far like the present period.", 0.97, 0.64, 800, 950),
        ("Weasels have eaten art.", 0.05, 0.82, 1300, 1500),
        ("To leave a message.", 0.85, 0.80, 1300, 1500),
        # What is whole by itself is not kept waiting by the melody of a list.
        ("Monday.", 0.48, 0.84, 200, 350),
        ("One.", 0.02, 0.87, 400, 550),
        ("4, 1, 5, 5, 5, 5, 0, 1, 2, 3.", 0.04, 0.96, 400, 550),
        ("Four, one, by, 5, 5, 0, 1, 2, 3.", 0.15, 0.43, 800, 950),
    ],
)
def test_a_recognisers_own_doubt_of_its_full_stop_counts(
    text, odds, ending, least, most
):
    assert least <= end_of("balanced", text, odds, ending) <= most


def test_an_opinion_on_an_earlier_pause_does_not_count():
    table = Table().sound(960).partial("I would like a table").quiet(224)
    earlier = table.turns._pauses
    table.sound(320).quiet(224)
    table.take(table.turns.judged(table.now, 0.99, earlier))

    assert table.turns._odds is None


def test_a_turn_waits_for_the_final_words_but_not_for_ever():
    table = Table("fast").sound(960).partial("I would like a table.").quiet(960)
    assert not table.of(decisions.EndTurn)

    table.quiet(400)

    assert [turn.text for turn in table.of(decisions.EndTurn)] == [
        "I would like a table."
    ]


def test_words_that_come_too_late_do_not_begin_another_turn():
    table = Table("fast").sound(960).partial("I would like a table.").quiet(1600)

    table.final("I would like a table.").quiet(3000)

    assert len(table.of(decisions.EndTurn)) == 1


def test_new_words_behind_late_ones_count():
    table = Table("fast").sound(960).partial("I would like a table.").quiet(1600)

    table.sound(640).partial("I would like a table for seven people").quiet(224)
    table.final("I would like a table for seven people.").quiet(3000)

    assert [turn.text for turn in table.of(decisions.EndTurn)][1] == "for seven people."


def test_noise_is_no_turn():
    table = Table().sound(320).quiet(224).final("").quiet(2000)

    assert not table.of(decisions.EndTurn)
    assert table.turns.state == "quiet"


def test_a_line_that_stops_sending_ends_the_turn():
    table = Table().sound(960).final("I would like a table for two.")
    for _ in range(40):
        table.now += 100
        table.take(table.turns.tick(table.now))

    assert len(table.of(decisions.EndTurn)) == 1


def test_a_caller_who_was_cut_off_is_given_more_time():
    table = Table()
    before = table.turns._patience.stretched(1000)
    table.turns.agent_is("preparing", 0)

    table.sound(640).partial("for seven people")

    assert table.of(decisions.Interrupt)
    assert table.turns._patience.stretched(1000) > before


# ---- the vendor's own endpointing


def test_the_vendor_ends_turns_where_it_is_asked_to():
    table = Table(endpointing="provider")
    table.take(table.turns.provider_started(table.now))
    table.partial("I would like")
    table.now += 5000
    table.final("I would like a table")
    assert not table.of(decisions.EndTurn)

    table.take(table.turns.provider_ended(table.now))

    assert [turn.reason for turn in table.of(decisions.EndTurn)] == ["provider"]


@pytest.mark.parametrize(("text", "ended"), [("I would like", 1), ("", 0)])
def test_a_vendor_that_forgets_to_end_a_turn_is_helped(text, ended):
    table = Table(endpointing="provider")
    table.take(table.turns.provider_started(table.now))
    table.partial(text)
    for _ in range(40):
        table.now += 100
        table.take(table.turns.tick(table.now))

    assert len(table.of(decisions.EndTurn)) == ended
    assert table.turns.state == "quiet"


# ---- while the agent speaks


@pytest.mark.parametrize(
    ("sounds", "words", "holds", "cuts", "interrupts"),
    [
        (160, "", 0, 0, 0),  # too short for anything
        (320, "", 1, 0, 0),
        (960, "", 1, 1, 0),  # sound that lasts makes the agent fall silent
        (480, "mm-hm", 1, 0, 0),
        (480, "Yeah, okay.", 1, 0, 0),
        (960, "okay, right, I see", 1, 0, 0),
        (480, "wait", 1, 0, 1),
        (480, "I have a question", 1, 0, 1),
        (320, "Tuesday", 1, 0, 0),  # one word: heard out first
        (640, "Tuesday", 1, 0, 1),
    ],
)
def test_sound_holds_and_words_stop(sounds, words, holds, cuts, interrupts):
    table = Table(agent="speaking")

    early = min(sounds, 480)
    table.sound(early)
    if words:
        table.partial(words)
    table.sound(sounds - early)

    assert len([h for h in table.of(decisions.Hold) if not h.cut]) == holds
    assert len([h for h in table.of(decisions.Hold) if h.cut]) == cuts
    assert len(table.of(decisions.Interrupt)) == interrupts


@pytest.mark.parametrize(
    ("partial", "cause"),
    [
        ("your price is to", "your price is"),  # "too high" is on its way
        ("yo", "640 ms of speech"),
        ("wait", "wait"),
    ],
)
def test_half_a_word_is_not_told_as_what_stopped_the_agent(partial, cause):
    table = Table(agent="speaking").sound(640).partial(partial)

    assert [i.cause for i in table.of(decisions.Interrupt)] == [cause]


@pytest.mark.parametrize(
    ("words", "cuts"), [("the", [704]), ("okay right", []), ("", [704])]
)
def test_who_goes_on_after_the_is_beginning_a_sentence(words, cuts):
    table = Table(agent="speaking").sound(320)
    if words:
        table.partial(words)

    table.sound(640)

    assert [at for at, d in table.decided if getattr(d, "cut", False)] == cuts


def test_a_whole_word_is_told_as_what_stopped_the_agent():
    table = Table(agent="speaking").sound(640).final("Tuesday.")

    assert [i.cause for i in table.of(decisions.Interrupt)] == ["tuesday"]


def test_a_short_sound_lets_the_agent_go_on_soon():
    table = Table(agent="speaking").sound(352).quiet(128)

    assert table.of(decisions.Release)
    assert table.when(decisions.Release)[0] - table.when(decisions.Hold)[0] < 300


def test_in_fast_mode_the_agent_falls_silent_at_once():
    table = Table("fast", agent="speaking").sound(224)

    assert [hold.cut for hold in table.of(decisions.Hold)] == [True]
    assert table.when(decisions.Hold)[0] <= 224


def test_holds_for_nothing_are_not_repeated_for_ever():
    table = Table(agent="speaking")
    for _ in range(8):
        table.sound(320).quiet(320).final("").quiet(640)

    assert (
        len([h for h in table.of(decisions.Hold) if not h.cut]) <= yielding.FALSE_HOLDS
    )


def test_the_agents_own_words_are_no_interruption():
    table = Table(agent="speaking")
    table.turns.agent_says("We are open from nine until six on every working day.")

    table.sound(640).partial("from nine until six").sound(320)

    assert not table.of(decisions.Interrupt)
    assert [k.cause for k in table.of(decisions.KeepTalking)] == [
        "echo: from nine until six"
    ]


def test_sound_like_the_agents_own_does_not_hold():
    table = Table(agent="speaking", echoes=True).sound(1600)

    assert not table.of(decisions.Hold)


@pytest.mark.parametrize(
    ("echoes", "interrupts"), [(True, 0), ("beside", 1), (False, 1)]
)
def test_a_stop_word_that_is_an_echo_does_not_stop_the_agent(echoes, interrupts):
    table = Table(agent="speaking", echoes=echoes).sound(640).partial("wait")

    assert len(table.of(decisions.Interrupt)) == interrupts


def test_without_barge_in_nothing_stops_the_agent():
    table = Table(agent="speaking", barge_in=False)

    table.sound(1600).partial("wait a moment please").quiet(640)
    assert not table.of(decisions.Hold)
    assert not table.of(decisions.Interrupt)
    table.final("wait a moment please").quiet(1600)
    assert not table.of(decisions.EndTurn)
    table.take(table.turns.agent_is("free", table.now))

    assert [turn.text for turn in table.of(decisions.EndTurn)] == [
        "wait a moment please"
    ]


def test_music_under_the_agent_is_ignored_after_a_while():
    table = Table(agent="speaking").sound(8000)

    assert [k.cause for k in table.of(decisions.KeepTalking)] == ["sound without words"]


def test_backchannels_in_their_language():
    for language, words in {
        "es": "ajá, sí, claro",
        "de": "ja genau",
        "fr": "oui d'accord",
        "hi": "हाँ जी",
        "ja": "はいはい",
        "zh": "嗯，好的好的",
        "ar": "نعم تمام",
        "pt": "sim, tá certo",
        "it": "sì, va bene",
        "en": "Mm-hmm. Right.",
    }.items():
        table = Table(
            agent="speaking",
            backchannels=lexicons.backchannels(language),
            stop_words=lexicons.stop_words(language),
        )

        table.sound(640).partial(words)

        assert not table.of(decisions.Interrupt), language


def test_stop_words_in_their_language():
    for language, words in {
        "es": "espera",
        "de": "moment mal",
        "fr": "attendez",
        "hi": "रुकिए",
        "ja": "ちょっと待ってください",
        "zh": "等一下",
        "ar": "لحظة",
        "pt": "espere",
        "it": "aspetta",
        "en": "hold on",
    }.items():
        table = Table(
            agent="speaking",
            backchannels=lexicons.backchannels(language),
            stop_words=lexicons.stop_words(language),
        )

        table.sound(320).partial(words)

        assert table.of(decisions.Interrupt), language


# ---- what words look like


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("yes", "finished"),
        ("No, thank you.", "finished"),
        ("I would like a table for two tonight.", "finished"),
        ("My name is", "unfinished"),
        ("I was wondering if", "unfinished"),
        ("well, um", "unfinished"),
        ("I need a table for two and", "unfinished"),
        ("first, second,", "unfinished"),
        ("my number is 4 1 5 5 5", "unfinished"),
        ("four one five five five five one two three four", "finished"),
        ("two zero two four five thick one one one one one", "finished"),
        ("I need 2 tables for 4 at 7 tonight, three in all.", "finished"),
        ("If I come tomorrow.", "unsure"),
        ("To leave a message, I would press one now.", "finished"),
        ("", "unsure"),
    ],
)
def test_words_tell_whether_more_is_to_come(text, verdict):
    assert completeness.judge(text) == verdict
