"""``make bench``: how many calls a core carries, beside pipecat, livekit and the floor.

    tests/bench/density.py [--n 10,50,100] [--vs pipecat,livekit,floor] [options of run.py]

The peers need about 1.4 GB of virtual environments, made in ~/.cache/rymi-bench the
first time. Nothing else should run meanwhile: two cores, one for the server, one for
callers and vendors. ``density/README.md`` says what the figures mean. The last line has
the figures; the exit code is 1 where a target of docs/performance.md is missed.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PORT = 8011
CPU_AT_MOST = 0.36  # CPU-s per call-minute
CALLS_AT_LEAST = 100
OVERHEAD_AT_MOST = 150  # ms, p95
DEFAULTS = {
    "--n": "10,50,100",
    "--vs": "pipecat,livekit,floor",
    "--window": "20",
    "--ready-timeout": "180",  # s: migrations, and the offline models' warm-up
}


def main():
    given = sys.argv[1:]
    defaults = [
        word for name, value in DEFAULTS.items() if name not in given
        for word in (name, value)
    ]  # fmt: skip
    results = Path(tempfile.mkdtemp(prefix="rymi-bench-"), "results.json")
    subprocess.run(
        [
            sys.executable, HERE / "density" / "run.py",
            "--target", f"rymi=cmd:{HERE / 'media_process.sh'} {PORT}",
            "--url", f"ws://127.0.0.1:{PORT}/media/bench",
            "--overhead-limit", str(OVERHEAD_AT_MOST),
            "--json", results, *defaults, *given,
        ],
        check=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    return report(json.loads(results.read_text()))


def report(measured):
    """Print one line of figures; return 1 where a target is missed."""
    runs = [run for run in measured["results"] if "cpu_s_per_call_minute" in run]
    ours = [run for run in runs if run["target"] == "rymi"]
    good = [run for run in ours if not run["verdict"]]
    if not good:
        print("bench: no run of ours passed; see the table above")
        return 1
    best = max(good, key=lambda run: run["n"])
    overhead = best["overhead_ms"][1]
    words = [
        f"rymi {best['cpu_s_per_call_minute']:.2f} CPU-s/call-min at {best['n']} calls",
        f"p95 overhead {overhead:.0f} ms",
        f"{best['rss_per_call_mb']:.1f} MB a call",
    ]
    words += beside(runs, best)
    reached = (
        best["cpu_s_per_call_minute"] <= CPU_AT_MOST
        and best["n"] >= CALLS_AT_LEAST
        and overhead <= OVERHEAD_AT_MOST
    )
    print(f"bench: {'reached' if reached else 'MISSED'}: {'; '.join(words)}")
    return 0 if reached else 1


def beside(runs, best):
    """Say what each peer costs where it is cheapest, and how many times ours."""
    words = []
    for peer in dict.fromkeys(run["target"] for run in runs):
        theirs = [run for run in runs if run["target"] == peer]
        if peer == best["target"]:
            continue
        cheapest = min(theirs, key=lambda run: run["cpu_s_per_call_minute"])
        cost = cheapest["cpu_s_per_call_minute"]
        times = cost / best["cpu_s_per_call_minute"]
        words.append(f"{peer} {cost:.2f} at {cheapest['n']} ({times:.1f}x)")
    return words


if __name__ == "__main__":
    sys.exit(main())
