# Everything a person does with this repository. `make` alone lists it.
# Needs only Python 3.11 or newer, make and git.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
PACKAGES := scraper archive
CODE := $(PACKAGES) sample tests bench docs

.DEFAULT_GOAL := help

.PHONY: help
help:  ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: $(INSTALLED)  ## Create .venv and install Morgue into it

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/installed-dev: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

.PHONY: demo
demo: $(INSTALLED)  ## Crawl the bundled sample newspaper and show what was filed
	$(BIN)/python -m sample.demo

.PHONY: test
test: $(VENV)/installed-dev  ## Run every test
	$(BIN)/python -m pytest

.PHONY: check
check: lint types smoke  ## Everything but the tests: lint, types, a start without the developers' tools

.PHONY: lint
lint: $(VENV)/installed-dev  ## Style and likely mistakes
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

.PHONY: types
types: $(VENV)/installed-dev  ## mypy --strict on both packages
	$(BIN)/mypy

.PHONY: smoke
smoke: $(INSTALLED)  ## Every module of the product imports with the product's own dependencies
	$(BIN)/python tests/smoke.py

.PHONY: format
format: $(VENV)/installed-dev  ## Put the code into the house style
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

.PHONY: docs
docs: $(INSTALLED)  ## Write the reference pages and the JSON schema of config.yaml anew
	$(BIN)/python -m scraper.config > scraper/config.schema.json
	$(BIN)/python -m docs.build

.PHONY: crawl
crawl: $(INSTALLED)  ## Crawl the newspapers of config.yaml
	$(BIN)/morgue crawl

.PHONY: serve
serve: $(INSTALLED)  ## Open the archive in the browser
	$(BIN)/morgue serve --open

.PHONY: bench
bench: $(VENV)/installed-dev  ## Measure extraction against trafilatura on pages of your own: make bench PAGES=folder
	$(BIN)/python -m bench.extraction $(PAGES)

.PHONY: constraints
constraints: $(VENV)/installed-dev  ## Freeze the installed versions into constraints.txt
	echo '# Exact versions that the tests ran on; `make constraints` writes them anew.' > constraints.txt
	$(BIN)/python -m pip freeze --exclude-editable >> constraints.txt

.PHONY: clean
clean:  ## Remove the environment, caches and the demo's archive (never data/)
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis demo-data
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
