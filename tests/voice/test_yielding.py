"""Who speaks while the agent does: what stops it, what holds it, and what does neither."""

import pytest

from tests.voice.table import Table
from voice import decisions, lexicons, yielding


@pytest.mark.parametrize(
    ("sounds", "words", "holds", "cuts", "interrupts"),
    [
        (128, "", 0, 0, 0),  # too short for anything
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
    ("words", "confidence", "cuts"),
    [
        ("the", 0.9, [320]),
        ("the", 0.6, [928]),
        ("okay right", 0.9, []),
        ("", 0.0, [928]),
    ],
)
def test_who_goes_on_after_the_is_beginning_a_sentence(words, confidence, cuts):
    table = Table(agent="speaking").sound(320)
    if words:
        table.partial(words, confidence)

    table.sound(640)

    assert [at for at, d in table.decided if getattr(d, "cut", False)] == cuts


@pytest.mark.parametrize(
    ("partial", "confidence", "stops"),
    [
        ("oh how", 0.6, 0),  # of "oh, oh"
        ("oh how much", 0.6, 1),
        ("we are", 0.6, 0),  # of "weasels"
        ("remember", 0.3, 0),  # of "the number"
        ("remember", 0.6, 1),
        ("remember", 0.0, 1),  # a vendor that does not know yet
        ("wait", 0.3, 1),
    ],
)
def test_a_guess_at_half_a_word_does_not_stop_the_agent(partial, confidence, stops):
    table = Table(agent="speaking").sound(640).partial(partial, confidence)

    assert len(table.of(decisions.Interrupt)) == stops


@pytest.mark.parametrize(
    ("sound", "confidence", "stops"), [(480, 0.46, 0), (480, 0.7, 1), (960, 0.46, 1)]
)
def test_three_words_of_a_hum_do_not_stop_the_agent(sound, confidence, stops):
    table = Table(agent="speaking").sound(sound).quiet(224)

    table.partial("And that's it.", confidence)

    assert len(table.of(decisions.Interrupt)) == stops


def test_a_sound_that_is_over_is_not_cut_for_its_length():
    table = Table(agent="speaking").sound(480).partial("oh").sound(480)

    table.quiet(192).final("Him.")

    assert not [hold for hold in table.of(decisions.Hold) if hold.cut]
    assert not table.of(decisions.Interrupt)


def test_sounds_alike_are_no_echo_when_the_words_are_others():
    table = Table(agent="speaking", echoes="beside")
    table.turns.agent_says("We are open from Monday to Friday.")

    table.sound(640).partial("please try")

    assert [i.cause for i in table.of(decisions.Interrupt)] == ["please"]


def test_a_whole_word_is_told_as_what_stopped_the_agent():
    table = Table(agent="speaking").sound(640).final("Tuesday.")

    assert [i.cause for i in table.of(decisions.Interrupt)] == ["tuesday"]


def test_a_short_sound_lets_the_agent_go_on_soon():
    table = Table(agent="speaking").sound(352).quiet(128)

    assert table.of(decisions.Release)
    assert table.when(decisions.Release)[0] - table.when(decisions.Hold)[0] < 300


def test_in_fast_mode_the_agent_falls_silent_at_once():
    table = Table("fast", agent="speaking").sound(224)

    assert table.of(decisions.Hold)[-1].cut
    assert table.when(decisions.Hold)[-1] <= 224


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
