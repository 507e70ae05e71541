# The developer's door. "make help" lists the targets.
.DEFAULT_GOAL := help
PY := .venv/bin/python
BIN := .venv/bin

.PHONY: help
help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

.PHONY: lock
lock:  ## compile the hash-locked requirements
	$(BIN)/uv pip compile -q --no-header --no-annotate --python-version 3.11 --generate-hashes requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --no-header --no-annotate --python-version 3.11 --generate-hashes -c requirements.txt requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile -q --no-header --no-annotate --python-version 3.11 --generate-hashes --no-deps requirements-models.in -o requirements-models.txt
	$(BIN)/uv pip compile -q --no-header --no-annotate --python-version 3.11 --generate-hashes --no-deps requirements-models-dev.in -o requirements-models-dev.txt

.PHONY: lint
lint:  ## check format and lint
	$(BIN)/ruff format --check . && $(BIN)/ruff check .

.PHONY: fix
fix:  ## format and mend lint
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

.PHONY: types
types:  ## check types
	$(BIN)/mypy rymi_site intelligence telephony agents billing webhooks accounts voice providers common

.PHONY: floors
floors:  ## check the floor plan
	$(BIN)/lint-imports
