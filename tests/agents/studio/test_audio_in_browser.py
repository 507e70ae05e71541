"""The page's ear and mouth: resampling, pacing, marks, clearing. In a real browser."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TONE = """async ([from, to, hertz, block]) => {
  const { Resampler } = await import("/static/js/audio/resampler.js");
  const resampler = new Resampler(from, to);
  const tone = Float32Array.from({ length: from }, (_, i) => Math.sin(2 * Math.PI * hertz * i / from));
  const out = [];
  for (let at = 0; at < tone.length; at += block) out.push(...resampler.push(tone.subarray(at, at + block)));
  const middle = out.slice(to * 0.2, to * 0.8);
  return { length: out.length, loudness: Math.sqrt(2 * middle.reduce((sum, x) => sum + x * x, 0) / middle.length) };
}"""
JOINED = """async ([from, to]) => {
  const { Resampler } = await import("/static/js/audio/resampler.js");
  const noise = Float32Array.from({ length: 4096 }, () => Math.random() - 0.5);
  const whole = new Resampler(from, to).push(noise);
  const one = new Resampler(from, to);
  const parts = [];
  for (let at = 0; at < noise.length; at += 128) parts.push(...one.push(noise.subarray(at, at + 128)));
  return Math.max(...parts.map((x, i) => Math.abs(x - whole[i])));
}"""
PLAYER = """async () => {
  const context = new AudioContext();
  await context.audioWorklet.addModule("/static/js/audio/playback.js");
  const node = new AudioWorkletNode(context, "playback", { numberOfInputs: 0, outputChannelCount: [1] });
  const ear = new AnalyserNode(context);
  node.connect(ear).connect(context.destination);
  await context.resume();
  const began = performance.now(), log = [];
  node.port.onmessage = ({ data }) => { if (data.mark !== undefined) log.push([data.mark, performance.now() - began]); };
  const play = (length) => {
    const audio = Int16Array.from({ length: 24000 * length }, (_, i) => 12000 * Math.sin(i / 8)).buffer;
    node.port.postMessage({ audio }, [audio]);
  };
  const loud = () => { const now = new Float32Array(ear.fftSize); ear.getFloatTimeDomainData(now); return Math.max(...now.map(Math.abs)); };
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const mark = (mark) => node.port.postMessage({ mark }), clear = () => node.port.postMessage({ clear: true });
  const result = await (async () => { SCRIPT })();
  await context.close();
  return { log, result };
}"""


@pytest.fixture
def page(open_page):
    return open_page(path="/accounts/login/")


@pytest.mark.parametrize("rates", [(48000, 16000), (44100, 16000), (24000, 48000)])
def test_speech_keeps_its_loudness_and_its_length(page, rates):
    found = page.evaluate(TONE, [*rates, 1000, 128])

    assert found["loudness"] == pytest.approx(1, abs=0.01)
    assert found["length"] == pytest.approx(rates[1], abs=20)


@pytest.mark.parametrize("rate", [48000, 44100])
def test_what_16_khz_cannot_hold_does_not_fold_back(page, rate):
    found = page.evaluate(TONE, [rate, 16000, 10_000, 128])

    assert found["loudness"] < 0.001  # 60 dB down


@pytest.mark.parametrize("rates", [(48000, 16000), (44100, 16000), (24000, 44100)])
def test_blocks_join_without_a_seam(page, rates):
    assert page.evaluate(JOINED, list(rates)) < 1e-6


def run(page, script):
    return page.evaluate(PLAYER.replace("SCRIPT", script))


def test_a_mark_comes_back_when_all_before_it_was_played(page):
    found = run(
        page, 'play(0.5); mark("half"); play(0.5); mark("whole"); await wait(1600);'
    )

    (half, first), (whole, second) = found["log"]
    assert (half, whole) == ("half", "whole")
    assert 480 < first < 1000
    assert second - first == pytest.approx(500, abs=120)


def test_clear_stops_the_voice_and_returns_marks_at_once(page):
    found = run(
        page,
        'play(3); mark("never"); await wait(600); const before = loud(); clear();'
        " await wait(200); return [before, loud()];",
    )

    before, after = found["result"]
    assert before > 0.2
    assert after < 0.001
    ((name, at),) = found["log"]
    assert name == "never"
    assert at < 1200


def test_a_mark_without_sound_comes_back(page):
    found = run(page, 'mark("silent"); await wait(300);')

    assert [name for name, _ in found["log"]] == ["silent"]


def test_short_sounds_are_not_held_back_for_long(page):
    found = run(page, 'play(0.02); await wait(100); mark("short"); await wait(400);')

    ((_, at),) = found["log"]
    assert at < 400


def test_after_a_pause_it_speaks_again(page):
    found = run(
        page,
        'play(0.2); mark("one"); await wait(800); play(0.2); mark("two");'
        " await wait(800);",
    )

    assert [name for name, _ in found["log"]] == ["one", "two"]
