# `make demo` and `make test` set everything up by themselves; `make setup` does only that and is instant when done.
.PHONY: setup demo test coverage lint examples gallery vendors selfcheck torture licences house schemas vectors pictures options bench beside bounds site lock clean
.DEFAULT_GOAL := demo

# The oldest supported Python is 3.11. PYTHON=… chooses another one, VENV=… another folder.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
# Packages come by uv where it is installed, else by pip: the same lock, the same hashes.
UV ?= $(shell command -v uv)
BIN = $(VENV)/bin
comma := ,

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "hookproof needs Python 3.11 or newer: install it, or type make PYTHON=/path/to/python"; exit 1; }
	@echo "setting up $(VENV) with $(PYTHON)$(if $(UV), and uv,: about a minute; with uv it takes seconds)"
ifneq ($(UV),)
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
else
	@$(PYTHON) -m venv $(VENV)
	@{ $(BIN)/python -m pip install --progress-bar off --disable-pip-version-check --require-hashes -r requirements.lock 2>&1 || echo FAILED; } \
	  | awk '/^Collecting/ {printf "."; fflush()} /^ERROR/ {print} /^FAILED/ {bad = 1} END {print ""; exit bad}'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
endif
	@touch $@

demo: setup
	@$(BIN)/python -m pytest --target demo --provider whatsable --examples 5

test: setup
	@$(BIN)/python -m pytest tests -n 4 --dist loadfile

# The lines of src/ that tests reach without starting a process.
coverage: setup
	@rm -f .coverage .coverage.*
	@$(BIN)/coverage run -m pytest tests -q --ignore=tests/browser --ignore=tests/whole --ignore=tests/house --ignore=tests/load/locust
	@$(BIN)/coverage combine -q && $(BIN)/coverage report

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

examples: setup
	@$(BIN)/python examples/run.py

gallery: setup
	@$(BIN)/python -m gallery.run

vendors: setup
	@$(BIN)/python -m gallery.vendors.run

selfcheck: setup
	@$(BIN)/hookproof selfcheck --write docs/selfcheck.md

torture: setup
	@$(BIN)/python -m tests.torture --write docs/torture.json

licences: setup
	@$(BIN)/python docs/licences.py

# Needs Chromium, as the pages' tests do.
pictures: setup
	@$(BIN)/python -m docs.pictures

schemas: setup
	@$(BIN)/python docs/schemas.py

options: setup
	@$(BIN)/python docs/options.py

vectors: setup
	@$(BIN)/python docs/vectors.py

house: setup
	@$(BIN)/python docs/house.py

bench: setup
	@$(BIN)/python benchmarks/load.py

# The pages as a site, every link checked; needs uv, or mkdocs-material in the environment.
site: setup
	@$(if $(UV),$(UV) run --quiet --no-project --python $(BIN)/python --with "mkdocs-material>=9.6$(comma)<10",$(BIN)/python) docs/site.py

# The lowest and the newest versions of everything that pyproject.toml allows; needs uv.
bounds:
	@.ci/bounds

# What our plugin, and those of what we depend on, cost a project that has nothing to do with hookproof.
beside: setup
	@$(BIN)/python benchmarks/beside.py

# Needs uv; names no host, so it works wherever packages come from.
lock:
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-header --no-annotate --upgrade -o requirements.lock

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
