# Everything a developer runs. `make` alone lists the targets; ARGS="…" goes on to the command.

UV_VERSION := 0.13.9
# The newest Python that is here; uv never fetches one.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && command -v $$p && break; done)
BIN := .venv/bin
STAMP := .venv/.set-up
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help setup up test check fmt bench chaos day docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## install everything into .venv (needs Python 3.11+ alone)

$(STAMP): requirements.lock pyproject.toml | $(UV)
	@test -x $(BIN)/python || $(UV) venv --quiet --python "$(PYTHON)" .venv
	$(UV) pip sync --quiet --python $(BIN)/python requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

.uv/bin/uv:
	@test -n "$(PYTHON)" || { echo "make needs Python 3.11 or newer: none of python3, python3.13, \
	python3.12, python3.11 is. Install one, or: make PYTHON=/path/to/python3"; exit 1; }
	@"$(PYTHON)" -m venv .uv || { rm -rf .uv; echo "$(PYTHON) cannot make a virtual environment: \
	install its venv module (Debian, Ubuntu: apt install python3-venv), or install uv"; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

up: setup ## run the whole stack on this machine (ARGS="--data DIR …")
	@$(BIN)/hongyan up $(ARGS)

# Two files at a time, whatever the machine: each worker has a broker, a database and a Kafka of its
# own, and a file's tests share them. The campaigns start whole stacks and measure patience: alone.
test: setup ## all tests, the slow ones and those on real Kafka too (ARGS="-m 'not slow'")
ifeq ($(strip $(ARGS)),)
	$(BIN)/pytest -n 2 --dist loadfile --ignore tests/faults
	$(BIN)/pytest tests/faults
else
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)
endif

check: setup ## formatting, lint, types, import contracts, published formats and docs fresh
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/hongyan schemas check
	$(BIN)/pytest --quiet tests/architecture

fmt: setup ## format, and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

BENCHES ?= startup stream latency sim
bench: setup ## start time, memory, throughput (BENCHES="keyed failing calls echoing delays …")
	@for bench in $(BENCHES); do \
		test ! -f bench/$$bench.py || $(BIN)/python -P -m bench.$$bench $(ARGS) || exit 1; \
	done

# SEED=N runs one campaign of MESSAGES messages; without it, all that there is: hours.
# LAYOUT_SEED=N gives that one a phone with a layout nobody has seen, calibrated first.
MESSAGES ?= 1000
chaos: setup ## attack it: SEED=N [MESSAGES=1000] random faults and kills; alone, every campaign
ifdef SEED
	$(BIN)/python -P -m tests.faults.chaos --seed $(SEED) --messages $(MESSAGES) $(if $(LAYOUT_SEED),--layout-seed $(LAYOUT_SEED)) $(ARGS)
else
	$(BIN)/python -P -m tests.faults.phone.sixty
	$(BIN)/python -P -m tests.faults.chaos --messages $(MESSAGES)
	$(BIN)/python -P -m tests.faults.campaign --seeds 20 $(ARGS)
	$(BIN)/python -P -m tests.faults.campaign --failpoints
	$(BIN)/python -P -m tests.faults.campaign --new-mac --seed 50 --seeds 5
endif

day: setup ## a simulated day at pace human, told on one page (ARGS="--report day.md")
	$(BIN)/python -P -m tests.faults.phone.day $(ARGS)

docs: setup ## write what is generated: formats, fault knobs, metrics, pictures of the phone
	$(BIN)/hongyan schemas export
	$(BIN)/python -m docs.knobs
	$(BIN)/python -m docs.metrics
	$(BIN)/python -m docs.pictures.draw

clean: ## remove what was built and cached here; data/ stays
	rm -rf .venv .uv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
