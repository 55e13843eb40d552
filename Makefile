# Every habit of the project, by name. `make help` lists them.
# Each target sets up what it needs, so that it works in a fresh clone with Python 3.11+ and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Processes that run the tests: a number, `auto` for one a core, or 0 for none beside pytest itself.
JOBS ?= auto
# The size of the benchmark's tree.
FILES ?= 10000

.DEFAULT_GOAL := help
.PHONY: help demo test lint format generate bench bench-growth clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || \
	  { echo "ssot-migrate needs Python 3.11 or newer, and there is no $(PYTHON) here. Name one: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "ssot-migrate needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# A stamp for each set of dependencies; a change of pyproject.toml installs again. The environment
# itself is order-only: its interpreter is a link, older than any stamp or newer by accident.
$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "Setting up $(VENV) …"
	@$(PIP) install --editable '.[dev]'
	@touch $@

$(VENV)/.bench: pyproject.toml | $(VENV)/.dev
	@$(PIP) install --editable '.[dev,bench]'
	@touch $@

demo: $(VENV)/.dev ## show what would change in samples/; nothing is written
	@cd samples && { ../$(BIN)/ssot-migrate diff; code=$$?; test $$code -le 1 || exit $$code; }

test: $(VENV)/.dev ## run every test, with coverage
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadgroup --cov --cov-report=term

lint: $(VENV)/.dev ## check style, format and types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

format: $(VENV)/.dev ## let Ruff sort the imports and format
	@$(BIN)/ruff check --select I --fix
	@$(BIN)/ruff format

generate: $(VENV)/.dev ## write the schemas and the rules' pages again
	@$(BIN)/python -m docs.generate

bench: $(VENV)/.bench ## measure the products and the speed; FILES=1000 for a smaller tree
	@$(BIN)/python -m benchmarks.products
	@$(BIN)/python -m benchmarks.trials
	@$(BIN)/python -m benchmarks.tree --files $(FILES)
	@$(BIN)/python -m benchmarks.run
	@$(BIN)/python -m benchmarks.stages

bench-growth: $(VENV)/.bench ## measure and draw how a scan grows from 1,000 to 100,000 files
	@$(BIN)/python -m benchmarks.growth

clean: ## remove what tests, linters and builds left; keeps .venv and the benchmark's archives
	@rm -rf build dist htmlcov benchmarks/tree benchmarks/results .coverage .coverage.* *.egg-info \
	  .hypothesis .mypy_cache .pytest_cache .ruff_cache .ssot_migrate_cache samples/.ssot_migrate_cache
	@find . -path ./$(VENV) -prune -o -path ./.git -prune -o -type d -name __pycache__ -exec rm -rf {} +
