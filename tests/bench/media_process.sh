#!/usr/bin/env bash
# The measured process: the product's media process with recording, wallet and database
# on, and the socket that needs no token. DATABASE_URL, or SQLite in a folder of its own.
set -eu
cd "$(dirname "$0")/../.."
port=${1:-8011}
RYMI_VAR_DIR=$(mktemp -d /tmp/rymi-bench.XXXXXX)
export RYMI_VAR_DIR RYMI_BENCH=1 LOG_LEVEL=${LOG_LEVEL:-ERROR}
.venv/bin/python -W ignore manage.py migrate -v0
.venv/bin/python -W ignore manage.py bench_seed ${BENCH_SEED:-}
exec ${PROFILER:-} .venv/bin/python -W ignore -m uvicorn rymi_site.asgi:media \
  --host 127.0.0.1 --port "$port" --loop uvloop --http httptools \
  --ws rymi_site.sockets:Protocol --ws-max-size 131072 --ws-per-message-deflate false \
  --log-level error --no-access-log
