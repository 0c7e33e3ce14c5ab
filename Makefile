# Every target is one line; `make` alone explains them.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python -m
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' operator/microservice_operator/__init__.py)
IMAGE ?= microservice-operator:$(VERSION)

.PHONY: help demo demo-mesh down test e2e mesh bench check setup fmt lint types arch unit golden crds chart install image

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## See it work on a control plane of its own (or CLUSTER=node, kind, current)
	@$(RUN) tests.demo up

demo-mesh: setup ## See a shop in a mesh: routes, versions, policies, a breaker (root on Linux)
	@$(RUN) tests.demo mesh

down: ## End whatever a demo has left running, and leave nothing behind
	@if [ -x $(BIN)/python ]; then $(RUN) tests.demo down; fi

test: setup ## Run all tests
	@$(RUN) tests.cluster build >/dev/null && $(BIN)/pytest --cov --cov-report=term-missing:skip-covered

bench: setup ## Measure what the operator costs, beside others (a quarter of an hour)
	@$(RUN) tests.cluster build >/dev/null && $(RUN) tests.benchmarks

e2e: setup ## Run the tests with real pods, no Docker (root on Linux; else CLUSTER=kind or current)
	@$(BIN)/pytest tests/e2e

mesh: setup ## Run the tests with Istio and real traffic (root on Linux; else CLUSTER=kind or current)
	@$(BIN)/pytest tests/mesh

check: lint types arch unit ## Run the quick checks: no cluster, two to three minutes

setup: .venv/.locked ## Make the virtual environment from the lock

fmt: setup ## Format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

lint: setup ## Check style
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup ## Check types
	@$(BIN)/mypy

arch: setup ## Check the import rule
	@$(BIN)/lint-imports

unit: setup ## Run the tests that need no cluster
	@$(BIN)/pytest -q --cov --cov-report=term-missing:skip-covered tests/unit tests/golden tests/architecture

golden: setup ## Rewrite what the examples become
	@$(RUN) tests.golden

chart: setup ## Rewrite what is generated in the Helm chart
	@$(RUN) tests.chart

install: ## Install the chart into the cluster of the current context (ARGS="--set key=value")
	@helm=$$(command -v helm || { $(MAKE) --silent setup >&2 && $(RUN) tests.chart.helm; }) && \
		"$$helm" upgrade --install microservice-operator charts/microservice-operator \
		--namespace microservice-system --create-namespace --wait $(ARGS)

image: ## Build the image with docker (IMAGE=name:tag)
	@docker build --file operator/Dockerfile --tag $(IMAGE) .

crds: setup ## Rewrite the CRD, its reference and the page of reasons
	@$(RUN) microservice_operator.api.crd && $(RUN) microservice_operator.status.reference

.venv/.locked: pyproject.toml uv.lock
	@PYTHON="$(PYTHON)" sh .ci/setup
