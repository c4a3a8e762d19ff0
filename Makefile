# What people do here, one target each. Everything is set up in .venv; nothing else is touched.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
export PATH := $(CURDIR)/$(BIN):$(PATH)

# One worker per available core, unless PYTEST_XDIST_AUTO_NUM_WORKERS says otherwise, and at most eight: each may run a
# local AWS, with Node.js beside it.
WORKERS := -n auto --maxprocesses 8 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format types unit synth local coverage bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with all that development needs (the other targets call it)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 10) or sys.exit("Python 3.10 or newer is needed, this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	@echo "==> Making .venv (Python packages, Node.js and the AWS CDK command line; about two minutes, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-warn-script-location -c constraints.txt -e '.[dev]'
	@$(BIN)/python -m constructs_lib.local.cdk_cli --install
	@touch $@

demo: $(READY) ## Deploy the reference app to a local AWS, send events, show what arrives (KEEP=1 leaves it running, EXAMPLE=name takes an example)
	@$(BIN)/saasus-events demo $(EXAMPLE) $(if $(KEEP),--keep)

test: lint types coverage ## Lint, check types, run all tests (this is what CI runs)

lint: $(READY) ## Check style, format, the import graph and the workflows
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	@$(BIN)/zizmor --offline --quiet .

format: $(READY) ## Mend style and format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(READY) ## Check types
	@$(BIN)/mypy

unit: $(READY) ## Run the tests that need neither the CDK nor a local AWS
	@$(BIN)/pytest $(WORKERS) tests/unit tests/typing

synth: $(READY) ## Run the tests on synthesized templates
	@$(BIN)/pytest $(WORKERS) tests/synth

local: $(READY) ## Run the tests on the local AWS
	@$(BIN)/pytest $(WORKERS) tests/local

coverage: $(READY)
	@$(BIN)/pytest $(WORKERS) tests/unit tests/typing --cov --cov-report= --cov-fail-under=0
	@$(BIN)/pytest $(WORKERS) tests/synth tests/local tests/package --cov --cov-append --cov-report=term:skip-covered

bench: $(READY) ## Compare with plain aws-cdk-lib, other matchers, and plain json
	@$(BIN)/python -m benchmarks.synth
	@$(BIN)/python -m benchmarks.matcher
	@$(BIN)/python -m benchmarks.handler
	@$(BIN)/python -m benchmarks.decoder

clean: ## Remove .venv and what tests and builds left
	rm -rf .venv cdk.out dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
