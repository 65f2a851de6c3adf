# `make serve` and `make test` are all that a fresh clone needs: python3 (3.11 or later) with venv, and make.
# A stamp in the virtual environment tells what is installed, so that a second run starts at once.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
PACKAGES := $(wildcard src tests tools bench)

# TAYORI_DEV_ARGS, TAYORI_TEST_ARGS and TAYORI_BENCH_ARGS are passed on: make test TAYORI_TEST_ARGS='tests/smtp -x'

.PHONY: serve test coverage check format bench shape docs wheel lock clean

serve: $(VENV)/.serve
	@exec $(BIN)/tayori dev $(TAYORI_DEV_ARGS)

test: $(VENV)/.develop
	@$(BIN)/python -m pytest --quiet -n 2 --dist worksteal $(TAYORI_TEST_ARGS)

coverage: $(VENV)/.develop
	@$(BIN)/python -m pytest --quiet -n 2 --cov --cov-report=term-missing $(TAYORI_TEST_ARGS)

check: $(VENV)/.develop
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict $(PACKAGES)
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.develop
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.develop
	@exec $(BIN)/python -m bench $(TAYORI_BENCH_ARGS)

shape: $(VENV)/.develop
	@$(BIN)/python tools/shape.py

docs: $(VENV)/.develop
	$(BIN)/python tools/rfcs.py

wheel: $(VENV)/.serve
	$(BIN)/python -m hatchling build -t wheel

$(BIN)/python:
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo 'Debian: apt-get install python3-venv' >&2; exit 1; }

$(VENV)/.serve: requirements.lock pyproject.toml | $(BIN)/python
	@echo 'installing what serving needs into $(VENV) …'
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-index --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.develop: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo 'installing what tests and checks need into $(VENV) …'
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-index --no-deps --no-build-isolation -e .
	@touch $(VENV)/.serve $@

# The locks hold no address of an index: pip asks the one that the machine is set up with.
COMPILE = $(VENV)/lock/bin/pip-compile --quiet --generate-hashes --no-strip-extras --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
	--build-deps-for wheel $(LOCK_ARGS) pyproject.toml

lock: | $(BIN)/python
	$(BIN)/python -m venv $(VENV)/lock
	$(VENV)/lock/bin/pip --quiet --disable-pip-version-check install pip-tools
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --extra test --extra check --extra documents --constraint requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
