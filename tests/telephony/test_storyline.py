from telephony import storyline
from telephony.models import TimelineEvent, TranscriptSegment, Turn


def said(who, at, text, turn=1, unheard=""):
    return TranscriptSegment(
        speaker=who, started_at_ms=at, text=text, turn=turn, unheard=unheard
    )


def happened(kind, at, end=None, **detail):
    return TimelineEvent(kind=kind, at_ms=at, end_ms=end, detail=detail)


def waited(number, at=0, **waits):
    columns = ("endpointing_ms", "stt_ms", "llm_ms", "tts_ms", "transport_ms")
    each = {column: waits.get(column, 0) for column in columns}
    return Turn(number=number, at_ms=at, total_ms=sum(each.values()), **each)


def texts(lines):
    return [line.code or line.text for line in lines]


def test_words_and_events_come_in_order():
    lines = storyline.lines(
        [said("user", 100, "Hi"), said("agent", 900, "Hello")],
        [happened("tool_called", 500, 700, name="lookup", result="found")],
        [],
    )

    assert texts(lines) == ["Hi", "lookup", "Hello"]
    assert lines[1].aside == "200 ms"


def test_a_cut_follows_the_words_it_cut():
    lines = storyline.lines(
        [said("agent", 100, "We open at"), said("user", 900, "Stop")],
        [happened("interrupted", 1_000, cause="stop")],
        [],
    )

    assert texts(lines) == ["We open at", "The caller cut in (stop)", "Stop"]


def test_keys_pressed_in_a_row_are_one_line():
    keys = [happened("pressed", at, digit=key) for at, key in enumerate("42#")]

    assert texts(storyline.lines([], keys, [])) == ["42#"]


def test_what_the_engine_does_by_itself_is_not_told():
    events = [happened("turn_ended", 1, reason="silence"), happened("ended", 2)]

    assert storyline.lines([], events, []) == []


def test_a_reply_in_two_utterances_waits_once():
    lines = storyline.lines(
        [said("agent", 1, "One moment."), said("agent", 2, "Found it.")],
        [],
        [waited(1, llm_ms=1_500)],
    )

    assert [line.reply_ms for line in lines] == [1_500, None]
    assert lines[0].is_slow()


def test_a_provider_that_had_no_successor_is_bad_news():
    event = happened(
        "fell_back", 1, channel="stt", failed="deepgram", to="", reason="x"
    )

    (line,) = storyline.lines([], [event], [])

    assert line.tone == "bad"
    assert "nothing to fall back on" in line.text


def test_bars_share_the_scale_of_the_slowest_reply():
    slow = waited(1, endpointing_ms=400, llm_ms=2_000)
    fast = waited(2, llm_ms=600)
    why = happened("turn_ended", 1, turn=2, reason="smart-turn")

    first, second = storyline.replies([slow, fast], [why])

    assert [(bar.stage, round(bar.x), round(bar.width)) for bar in first.bars] == [
        ("d1", 0, 17),
        ("d3", 17, 83),
    ]
    assert round(second.bars[0].width) == 25
    assert (first.words, second.why) == ("waiting 400, model 2,000 ms", "smart-turn")


def test_fast_calls_look_fast():
    (reply,) = storyline.replies([waited(1, llm_ms=300)], [])

    assert round(reply.bars[0].width) == 25


def test_marks_stand_where_it_happened():
    events = [happened("interrupted", 500, cause="wait"), happened("ended", 999)]

    (mark,) = storyline.marks(events, 1_000)

    assert (mark.kind, mark.x) == ("cut", 50)
    assert storyline.marks(events, 0) == []


def test_facts_are_words():
    event = happened(
        "tool_called", 1, name="look", arguments={"day": "Fri"}, failed=False, result=""
    )

    facts = storyline.facts(event)

    assert facts == {"name": "look", "arguments": "day: Fri", "failed": "no"}
