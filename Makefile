# Everything a newcomer runs. `make` alone lists it.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPILE := $(BIN)/python -m compileall -q dataviz_pipelines api migrations
BENCH ?= ingestion

.DEFAULT_GOAL := help
.PHONY: help up demo test check bench docs lock clean

help: ## List what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | awk -F'|' '{printf "  make %-6s %s\n", $$1, $$2}'

up: .venv/.main ## Start the platform and stay up until Ctrl-C
	$(BIN)/dataviz up

demo: .venv/.main ## The same with sample files dropped, loaded and shown
	$(BIN)/dataviz up --demo

test: .venv/.dev ## Run all tests, on servers that they start themselves
	$(BIN)/python -m pytest -n 2 --dist loadgroup -q

check: .venv/.dev ## Format, lint, types and import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.dev ## Measure speed and memory; BENCH=ingestion
	$(BIN)/python -m benchmarks.$(BENCH)

docs: .venv/.dev ## Write the generated pages of docs/ anew
	$(BIN)/python -m docs.generate

lock: .venv/.dev ## Resolve the dependencies anew into requirements/
	$(BIN)/uv pip compile $(LOCK) pyproject.toml --group dev -o requirements/dev.txt
	$(BIN)/uv pip compile $(LOCK) pyproject.toml --group build --group demo -c requirements/dev.txt -o requirements/main.txt

LOCK := --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-strip-extras --python-version 3.11

clean: ## Remove the virtual environment and all caches; never touches .dataviz
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.main: requirements/main.txt pyproject.toml | .venv/bin/python
	$(INSTALL) --no-deps --require-hashes -r requirements/main.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	$(COMPILE)
	touch $@

.venv/.dev: requirements/dev.txt pyproject.toml | .venv/bin/python
	$(INSTALL) --no-deps --require-hashes -r requirements/dev.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	$(COMPILE)
	touch $@ .venv/.main
