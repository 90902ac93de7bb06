# Everything runs on Debian 12 with python3, git and make; tools/prepare.py brings the rest.

PYTHON ?= python3
BIN := .venv/bin
LOCK := uv pip compile - --generate-hashes --no-emit-index-url --no-emit-find-links \
	--python-version 3.11 --python-platform linux --custom-compile-command "make lock" --quiet

.PHONY: help serve test lint bench bench-large lock translations clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 16

serve:  ## install what is missing and serve the product with demo content on http://localhost:8000 (ARGS="--port 9000")
	@$(PYTHON) tools/prepare.py serve
	@exec $(BIN)/lodestone serve $(ARGS)

test:  ## install what tests need and run every check: lint, types, contracts, tests on SQLite and on PostgreSQL
	@$(PYTHON) tools/prepare.py test
	@$(BIN)/python tools/check.py

lint:  ## style, types and import contracts only
	@$(PYTHON) tools/prepare.py test
	@$(BIN)/python tools/check.py --lint

bench:  ## measure the product beside its yardsticks
	@$(PYTHON) tools/prepare.py bench
	@$(BIN)/python -m tests.benchmarks

bench-large:  ## the same at the sizes of the goals, up to 1,000,000 leads: two hours
	@$(PYTHON) tools/prepare.py bench
	@LODESTONE_BENCH_LEADS=1000000 LODESTONE_BENCH_MQLS=1000000 $(BIN)/python -m tests.benchmarks

lock:  ## pin the newest allowed versions of all dependencies, with hashes
	@echo "setuptools>=80" | $(BIN)/$(LOCK) pyproject.toml --upgrade --output-file requirements.lock
	@echo "setuptools>=80" | $(BIN)/$(LOCK) pyproject.toml --group test --constraint requirements.lock --upgrade --output-file requirements-test.lock
	@printf 'moto[s3]>=5.1\nflask\nflask-cors\n' | $(BIN)/$(LOCK) --upgrade --output-file requirements-s3.lock

translations:  ## bring the catalogues in capture/translations up to date with what the product says (ARGS="fr" begins one)
	@$(PYTHON) tools/prepare.py serve
	@$(BIN)/python -m tools.translations $(ARGS)

clean:  ## remove what was made here, but no data
	rm -rf .venv .test-tools .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
