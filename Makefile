# SMTPDesk. "make run" starts it, "make test" runs every test; both install what they need first. "make help" lists all.

VENV   := .venv
PYTHON_IN_VENV := $(VENV)/bin/python
# Three workers suit two cores (tests wait for servers now and then); more where there are more. A file's tests stay
# together: they share servers. The files come in the order of tests/conftest.py: the long ones first, the window's last.
# (A worker that crashes is not replaced: pytest-xdist then waits for ever for what is left of its file.)
WORKERS ?= 3
ARGS   ?=
# The whole suite says how much of the program it reached (in full: build/coverage/index.html), and fails below the floor.
PYTEST   = $(PYTHON_IN_VENV) -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder --max-worker-restart 0
COVERAGE := --cov --cov-report=html:build/coverage --cov-fail-under=85

export MAKECMDGOALS
# Hundreds of short processes: each would compile the whole program again where this is set, as in many containers.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run demo test torture lint format bench screens i18n pin clean

help: ## List the targets
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## /\1\t/' | expand -t 12 | sed 's/^/  make /'

# A stamp is newer than the files it was made from: a second make has nothing to do.
INSTALLER := $(addprefix packaging/,make-venv.sh install-pinned.sh pip-pinned.sh check_pins.py installer.txt)
$(VENV)/.runtime: packaging/requirements.txt pyproject.toml $(INSTALLER)
	@packaging/make-venv.sh $(VENV) packaging/requirements.txt
	@touch $@

$(VENV)/.tests: packaging/requirements-dev.txt packaging/requirements.txt pyproject.toml $(INSTALLER)
	@packaging/make-venv.sh $(VENV) packaging/requirements-dev.txt
	@touch $@ $(VENV)/.runtime

run: $(VENV)/.runtime ## Start SMTPDesk: the window, or without a screen the demo in the terminal
	@packaging/run.sh $(VENV) $(ARGS)

demo: $(VENV)/.runtime ## Play the whole job on sample data in the terminal; no mail leaves this computer
	@$(VENV)/bin/smtpdesk demo --headless $(ARGS)

# Without the right to install the servers, the tests that need them are skipped, and say so.
test: $(VENV)/.tests ## Run every test (some more: make test ARGS="tests/store -x")
	@packaging/install-system.sh window
	@packaging/install-system.sh $(if $(CI),,--optional) tests
	@packaging/foreign-servers.sh
	@$(PYTEST) $(or $(ARGS),$(COVERAGE))

# Each round of the fuzz tests begins from another seed. A kill that failed is played again with the seed it printed.
KILLS  ?= 100
ROUNDS ?= 10
torture: $(VENV)/.tests ## Kill the worker a hundred times in each dialogue and on every server, and play the fuzz tests at length
	@packaging/install-system.sh tests
	@TESTS_KILLS=$(KILLS) TESTS_FOREIGN=1 TESTS_SEED=$${TESTS_SEED:-$$(date +%s)} $(PYTHON_IN_VENV) -m pytest -q -s -n0 -p no:pytest-qt tests/scenarios/test_torture.py tests/scenarios/test_kills.py tests/scenarios/test_chaos.py
	@for round in $$(seq $(ROUNDS)); do TESTS_MACHINE=300 $(PYTEST) --hypothesis-seed=$$(date +%N) -p no:pytest-qt $$(grep -rl '^from hypothesis' tests) || exit 1; done

lint: $(VENV)/.tests ## Check style, types and the floors
	@$(PYTHON_IN_VENV) -m ruff check --quiet .
	@$(PYTHON_IN_VENV) -m ruff format --quiet --check .
	@$(PYTHON_IN_VENV) -m mypy --no-error-summary -p smtpdesk -p tests.servers
	@$(VENV)/bin/lint-imports --no-logo

format: $(VENV)/.tests ## Put the code into the house's form
	@$(PYTHON_IN_VENV) -m ruff check --quiet --fix .
	@$(PYTHON_IN_VENV) -m ruff format --quiet .

bench: $(VENV)/.tests ## Measure speed, with every figure's own command
	@packaging/install-system.sh window tests
	@$(PYTHON_IN_VENV) -m tests.bench $(ARGS)

screens: $(VENV)/.tests ## Take pictures of every page, light and dark, into build/screens
	@packaging/install-system.sh window tests
	@mkdir -p build/screens
	@packaging/with-screen.sh $(PYTHON_IN_VENV) -m tests.desktop.screens build/screens $(ARGS)

i18n: $(VENV)/.tests ## Collect every sentence into resources/i18n/smtpdesk.pot, and compile the translations
	@$(PYTHON_IN_VENV) packaging/catalogue.py

pin: ## Pin the packages again after a change of pyproject.toml (newest: make pin ARGS=--upgrade)
	@packaging/pin.sh $(ARGS)

clean: ## Remove the environment and everything that was made
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.*
	@find smtpdesk tests packaging -name __pycache__ -type d -prune -exec rm -rf {} +
