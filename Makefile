# Everything a person types. On a new machine: python3 (3.11 or newer), its pip and venv, and make.
#
# What is built is kept track of by stamp files, one per lock file, written last: a step that was
# interrupted has no stamp and starts over.

PYTHON  ?= python3
VENV    ?= .venv
WORKERS ?=

export VENV

BIN    := $(VENV)/bin
STAMPS := $(VENV)/.stamps
PIP    := $(BIN)/python -m pip --disable-pip-version-check
LOCKED := $(PIP) install --quiet --require-hashes -r
ASSETS := app/static/vendor/manifest.json
PO     := $(wildcard app/translations/*/LC_MESSAGES/*.po)
MO     := $(PO:.po=.mo)
CODE   := $(wildcard app models migrations sample_data benchmarks scripts tests)
PYTEST := $(BIN)/python -m pytest $(if $(WORKERS),-n $(WORKERS) --dist loadfile)
UV     := $(abspath $(BIN))/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-test setup-deep run test test-deep check lint format coverage bench lock assets messages clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

# --- a plant to look at ------------------------------------------------------------------------

run: setup ## sample plant, trained night by night, served on http://127.0.0.1:8000
	@exec sh scripts/run.sh $(BIN)/forewarn

setup: $(STAMPS)/base $(ASSETS) $(MO) ## environment and browser assets only

# --- proof -------------------------------------------------------------------------------------

# The deep predictor's 1.4 GB only where CI is set, or by `make setup-deep`.
setup-test: $(STAMPS)/test setup $(if $(CI),$(STAMPS)/deep)

setup-deep: $(STAMPS)/deep ## Keras with TensorFlow, to learn and test the deep predictor

test: setup-test ## the whole quick suite (WORKERS=2: two at a time; ARGS="-k pump": some of it)
	$(PYTEST) $(ARGS)

test-deep: setup-test ## the deep tier: long runs, public data sets
	$(PYTEST) -m deep $(ARGS)

check: lint test ## lint, types, import contracts, then the tests: what CI runs

lint: setup-test
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup-test ## put the code into its usual form
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

coverage: setup-test ## the quick suite, with the lines it never reached
	$(PYTEST) --cov --cov-report=term-missing:skip-covered $(ARGS)

bench: setup ## every benchmark, one after the other
	@for name in azure night replay first_minutes ladder first_year interventions regimes features closed_loop; do \
	  echo "== $$name"; $(BIN)/python -m "benchmarks.$$name" || exit 1; \
	done

# --- parts -------------------------------------------------------------------------------------

assets: ## fetch the browser assets again
	@rm -f $(ASSETS)
	@$(MAKE) --no-print-directory $(ASSETS)

messages: setup ## collect texts for translators, compile what they returned
	@mkdir -p app/translations
	$(BIN)/pybabel --quiet extract --no-location --sort-output --project Forewarn -F babel.cfg -o app/translations/messages.pot app
	$(if $(PO),$(BIN)/pybabel --quiet update --ignore-obsolete -i app/translations/messages.pot -d app/translations)
	$(if $(MO),@$(MAKE) --no-print-directory $(MO))

lock: $(STAMPS)/base ## new exact versions for requirements/*.in and package.json
	$(PIP) install --quiet uv==0.13.8
	cd requirements && for name in base test deep node; do \
	  $(UV) --upgrade $$name.in -o $$name.txt || exit 1; \
	done
	sh scripts/npm.sh install --package-lock-only

clean: ## remove everything that was built; keeps the data directory
	rm -rf $(VENV) node_modules app/static/vendor build dist *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage* htmlcov test-results
	rm -f $(MO)
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

# --- how the parts are made --------------------------------------------------------------------

# --clear: a venv whose making was stopped half-way has a python but no pip, and stays broken.
$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit("Forewarn needs Python 3.11 or newer, $(PYTHON) is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV) || { echo "This needs venv and pip; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@mkdir -p $(STAMPS)
	@touch $@

$(STAMPS)/base: requirements/base.txt pyproject.toml | $(STAMPS)/venv
	@echo "Installing what Forewarn needs (a minute the first time)"
	@$(LOCKED) requirements/base.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/test: requirements/test.txt $(STAMPS)/base
	@echo "Installing what the tests need"
	@$(LOCKED) requirements/test.txt
	@touch $@

$(STAMPS)/deep: requirements/deep.txt $(STAMPS)/test
	@echo "Installing Keras and TensorFlow for the tests of the deep predictor (1.4 GB)"
	@$(LOCKED) requirements/deep.txt
	@touch $@

$(STAMPS)/node: requirements/node.txt | $(STAMPS)/base
	@echo "Installing Node.js (no npm 10 or newer on the PATH)"
	@$(LOCKED) requirements/node.txt
	@touch $@

$(ASSETS): package.json package-lock.json .npmrc scripts/copy_assets.py | $(STAMPS)/base
	@echo "Fetching browser assets"
	@sh scripts/npm.sh --usable || $(MAKE) --no-print-directory $(STAMPS)/node
	@sh scripts/npm.sh ci --silent
	@$(BIN)/python scripts/copy_assets.py

%.mo: %.po | $(STAMPS)/base
	@$(BIN)/pybabel --quiet compile -i $< -o $@
