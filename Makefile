# One command each; `make` alone lists them. Settings: PORT, MAIL_PORT, LOCAL_DIR, YES, ARGS, PYTHON.
# The system's own Python where it makes environments: distributions optimize theirs by profiles, and one compiled by hand
# (pyenv) often isn't, and then takes 1.4 times the CPU.
ifndef PYTHON
PYTHON := $(shell for minor in 14 13 12 11; do /usr/bin/python3.$$minor -c "import ensurepip; print('/usr/bin/python3.$$minor')" && exit; done 2>/dev/null || echo python3)
endif
SETUP = @$(PYTHON) -m local.setup
BIN = .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test quick demo reset lint format lock rehearse

# Settings given as `make run PORT=9000` reach the programs as environment variables.
export PORT MAIL_PORT LOCAL_DIR YES QUICK LOOPBACK N SECONDS OLD PARTS
# Compiled once and kept: tests start hundreds of programs, and pytest rewrites its asserts anew where it may keep nothing.
unexport PYTHONDONTWRITEBYTECODE

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

run: ## the whole portal on this machine, until Ctrl-C (PORT=8000 MAIL_PORT=8025 LOCAL_DIR=.local)
	$(SETUP) app cloud database
	@exec $(BIN)/python -m local.run

# Lanes side by side, the long ones first, so that all end at about the same time. Many tests mostly wait (for time-outs,
# for a restart, for a page); each lane imports everything and starts a stack of its own.
LANES = test-browser test-stores test-unit test-processes lint test-system test-deploy test-contract
TESTS = $(filter-out lint,$(LANES))
test: ## set-up, lint, types, import contracts and every test (ARGS="-k name" goes to pytest)
	$(SETUP) app dev cloud database browser
	@if [ -n "$(ARGS)" ]; then exec $(BIN)/python -m pytest $(ARGS); fi; \
	exec $(MAKE) --no-print-directory --keep-going --jobs=5 --output-sync=target $(LANES)

.PHONY: $(LANES) compiled coverage model thorough remedies fuzz
# Pytest's plug-ins take a second to load; the schema fuzz, in test-stores, is a plug-in's, and coverage. That lane waits
# for one process after the other and would be the last to end, so that the others are nice to it.
LEAN = PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 nice -n 3 $(BIN)/python -m pytest
# Python keeps what it has compiled: lanes that begin at once would each compile the same libraries.
$(TESTS): compiled
compiled:
	-@$(BIN)/python -m pytest --collect-only --quiet tests/browser tests/contract > /dev/null
test-unit:
	@$(LEAN) tests/unit --ignore tests/unit/deploy
test-deploy:
	@$(LEAN) tests/unit/deploy
test-contract:
	@$(LEAN) tests/contract
test-stores:
	@$(BIN)/python -m pytest tests/integration --ignore tests/integration/processes
test-processes:
	@$(LEAN) tests/integration/processes
test-system:
	@$(LEAN) tests/system tests/crash
test-browser:
	@$(LEAN) tests/browser

thorough: ## all of what `make test` tries a part of: every fault at every request, every attack, long histories
	$(SETUP) app dev cloud database browser
	@THOROUGH=1 exec $(BIN)/python -m pytest tests/unit tests/contract tests/integration/faults tests/integration/test_attack_corpus.py \
		tests/integration/test_api_schema.py tests/integration/operators tests/system tests/browser

.PHONY: crash
crash: ## each process killed at every step, and every outage, on real processes (ARGS=ingest: of one verb)
	$(SETUP) app dev cloud database
	@exec $(BIN)/python -m tests.crash $(ARGS)

.PHONY: soak
soak: ## random kills, outages and repetitions under 20 people's load, then the history is checked (N=2000); what was stopped goes on
	$(SETUP) app dev cloud database
	@exec $(BIN)/python -m tests.crash.soak

.PHONY: backlog
backlog: ## uploads that wait for an hour without workers, then drained and counted (N=5000)
	$(SETUP) app dev cloud database
	@exec $(BIN)/python -m tests.crash.backlog

.PHONY: rolling
rolling: ## how long messages wait while workers are restarted one after the other under load
	$(SETUP) app dev cloud database
	@exec $(BIN)/python -m tests.crash.rolling

model: ## random histories of everybody at once, cut off anywhere (N=10000)
	$(SETUP) app dev
	@N=$${N:-10000} exec $(BIN)/python -m pytest tests/unit/model

fuzz: ## looks for files that break a container's walk (SECONDS=60 for each of the six formats)
	$(SETUP) fuzz
	@exec .fuzz-venv/bin/python -m tests.fuzz

remedies: ## each remedy against loss and doubling is taken out in a copy, and its test fails (ARGS=--write-docs: into docs/reliability.md)
	$(SETUP) app dev cloud
	@exec $(BIN)/python -m tests.remedies $(ARGS)

coverage: ## what unit and contract tests reach, as pages in build/coverage: half as long again as without
	$(SETUP) app dev cloud database
	@$(BIN)/python -m pytest tests/unit tests/contract --cov --cov-report=html:build/coverage --cov-report=term:skip-covered

# What is deployed is read whole by its own tests.
quick: ## unit tests, and the contracts on the fakes: for each save, in seconds (ARGS as for test)
	$(SETUP) app dev
	@$(LEAN) tests/unit tests/contract -m "not slow" --ignore tests/unit/deploy --durations=3 $(ARGS)

demo: ## fills the running portal: 12 people, 300 pictures, some files refused (ARGS=--help)
	$(SETUP) app
	@exec $(BIN)/python -m local.demo $(ARGS)

reset: ## removes LOCAL_DIR (.local) after asking (YES=1: without)
	@exec $(PYTHON) -m local.reset

# On a machine that is gone after it, nobody reads what mypy keeps.
lint: ## style, types and import contracts
	$(SETUP) app dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(if $(CI),--cache-dir=/dev/null)
	$(BIN)/lint-imports
	@cd cli && ../$(BIN)/lint-imports

rehearse: ## the two bundles as Beanstalk would run them, with faults (QUICK=1, LOOPBACK=1, OLD=commit)
	$(SETUP) app dev cloud database rehearse
	@exec $(BIN)/python -m deploy.rehearse

.PHONY: rehearse-planted
rehearse-planted: ## rehearses with planted faults, each of which must be found (LOOPBACK=1)
	$(SETUP) app dev cloud database rehearse
	@exec $(BIN)/python -m deploy.rehearse.planted

format: ## formats the code and mends what can be mended
	$(SETUP) app dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

UV_COMPILE = build/uv-venv/bin/uv pip compile --quiet --generate-hashes --python-version 3.11 --universal \
	--no-header --no-emit-index-url --no-strip-extras $(ARGS)
lock: ## compiles the requirements files (ARGS=--upgrade: to newest versions)
	$(SETUP) uv
	$(UV_COMPILE) requirements.in -o requirements.txt
	$(UV_COMPILE) requirements-dev.in -o requirements-dev.txt
	$(UV_COMPILE) requirements-fuzz.in -o requirements-fuzz.txt
	$(UV_COMPILE) requirements-tracing.in -o requirements-tracing.txt
	$(UV_COMPILE) local/requirements-launcher.in -o local/requirements-launcher.txt
	$(UV_COMPILE) local/requirements-uv.in -o local/requirements-uv.txt
	$(UV_COMPILE) local/cloud/requirements.in -o local/cloud/requirements.txt
	$(UV_COMPILE) deploy/requirements-checkov.in -o deploy/requirements-checkov.txt

.PHONY: bundle
bundle: ## build/web.zip and build/worker.zip, the same bytes for the same commit (ARGS=--release: of a clean tree only)
	$(SETUP) app dev
	@$(BIN)/python -m deploy.options.check
	@$(PYTHON) deploy/bundle.py $(ARGS)

.PHONY: wheels
wheels: ## whether bundles install from wheels alone on Python 3.11 to 3.14, x86_64 and arm64
	$(SETUP) app dev
	@exec $(BIN)/python -m deploy.wheels

.PHONY: pythons
pythons: ## the quick tests on every other Python from 3.11 to 3.14 that is on PATH
	$(SETUP) app dev
	@exec $(BIN)/python -m deploy.pythons

.PHONY: checkov
checkov: build/checkov-venv/complete ## what security people look for in templates; exceptions have their reasons
	@build/checkov-venv/bin/checkov --config-file deploy/checkov.yaml

build/checkov-venv/complete: deploy/requirements-checkov.txt
	$(SETUP) app
	@rm -rf build/checkov-venv && $(PYTHON) -m venv build/checkov-venv
	@build/checkov-venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.PHONY: drill
drill: ## database and bucket lost and restored on this machine, timed, compared hash by hash
	$(SETUP) app dev cloud database
	@exec $(BIN)/python -m deploy.drill

.PHONY: deploy destroy
deploy: ## a stage on AWS, made or brought up to date (STAGE=staging ARGS=--dry-run YES=1)
	$(SETUP) app dev
	@$(BIN)/python -m deploy.options.check >/dev/null
	@exec $(BIN)/python -m deploy.launch up "$(STAGE)" $(ARGS)

destroy: ## takes a stage away; what holds data only when told twice (STAGE=staging)
	$(SETUP) app dev
	@exec $(BIN)/python -m deploy.launch down "$(STAGE)" $(ARGS)

.PHONY: sbom
sbom: ## build/sbom.json: every library that ships, as CycloneDX, the same bytes for the same tree
	$(SETUP) app dev
	@exec $(BIN)/python -m deploy.sbom $(ARGS)

.PHONY: autoscaling rehearse-autoscaling
autoscaling: ## simulated days of the scaling policies, as tables (ARGS=--write-docs: into docs/autoscaling.md)
	$(SETUP) app dev
	@exec $(BIN)/python -m deploy.rehearse.autoscaling.simulate $(ARGS)

rehearse-autoscaling: ## real instances scale out and in under real uploads (LOOPBACK=1, BUNDLE=web.zip)
	$(SETUP) app dev cloud database rehearse
	@BUNDLE="$(BUNDLE)" exec $(BIN)/python -m deploy.rehearse.autoscaling
