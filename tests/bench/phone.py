"""``make bench-phone``: whole phone calls against us, from the webhook to the charge, beside
pipecat, livekit and the floor, which are given the bare stream.

    tests/bench/phone.py [--n 10,50,150] [--vs floor] [options of density/run.py]

Each call of ours is announced by a signed webhook as Twilio's, opens the stream that our
answer asks for, talks, and is ended by Twilio's callbacks; recording, database and wallet
are real. The last line has the figures; the exit code is 1 where a target is missed.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from density import beside

HERE = Path(__file__).parent
PORT = 8012
NUMBER = "+15550100200"
TOKEN = "bench"
PUBLIC = "https://bench.example"
ANSWER_AT_MOST = 500  # ms, p99, webhook and handshake
CALLS_AT_LEAST = 150
CPU_AT_MOST = 0.36  # CPU-s per call-minute
OVERHEAD_AT_MOST = 150  # ms, p95
BARGE_IN_AT_MOST = 260  # ms to clear, p95
MEMORY_AT_MOST = 1.0  # MB a call
DEFAULTS = {
    "--n": "10,50,150",
    "--vs": "pipecat,livekit,floor",
    "--window": "20",
    "--ready-timeout": "180",
}


def main():
    given = sys.argv[1:]
    defaults = [
        word for name, value in DEFAULTS.items() if name not in given
        for word in (name, value)
    ]  # fmt: skip
    results = Path(tempfile.mkdtemp(prefix="rymi-bench-"), "results.json")
    here = f"127.0.0.1:{PORT}"
    subprocess.run(
        [
            sys.executable, HERE / "density" / "run.py",
            "--target", f"rymi=cmd:{HERE / 'media_process.sh'} {PORT}",
            "--url", f"ws://{here}", "--inbound", f"http://{here}/inbound/twilio",
            "--auth-token", TOKEN, "--public-base", PUBLIC, "--to-number", NUMBER,
            "--status-callback", f"http://{here}/inbound/twilio/status",
            "--overhead-limit", str(OVERHEAD_AT_MOST), "--json", results, *defaults, *given,
        ],
        check=True,
        env={
            **os.environ,
            "PYTHONWARNINGS": "ignore",
            "PUBLIC_BASE_URL": PUBLIC,
            "RYMI_PRODUCTION": "0",
            "RYMI_BEHIND_PROXY": "1",
            "BENCH_SEED": f"--number {NUMBER} --auth-token {TOKEN}",
        },
    )  # fmt: skip
    return report(json.loads(results.read_text()))


def report(measured):
    """Print one line of figures; return 1 where a target is missed."""
    runs = [run for run in measured["results"] if "cpu_s_per_call_minute" in run]
    ours = [run for run in runs if run["target"] == "rymi"]
    if not ours:
        print("bench-phone: no run of ours finished; see the table above")
        return 1
    best = max(ours, key=lambda run: (not run["verdict"], run["n"]))
    missed = misses(best)
    setup, overhead, barge_in = (
        best[name] for name in ("setup_ms", "overhead_ms", "barge_in_ms")
    )
    words = [
        f"{best['n']} calls on a core from webhook to charge, {best.get('refused', 0)} refused,"
        f" {best['gaps']} gaps",
        f"{best['cpu_s_per_call_minute']:.2f} CPU-s/call-min",
        f"overhead p95 {overhead[1]:.0f} ms",
        f"barge-in to clear p95 {barge_in[1]:.0f} ms",
        f"{best['rss_per_call_mb']:.2f} MB a call",
        f"answer and stream {setup[0]:.0f}/{setup[1]:.0f}/{setup[2]:.0f} ms"
        " (p50/p95/p99)",
        *beside(runs, best),
    ]
    verdict = f"MISSED {', '.join(missed)}" if missed else "reached"
    print(f"bench-phone: {verdict}: {'; '.join(words)}")
    return 1 if missed else 0


def misses(best):
    """Return which targets a run misses."""
    reached = {
        "calls": best["n"] >= CALLS_AT_LEAST and not best.get("refused"),
        "verdict": not best["verdict"],
        "CPU": best["cpu_s_per_call_minute"] <= CPU_AT_MOST,
        "overhead": best["overhead_ms"][1] <= OVERHEAD_AT_MOST,
        "gaps": not best["gaps"],
        "barge-in": best["barge_in_ms"][1] <= BARGE_IN_AT_MOST,
        "memory": best["rss_per_call_mb"] <= MEMORY_AT_MOST,
        "answer": best["setup_ms"][2] <= ANSWER_AT_MOST,
    }
    return [name for name, is_reached in reached.items() if not is_reached]


if __name__ == "__main__":
    sys.exit(main())
