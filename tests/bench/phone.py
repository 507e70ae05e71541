"""``make bench-phone``: whole phone calls against us, from the webhook to the charge.

    tests/bench/phone.py [--n 10,50] [options of density/run.py]

Each call is announced by a signed webhook as Twilio's, opens the stream that our answer
asks for, talks, and is ended by Twilio's callbacks. The last line has the figures; the
exit code is 1 where no call got through or one was refused.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PORT = 8012
NUMBER = "+15550100200"
TOKEN = "bench"
PUBLIC = "https://bench.example"
ANSWER_AT_MOST = 500  # ms, p99, webhook and handshake
DEFAULTS = {"--n": "10,50", "--window": "20", "--ready-timeout": "180"}


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
            "--json", results, *defaults, *given,
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
    """Print one line of figures; return 1 where calls did not get through."""
    runs = [run for run in measured["results"] if "cpu_s_per_call_minute" in run]
    if not runs:
        print("bench-phone: no run finished; see the table above")
        return 1
    best = max(runs, key=lambda run: run["n"])
    setup, overhead = best["setup_ms"], best["overhead_ms"]
    refused = best.get("refused", 0)
    reached = not refused and setup[2] <= ANSWER_AT_MOST
    print(
        f"bench-phone: {'reached' if reached else 'MISSED'}: {best['n']} calls from"
        f" webhook to charge, {refused} refused; answer and stream"
        f" {setup[0]:.0f}/{setup[1]:.0f}/{setup[2]:.0f} ms (p50/p95/p99); overhead"
        f" p95 {overhead[1]:.0f} ms; {best['cpu_s_per_call_minute']:.2f}"
        f" CPU-s/call-min; verdict: {best['verdict'] or 'ok'}"
    )
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
