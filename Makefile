PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Tests start the command hundreds of times: it is compiled once, also where the environment says otherwise.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test slow bench format clean

demo: $(VENV)/.core  ## environment, install, and the main job on the pictures that Headway carries
	$(BIN)/headway demo

test: $(VENV)/.dev $(VENV)/.browser  ## all checks and tests, these in two processes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	tests/browser/node_modules/.bin/tsc --project tests/browser
# Passive: threads of one process that wait in a loop would take the cores from the other.
	OMP_WAIT_POLICY=passive $(BIN)/pytest --numprocesses 2 --dist worksteal --cov --cov-report=term --cov-fail-under=92

slow: $(VENV)/.dev $(VENV)/.browser  ## the tests that take minutes, in two processes
	OMP_WAIT_POLICY=passive $(BIN)/pytest -m slow --numprocesses 2 --dist worksteal

bench: $(VENV)/.dev  ## every benchmark; needs data sets, see benchmarks/README.md
	@for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

$(VENV)/.browser: tests/browser/package-lock.json | $(VENV)/.dev  ## Chromium, and what checks the script of reports
	$(BIN)/python -m tests.browser.tools
	touch $@

clean:
	rm -rf $(VENV) build dist tests/browser/node_modules
