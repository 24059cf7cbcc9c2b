# Every target that says what it does after `##` is listed by `make help`.
.DEFAULT_GOAL := help
.SILENT:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
# The first Python that is new enough and can make virtual environments. Looked for only when one has to be made.
PYTHONS := python3 python3.13 python3.12 python3.11 python3.14
FIND_PYTHON = for python in $(PYTHONS); do \
	"$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; done; \
	[ -n "$$python" ] || { echo "Rinnalla needs Python 3.11 or newer with its venv module (on Debian and Ubuntu: apt install python3-venv)." >&2; exit 1; }
INSTALL = $(BIN)/python -m pip install --no-compile --quiet --no-input --disable-pip-version-check
MADE := $(VENV)/.made
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development

# Each process has a Postgres and a server of its own; who has nothing left to do takes over from others. More than small
# machines have cores, since many tests wait; not many more, since a service that waits for its turn puts people off.
SIDE_BY_SIDE := --numprocesses 3 --dist worksteal
# Without bytecode on disk each of these processes, and each that they start, would compile everything anew.
PYTHON = exec env PYTHONDONTWRITEBYTECODE= $(BIN)/python
PYTEST = $(PYTHON) -m pytest $(SIDE_BY_SIDE)

.PHONY: help
help: ## List what can be made
	grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk 'BEGIN {FS = ":.*## "} {printf "  make %-9s %s\n", $$1, $$2}'

.PHONY: run
run: $(RUNTIME) ## Set everything up and serve on http://127.0.0.1:8000
	exec $(BIN)/rinnalla serve

.PHONY: demo
demo: $(RUNTIME) ## Play a whole story against `make run`, or replay real lines: make demo TEXT=FILE
	exec $(BIN)/rinnalla demo

.PHONY: cli
cli: $(RUNTIME) ## Run any command: make cli ARGS="create-staff --help"
	exec $(BIN)/rinnalla $(ARGS)

.PHONY: test
test: $(DEVELOPMENT) ## Run the tests, or some: make test ARGS="tests/chat -k order"
	$(PYTEST) $(ARGS)

.PHONY: check
check: $(DEVELOPMENT) ## Everything a change must pass
	echo "Rules"
	$(BIN)/ruff check --quiet .
	echo "Format"
	$(BIN)/ruff format --quiet --check .
	echo "Types"
	$(BIN)/mypy --no-error-summary
	echo "Imports"
	$(BIN)/lint-imports >$(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }
	echo "Contract"
	$(BIN)/rinnalla openapi --check
	echo "Migrations"
	$(BIN)/rinnalla check-migrations
	echo "Tests"
	$(PYTEST) --cov --cov-report=term --cov-fail-under=95 $(ARGS)

.PHONY: bench
bench: $(DEVELOPMENT) ## Measure this machine, or one part: ONLY=messages|steady|listener|idle|polling|outage|rolling|overload|acks|slow|matching JSON=FILE
	$(PYTHON) -m tests.bench

.PHONY: faults
faults: $(DEVELOPMENT) ## Break everything while people talk, and count what is lost: SET=short SEED=n JSON=FILE GO_ON=1
	$(PYTHON) -m tests.faults

.PHONY: openapi
openapi: $(RUNTIME) ## Write the contract to openapi/
	$(BIN)/rinnalla openapi

.PHONY: format
format: $(DEVELOPMENT) ## Format the code and mend what can be mended by itself
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .

.PHONY: lock
lock: $(DEVELOPMENT) ## Lock the newest versions that pyproject.toml allows
	$(LOCK) --upgrade -o requirements.lock
	$(LOCK) --upgrade --group dev -c requirements.lock -o requirements-dev.lock

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-header --no-annotate --group build pyproject.toml

.PHONY: clean
clean: ## Remove what was built and installed (never your data)
	rm -rf $(VENV) build dist .coverage* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache src/*.egg-info
	find src tests migrations -name __pycache__ -prune -exec rm -rf {} +

$(MADE):
	$(FIND_PYTHON); echo "Making a virtual environment with $$($$python --version)" >&2; \
	"$$python" -m venv --clear $(VENV) && touch $@

$(RUNTIME): requirements.lock pyproject.toml $(MADE)
	echo "Installing what the service stands on" >&2
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	touch $@

$(DEVELOPMENT): requirements-dev.lock $(RUNTIME)
	echo "Installing what the tests stand on" >&2
	$(INSTALL) --require-hashes -r requirements-dev.lock
	touch $@
