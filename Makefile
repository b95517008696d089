# `make demo` and `make test` set everything up by themselves; `make setup` does only that and is instant when done.
.PHONY: setup demo test lint examples gallery selfcheck torture licences bench lock clean
.DEFAULT_GOAL := demo

# The oldest supported Python is 3.11. PYTHON=… chooses another one, VENV=… another folder.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN = $(VENV)/bin

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "hookproof needs Python 3.11 or newer: install it, or type make PYTHON=/path/to/python"; exit 1; }
	@echo "setting up $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup
	@$(BIN)/python -m pytest --target demo --provider whatsable --examples 5

test: setup
	@$(BIN)/python -m pytest tests -n 4 --dist loadfile

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

examples: setup
	@$(BIN)/python examples/run.py

gallery: setup
	@$(BIN)/python -m gallery.run

selfcheck: setup
	@$(BIN)/hookproof selfcheck --write docs/selfcheck.md

torture: setup
	@$(BIN)/python -m tests.torture --write docs/torture.json

licences: setup
	@$(BIN)/python docs/licences.py

bench: setup
	@$(BIN)/python benchmarks/load.py

# Needs uv; names no host, so it works wherever packages come from.
lock:
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-header --no-annotate --upgrade -o requirements.lock

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
