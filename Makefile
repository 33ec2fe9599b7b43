# Every target sets itself up in .venv: Python 3.11 or newer and make are all it takes.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
	command -v $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
RUN := $(VENV)/run.stamp
DEV := $(VENV)/dev.stamp

.PHONY: help run test check format prove bench clean

help:  ## List the targets.
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

run: $(RUN)  ## Run the packaged brief; ARGS="my-brief.md --seed 7" runs yours.
	@$(BIN)/remit run $(ARGS)

test: $(DEV)  ## Run the tests, those that take minutes left out.
	$(BIN)/python -m pytest -q -n 2 --dist worksteal $(ARGS)

check: $(DEV)  ## Lint, formatting and types; changes nothing.
	@failed=; for tool in "ruff check" "ruff format --check" mypy \
		"pyright --pythonpath $(BIN)/python"; do \
		echo "== $$tool"; $(BIN)/$$tool || failed=yes; done; test -z "$$failed"

format: $(DEV)  ## Sort the imports and format.
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

prove: $(DEV)  ## Kill tests, and every property with many more examples; prints the figures.
	@$(PIP) install -c constraints.txt stormpy || \
		echo "The model checker Storm cannot be installed here: its comparisons are skipped."
	$(BIN)/python -m pytest -rP -m "prove or hypothesis" --hypothesis-profile=prove \
		--timeout=3600 $(ARGS)

bench: $(DEV)  ## Print the speed figures, each a ratio measured in one run.
	@set -e; for script in benchmarks/[!_]*.py; do \
		echo "== $$script"; $(BIN)/python "$$script"; done

clean:  ## Remove the environment and what the tools left.
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

# A Python without ensurepip (some distributions cut it out) brings pip in from outside.
$(RUN): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: make PYTHON=..." >&2; exit 1; }
	@echo "Setting up $(VENV) with $(PYTHON); this happens once."
	@$(PYTHON) -m venv $(VENV) || { $(PYTHON) -m venv --without-pip $(VENV) && \
		$(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	@$(PIP) install -c constraints.txt "setuptools>=77"
	@$(PIP) install -c constraints.txt --no-build-isolation --editable .
	@touch $@

$(DEV): $(RUN)
	@echo "Adding what the tests and checks need to $(VENV)."
	@$(PIP) install -c constraints.txt --no-build-isolation --editable '.[dev]'
	@touch $@
