# `make` lists the recipes. Every recipe can be repeated; CI runs `make test`.
.DEFAULT_GOAL := help
.PHONY: help setup run lab check format test test-python test-integration test-cluster test-server \
        test-js test-browser test-wheel docs bench wheel clean

PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)

help: ## list the recipes
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

setup: ## make .venv and install nbprism into it, with everything it needs
	@$(PYTHON) tools/setup.py

run: setup ## run examples/digits.ipynb as a pipeline on a local Ray
	@nbprism run examples/digits.ipynb
	@echo "Open it in JupyterLab:  make lab"

lab: setup ## open the examples in JupyterLab
	@nbprism lab examples

check: setup ## lint, types and import rules; fast
	ruff check .
	ruff format --check .
	mypy -p nbprism
	mypy tools
	lint-imports
	jlpm run lint:check

format: setup ## format Python and TypeScript
	ruff format .
	ruff check --fix .
	jlpm run lint

test: check test-python test-js test-integration test-cluster test-server test-browser test-wheel ## every check and test

test-python: setup ## compiler, runner and command line, without Ray
	pytest tests/compiler tests/runner tests/cli tests/results tests/docs

test-integration: setup ## whole runs on a real local Ray
	pytest tests/integration

test-cluster: setup ## runs on a Ray cluster reached over HTTP, in an environment of its own
	pytest tests/cluster

test-server: setup ## the Jupyter server extension
	pytest tests/server

test-js: setup ## the TypeScript unit tests
	jlpm run test

test-browser: setup ## JupyterLab in headless Chromium
	NBPRISM_CHROMIUM=$$(python tools/chromium.py) pytest tests/browser

test-wheel: setup ## build the wheel, install it elsewhere, run the example with it
	pytest tests/packaging

docs: setup ## build the documentation, its notebooks executed, into build/docs
	sphinx-build --fail-on-warning --keep-going docs build/docs

bench: setup ## measure everything, peers too, and write benchmarks/RESULTS.md; half an hour
	@set -e; for script in compile chain imports handoff fanout overhead offload events scale; do \
	  python benchmarks/$$script.py; \
	done; \
	export NBPRISM_CHROMIUM=$$(python tools/chromium.py); for script in panel keystrokes; do \
	  python benchmarks/$$script.py; \
	done

wheel: setup ## build dist/*.whl and the sdist
	python -m build

clean: ## remove what the recipes made
	rm -rf .venv .editable node_modules dist build js/lib extension/labextension .nbprism examples/.nbprism
