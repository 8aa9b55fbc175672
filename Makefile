# Everything a person does with a clone. `make help` lists it.

SHELL := /bin/sh
PYTHON_ENV := .venv/bin
MANAGE := $(PYTHON_ENV)/python manage.py
SOURCES := portal jobs registry_api accounts audit manage.py

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev tools run test test-fast soak fuzz check bench api-coverage openapi messages screenshots format clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## .venv with the pinned packages (done by all others that need it)
	@scripts/setup

setup-dev:
	@scripts/setup dev

tools: setup-dev ## the servers and clients that the tests drive
	@scripts/install-test-tools

run: setup ## start the whole product; Ctrl-C stops it
	@exec $(MANAGE) serve

test: tools ## all tests, on SQLite and at the same time, where a database matters, on PostgreSQL
	scripts/as-root $(PYTHON_ENV)/python scripts/test-both $(PYTEST_ARGS)

test-fast: setup-dev ## the quick tests, on SQLite
	PORTOLAN_TEST_DATABASE=sqlite $(PYTHON_ENV)/python -m pytest -m "not slow" $(PYTEST_ARGS)

soak: tools ## ten minutes of work under bad conditions, in thousands
	PORTOLAN_TEST_SOAK=$${PORTOLAN_TEST_SOAK:-600} $(PYTHON_ENV)/python -m pytest -m soak $(PYTEST_ARGS)

fuzz: setup-dev ## the REST API under 20 times as many made-up requests as in make test, others each time
	PORTOLAN_TEST_FUZZ=$${PORTOLAN_TEST_FUZZ:-20} $(PYTHON_ENV)/python -m pytest tests/rest/fuzz $(PYTEST_ARGS)

# What production looks like, for the checks that look at the settings; nothing is served with it.
check: export PORTOLAN_EXTERNAL_URL := https://registry.example.com
check: export PORTOLAN_ALLOWED_HOSTS := registry.example.com
check: export PORTOLAN_TRUSTED_PROXIES := 1
check: export PORTOLAN_SECRET_KEY := for-make-check-only-0123456789-abcdefghijklmnopqrstuvwxyz
check: export PORTOLAN_DATA := build/check
check: setup-dev ## style, types, layers, templates, migrations, Django's own checks, the API's document
	$(PYTHON_ENV)/ruff check .
	$(PYTHON_ENV)/ruff format --check --quiet .
	$(PYTHON_ENV)/mypy $(SOURCES)
	$(PYTHON_ENV)/mypy --strict --follow-imports=silent registry_api/oci registry_api/storage
	$(PYTHON_ENV)/lint-imports
	$(PYTHON_ENV)/djlint --check --lint portal/templates jobs/templates
	@mkdir -p $(PORTOLAN_DATA)
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) check --deploy --fail-level WARNING
	$(MANAGE) spectacular --validate --fail-on-warn --file $(PORTOLAN_DATA)/openapi.yaml
	@diff -u docs/openapi.yaml $(PORTOLAN_DATA)/openapi.yaml || { echo "the API has changed: make openapi"; exit 1; }

bench: tools ## Portolan next to docker-registry: a table of ratios; and how fast its lists and pages are
	$(PYTHON_ENV)/python -m tests.bench $(BENCH_ARGS)

api-coverage: setup-dev ## Harbor's 203 operations: which are there, authorised by a test, validated against the contract
	@$(PYTHON_ENV)/python -m tests.rest.api_coverage

openapi: setup-dev ## docs/openapi.yaml, the document of the REST API, made anew from its views
	$(MANAGE) spectacular --validate --fail-on-warn --file docs/openapi.yaml

messages: setup-dev ## the Chinese catalogue, brought up to date with what the product says, and compiled
	@scripts/install-test-tools gettext
	$(PYTHON_ENV)/python scripts/messages

screenshots: tools ## the pictures in docs/screenshots, made anew
	@scripts/install-test-tools fonts-noto-cjk
	$(PYTHON_ENV)/python -m tests.portal.screenshots

format: setup-dev ## what can be put right in style, put right
	$(PYTHON_ENV)/ruff check --fix .
	$(PYTHON_ENV)/ruff format .

clean: ## remove what was made, but not the data folder
	rm -rf .venv .tools build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
