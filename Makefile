# `make demo` and `make test` do all their own set-up, in .venv, and can be run again at any time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Nothing needs the network once the packages are installed.
OFFLINE := HF_HUB_OFFLINE=1 HF_UPDATE_DOWNLOAD_COUNTS=0 HF_HUB_DISABLE_TELEMETRY=1

.PHONY: demo test matrix constraints soak mutants docs lint explorer explorer-speed explorer-starts explorer-tools clean

demo: $(VENV)/installed-demo
	$(OFFLINE) $(BIN)/python scripts/demo.py

test: $(VENV)/installed-test
	$(OFFLINE) $(BIN)/python -m pytest -n 3 $(ARGS)

# The promises of the plugin with each set of libraries, old and new; writes docs/compatibility.md.
matrix: $(VENV)/installed-test
	$(BIN)/python -m scripts.matrix $(ARGS)

# What is installed here, for PIP_CONSTRAINT=constraints.txt make test.
constraints: $(VENV)/installed-test
	$(BIN)/python -m pip freeze --exclude-editable | sed 's/+.*//' > constraints.txt

# Every cell of the long matrices, or ARGS=PART of them; writes docs/soak.md. Takes an hour.
soak: $(VENV)/installed-test
	$(OFFLINE) $(BIN)/python -m scripts.soak $(ARGS)

# Whether the tests notice changes in the code, or in ARGS=MODULE; writes docs/mutants.md. An hour.
mutants: $(VENV)/installed-test
	$(OFFLINE) $(BIN)/python -m scripts.mutants $(ARGS)

# The site of README and docs, with an API reference: build/docs/index.html.
docs: $(VENV)/installed-test
	$(OFFLINE) $(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -c docs . build/docs

lint: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Python 3.10's own pip never finishes resolving the tests' requirements.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip

$(VENV)/installed-demo: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[cli]'
	@touch $@

$(VENV)/installed-test: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/installed-demo

# The committed page of `slash-dataset explore`; a test builds it again and compares.
explorer: explorer-tools
	cd explorer && node build.mjs ../slash_dataset/explorer.html

# Measure the page's frames and the images per second of its draw; renews docs/explorer.md.
explorer-speed: explorer-tools $(VENV)/installed-test
	$(BIN)/python scripts/speed_explorer.py

# How often each start of the 2 x 2 net succeeds: a minute and a half.
explorer-starts: explorer-tools
	cd explorer && npx esbuild test/starts.main.ts --bundle --platform=node --log-level=warning | node - > starts.tmp && mv starts.tmp src/starts.json

# The explorer's libraries, for its build and tests; without Node those tests are skipped.
explorer-tools: explorer/node_modules/.package-lock.json

explorer/node_modules/.package-lock.json: explorer/package-lock.json
	cd explorer && npm ci --silent --no-audit --no-fund
	@touch $@

clean:
	rm -rf explorer/node_modules $(VENV) .venv-* build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
