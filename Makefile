# aright: two commands for newcomers, the rest for those who stay.
#   make run     sets everything up, starts the server and plays a drill through its public doors
#   make test    sets everything up and passes the tests

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
MLFLOW ?= .mlflow
BIN := $(VENV)/bin
DRILL ?= recommender-silent
PORT ?= 8321
CATALOG ?=
FAULT ?=
SEED ?=
DATA ?= ../shared/data
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-input -q

.DEFAULT_GOAL := help
.PHONY: help run serve setup test coverage check lint types contracts format lock browser docs wheel clean mlflow

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.ready $(if $(filter fraud-release,$(DRILL)),$(MLFLOW)/.ready) ## Set up, start the server, play a drill (DRILL=, FAULT=, SEED=, PORT=); Ctrl-C stops all
	@exec $(BIN)/aright drill run $(DRILL) --port $(PORT) $(if $(FAULT),--fault $(FAULT)) $(if $(SEED),--seed $(SEED)) $(ARGS)

serve: $(VENV)/.ready ## Set up and start the server alone (PORT=, CATALOG=aright.yaml, ARGS=)
	@exec $(BIN)/aright serve --port $(PORT) $(if $(CATALOG),--catalog $(CATALOG)) $(ARGS)

setup: $(VENV)/.ready-dev ## Prepare .venv for tests, benchmarks and development

test: $(VENV)/.ready-dev $(MLFLOW)/.ready ## Set up and pass every test, on all cores (ARGS="-n0 -k NAME": one by one)
	$(BIN)/python -m pytest -m "not browser" -n logical --maxprocesses 8 --dist worksteal $(ARGS)

coverage: override ARGS += --cov
coverage: test ## The same tests, which must reach 95 % of the core's lines and branches

mlflow: $(MLFLOW)/.ready ## Prepare .mlflow, a real MLflow server for the tests and for the drill fraud-release

browser: $(VENV)/.ready-dev ## Drive the pages in headless Chromium (apt-get install chromium)
	$(BIN)/python -m pytest -m browser tests/browser $(ARGS)

check: lint types contracts coverage ## All that CI looks at but the wheel and the browser

lint: $(VENV)/.ready-dev ## ruff: rules and format
	$(BIN)/ruff check src tests bench docs
	$(BIN)/ruff format --check src tests bench docs

types: $(VENV)/.ready-dev ## mypy, strict
	$(BIN)/mypy

contracts: $(VENV)/.ready-dev ## import-linter: the layers of docs/architecture.md
	$(BIN)/lint-imports

format: $(VENV)/.ready-dev ## Let ruff format and mend what it can
	$(BIN)/ruff format -q src tests bench docs
	$(BIN)/ruff check --fix -q src tests bench docs

docs: $(VENV)/.ready-dev ## Write docs/reference anew from the code
	$(BIN)/python -m docs.generate

wheel: $(VENV)/.ready-dev ## Build the wheel into dist/
	$(BIN)/python -m build --wheel --no-isolation -o dist .

lock: $(VENV)/.ready-dev ## Resolve the exact locks anew from pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
		pyproject.toml --extra drill --group setup -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
		pyproject.toml --extra drill --group dev -c requirements.lock -o requirements-dev.lock
	echo 'mlflow==3.17.2' | $(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header \
		--no-annotate - -o requirements-mlflow.lock

clean: ## Remove what was built, the environment too
	rm -rf $(VENV) $(MLFLOW) dist build .bench .aright .mypy_cache .ruff_cache .hypothesis .coverage

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "aright needs Python 3.11 or newer: install it, or say make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "making $(VENV) with $(PYTHON)" >&2
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null && $(PYTHON) -m venv $(VENV) || { \
		rm -rf $(VENV); echo "the venv module is missing: trying uv, then virtualenv" >&2; \
		uv venv -q --seed --python $(PYTHON) $(VENV) 2>/dev/null || $(PYTHON) -m virtualenv -q $(VENV) 2>/dev/null || { \
		echo "no venv, uv or virtualenv here: install one (Debian: apt-get install python3-venv)" >&2; exit 1; }; }

$(VENV)/.ready: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "installing what aright needs from requirements.lock" >&2
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	@echo "installing what its tests and checks need from requirements-dev.lock" >&2
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# MLflow wants an older pyarrow than aright: it has an environment of its own, and no more than its server is used.
$(MLFLOW)/.ready: requirements-mlflow.lock | $(VENV)/.ready
	@echo "making $(MLFLOW), with MLflow's server from requirements-mlflow.lock" >&2
	@rm -rf $(MLFLOW)
	@$(BIN)/python -m venv $(MLFLOW) 2>/dev/null || { rm -rf $(MLFLOW); \
		uv venv -q --seed --python $(BIN)/python $(MLFLOW) 2>/dev/null || $(BIN)/python -m virtualenv -q $(MLFLOW); }
	@$(MLFLOW)/bin/python -m pip install --disable-pip-version-check --no-input -q --require-hashes -r requirements-mlflow.lock
	@touch $@
