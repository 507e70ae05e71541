"""``make bench-talk``: how well conversations go, on recorded human speech.

    python -m tests.bench.talk [--ear deepgram,offline,perfect] [--wire phone,browser] [--noise clean,20]
                               [--only pause] [--mode balanced] [--list]

``deepgram`` is our adapter over a socket to a double of Deepgram that knows the words,
``perfect`` the same without a socket, ``offline`` the product's own recogniser.
Scripted callers speak through the wire's codec to the whole engine on virtual time, so
a run is repeatable and does not depend on the machine. The last line has the figures of
the worst column; the exit code is 1 where it misses a target of docs/performance.md.
"""

import argparse
import logging
import os
import sys
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from itertools import product

import numpy as np

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Figure → (how its values are summed up, at most, unit, in words)
TARGETS = {
    "stopped": ("share", 2, "%", "agent stopped by a backchannel, a noise or its own echo"),
    "interruption missed": ("share", 5, "%", "real interruption missed"),
    "stop after words": ("p95", 260, "ms", "silent after the words are there, p95"),
    "pause 500": ("share", 2, "%", "agent speaks into a pause of 500 ms"),
    "pause 800": ("share", 5, "%", "agent speaks into a pause of 800 ms"),
    "pause 1200": ("share", 20, "%", "agent speaks into a pause of 1200 ms"),
    "reply": ("p50", 350, "ms", "end of turn to first audio, p50"),
    "reply p95": ("p95", 900, "ms", "end of turn to first audio, p95"),
    "answer": ("p50", 350, "ms", "the same after yes, no, a digit, a number, p50"),
    "answer p95": ("p95", 900, "ms", "the same, p95"),
    "no reply": ("share", 1, "%", "no reply to a turn"),
    "word errors": ("mean", 5, "%", "word errors of the offline recogniser"),
    "voice errors": ("mean", 1, "%", "word errors of another recogniser on the offline voice"),
}  # fmt: skip
EXTRA = {
    "stopped: backchannel": ("share", "%", "… by a backchannel"),
    "stopped: noise": ("share", "%", "… by a noise"),
    "stopped: echo": ("share", "%", "… by its own echo"),
    "faltered: backchannel": ("share", "%", "agent paused for more than 0.5 s at a backchannel"),
    "faltered: noise": ("share", "%", "… at a noise"),
    "faltered: echo": ("share", "%", "… at its own echo"),
    "stop after onset": ("p95", "ms", "silent after the first sound of an interruption, p95"),
    "spoke too early": ("share", "%", "agent spoke before the turn was over"),
    "others: pause 500": ("share", "%", "other voices: agent speaks into a pause of 500 ms"),
    "others: pause 800": ("share", "%", "… of 800 ms"),
    "others: pause 1200": ("share", "%", "… of 1200 ms"),
    "others: reply": ("p50", "ms", "other voices: end of turn to first audio, p50"),
    "others: reply p95": ("p95", "ms", "… p95"),
    "others: word errors": ("mean", "%", "other voices: word errors"),
}  # fmt: skip


def main():
    options = parsed()
    kinds = [
        {
            "ear": ear,
            "wire": wire,
            "noise_db": None if noise == "clean" else float(noise),
        }
        for ear, wire, noise in product(options.ear, options.wire, options.noise)
    ]
    work = [(kind, options.mode, options.only, i, options.jobs) for kind in kinds for i in range(options.jobs)]  # fmt: skip
    found = defaultdict(lambda: defaultdict(list))
    with ProcessPoolExecutor(options.jobs) as pool:
        for (kind, *_), played in zip(work, pool.map(play_share, work), strict=True):
            for name, figures in played:
                for figure, value in figures:
                    if figure.endswith("word errors") and kind["ear"] != "offline":
                        continue  # they know the words
                    found[label(kind)][figure].append(value)
                if options.list or options.only:
                    words = ", ".join(f"{f} {v:.0f}" for f, v in figures)
                    print(f"{label(kind):24} {name:36} {words}")
    return report(found)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ear", default="deepgram,offline")
    parser.add_argument("--wire", default="phone,browser")
    parser.add_argument("--noise", default="clean,20")
    parser.add_argument("--only", default="")
    parser.add_argument("--mode", default="balanced")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    for name in ("ear", "wire", "noise"):
        setattr(options, name, getattr(options, name).split(","))
    return options


def label(kind):
    noise = "clean" if kind["noise_db"] is None else f"{kind['noise_db']:.0f} dB"
    return f"{kind['ear']} {kind['wire']} {noise}"


def play_share(work):
    """Play every n-th scene; in a process of its own."""
    import django

    django.setup()
    logging.disable(logging.INFO)  # every call opens sockets
    from tests.bench.talk import scenes
    from tests.bench.talk.room import Room
    from tests.voice.virtual_time import play

    kind, mode, only, first, step = work
    played = []

    async def call(function, arguments):
        room = Room(**kind, mode=mode)
        await room.answer()
        figures = await function(room, *arguments)
        await room.hang_up_call()
        return figures

    chosen = [scene for scene in scenes.script() if scene[0].startswith(only)]
    for name, function, arguments in chosen[first::step]:
        played.append((name, play(call(function, arguments))))
    return played


def report(found):
    """Print the table and a line of figures; return 1 where a target is missed."""
    columns = list(found)
    everything = defaultdict(list)
    for column in columns:
        for figure, values in found[column].items():
            everything[figure] += values
    print(f"\n| figure | at most | all | {' | '.join(columns)} |")
    print(f"|---|---:|---:|{'---:|' * len(columns)}")
    line, missed = [], []
    for figure, (how, most, unit, words) in TARGETS.items():
        seen = [summed(found[c], figure, how) for c in columns]
        value = summed(everything, figure, how)
        if value is None:
            continue
        print(f"| {words} | {most} {unit} | {shown(value, unit)} | {' | '.join(shown(s, unit) for s in seen)} |")  # fmt: skip
        worst = max(each for each in seen if each is not None)
        line.append(f"{figure} {shown(worst, unit)} (≤ {most})")
        if worst > most:
            missed.append(figure)
    for figure, (how, unit, words) in EXTRA.items():
        seen = [summed(found[c], figure, how) for c in columns]
        value = summed(everything, figure, how)
        if value is not None:
            print(f"| {words} |  | {shown(value, unit)} | {' | '.join(shown(s, unit) for s in seen)} |")  # fmt: skip
    verdict = f"MISSED {', '.join(missed)}" if missed else "reached"
    print(f"\nbench-talk: {verdict}: {'; '.join(line)}")
    return 1 if missed else 0


def summed(figures, figure, how):
    values = figures.get(figure.removesuffix(" p95"))
    if not values:
        return None
    if how == "share":
        return 100 * float(np.mean(values))
    if how == "mean":
        return float(np.mean(values))
    return float(np.percentile(values, float(how[1:])))


def shown(value, unit):
    return "–" if value is None else f"{value:.0f} {unit}"


if __name__ == "__main__":
    sys.exit(main())
