UV_VERSION := 0.13.9
PYTHON ?= python3
ENGINE ?= ministack

UV := .tools/uv/bin/uv
UV_STAMP := .tools/uv/.$(UV_VERSION)
BIN := .venv/bin
ENGINE_STAMP := $(if $(filter ministack,$(ENGINE)),.tools/engine/.synced)
# A pyenv shim or a virtual environment is resolved to the interpreter behind it: uv stumbles over shims.
BASE_PYTHON = $(shell $(PYTHON) -c 'import sys; print(sys._base_executable)')
# The interpreter whose bytecode Lambda loads.
RUNTIME_PYTHON ?= $(shell for python in python3.13 \
  $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.13.*/bin/python3.13 "$$($(UV) python find 3.13 2>/dev/null)"; \
  do $$python -c 'import sys; print(sys._base_executable)' 2>/dev/null && break; done)
SHIPPED := dispatch sync notify reconnect
SAM := SAM_CLI_TELEMETRY=0 .tools/sam/bin/sam
SYNC = UV_PYTHON_DOWNLOADS=never $(UV) sync --frozen --quiet --python $(BASE_PYTHON)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv demo local test check redrive drills colours openapi component events canaries fuzz privileges messages pictures bench cost simulation lint types template secrets licences audit sbom reliability build deploy clean

help: ## Show the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

venv: .venv/.synced ## Make .venv with everything that tests need

$(UV_STAMP):
	rm -rf .tools/uv
	$(BASE_PYTHON) -m venv .tools/uv
	.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	touch $@

.venv/.synced: pyproject.toml uv.lock $(UV_STAMP)
	$(SYNC)
	touch $@

.tools/%/.synced: pyproject.toml uv.lock $(UV_STAMP)
	UV_PROJECT_ENVIRONMENT=.tools/$* $(SYNC) --only-group $*
	touch $@

demo: .venv/.synced $(ENGINE_STAMP) ## Watch the main job happen, start to finish (ENGINE=moto, JSON=1)
	@$(BIN)/python -m infra.demo --engine $(ENGINE) $(if $(JSON),--json)

local: .venv/.synced $(ENGINE_STAMP) ## Start the same stack and leave it running
	@$(BIN)/python -m infra.local --engine $(ENGINE)

test: .venv/.synced .tools/engine/.synced ## Run all tests
	PYTHONHASHSEED=0 $(BIN)/python -m pytest -n auto --ignore tests/e2e
	PYTHONHASHSEED=0 $(BIN)/python -m pytest -n auto --dist loadfile tests/e2e

check: lint types template secrets licences test ## Run what CI runs

redrive: .venv/.synced ## Put dead letters back: QUEUE=sync STACK=relink YES=1 (and OPTIONS=…; without YES it only looks)
	$(if $(QUEUE),,$(error Say which: make redrive QUEUE=sync, attempt, webhook, notice or mailevent))
	@$(BIN)/python -m infra.ops --stack $(or $(STACK),relink) $(if $(ENDPOINT),--endpoint $(ENDPOINT)) \
	  redrive $(QUEUE) $(OPTIONS) $(if $(YES),--yes)

drills: .venv/.synced $(ENGINE_STAMP) ## Make four incidents on the local stack and mend them (RECORD=1 writes docs/drills.md)
	@$(BIN)/python -m infra.drills --engine $(ENGINE) $(if $(RECORD),--record)

colours: .venv/.synced ## Show what each provider's codes mean to us, beside the list of codes
	$(BIN)/python -m infra.colours

openapi: .venv/.synced ## Write the API's description, docs/openapi.json, anew from the code
	$(BIN)/python -m infra.openapi

events: .venv/.synced ## Write the description of the host app's events, docs/events.json, anew
	$(BIN)/python -m infra.events

component: .venv/.synced ## Write the Banks component, functions/reconnect/static/banks.js, anew from its parts
	$(BIN)/python -m infra.component

privileges: .venv/.synced ## Record anew which permissions the tests use; take each away and see a test fail (TESTS=... for some)
	rm -rf .local/privileges && mkdir -p .local/privileges
	RECORD_PRIVILEGES=.local/privileges $(BIN)/python -m pytest -n auto -q $(or $(TESTS),\
	  tests/integration/notify tests/integration/reconnect tests/integration/sync tests/privileges/test_story.py)
	$(BIN)/python -m tests.privileges.recording .local/privileges
	$(BIN)/python -m tests.privileges.proving

canaries: .venv/.synced ## Push what opens a bank through everything, and look for it everywhere else
	rm -f .local/reliability/canaries.json
	ALL_CANARIES=1 $(BIN)/python -m pytest -q tests/canaries

fuzz: .venv/.synced ## Send the API thousands of requests made of its description
	$(BIN)/python -m infra.fuzz

pictures: .venv/.synced $(ENGINE_STAMP) ## Take the README's pictures (needs Chromium)
	@$(BIN)/python -m infra.pictures

messages: .venv/.synced ## Bring the catalogues of messages up to date
	$(BIN)/python -m infra.messages

bench: .venv/.synced .tools/engine/.synced ## Measure beside baselines; counts anew what each flow asks of AWS
	@$(BIN)/python -m benchmarks.counted
	@$(BIN)/python -m benchmarks

cost: .venv/.synced ## Compute what it costs from the counted requests; writes docs/cost.md
	@$(BIN)/python -m benchmarks.cost

simulation: .venv/.synced ## Let half a year pass for 100 000 connections (a quarter of an hour); writes docs/simulation.md
	@$(BIN)/python -m benchmarks.simulation

lint: .venv/.synced ## Look for faults and untidiness in the code
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/.synced ## Check the types
	$(BIN)/mypy

# W7001: what looks a value up in a mapping is gone by then, SAM has done so (template.yaml's Trial).
template: .venv/.synced .tools/sam/.synced .tools/audit/.synced ## Check template.yaml, as written and as CloudFormation gets it
	@mkdir -p .aws-sam
	AWS_DEFAULT_REGION=eu-west-1 $(SAM) validate
	AWS_DEFAULT_REGION=eu-west-1 $(SAM) validate --lint
	AWS_DEFAULT_REGION=eu-west-1 .tools/sam/bin/python -m infra.sam.translate > .aws-sam/translated.json
	.tools/sam/bin/cfn-lint --non-zero-exit-code informational --ignore-checks W7001 -- .aws-sam/translated.json
	$(BIN)/python -m infra.generated_roles .aws-sam/translated.json
	AWS_DEFAULT_REGION=eu-west-1 .tools/sam/bin/python -m infra.sam.translate Rollout=AllAtOnce > .aws-sam/at_once.json
	$(BIN)/python -m infra.expanded .aws-sam/translated.json .aws-sam/at_once.json
	.tools/audit/bin/checkov --config-file .checkov.yaml --framework cloudformation --skip-download \
	  --compact --quiet -f .aws-sam/translated.json

# Passwords by their names are ruff's to find (S105-S107), and those in tests open nothing. What was
# looked at and found harmless is in .ci/secrets.json.
secrets: .tools/audit/.synced ## Look for secrets in what is committed
	@mkdir -p .local
	@cp .ci/secrets.json .local/secrets.json # lines move: the hook then notes where to, and ends with 3
	.tools/audit/bin/detect-secrets-hook --baseline .local/secrets.json $$(git ls-files -- . \
	  ':!tests' ':!uv.lock' ':!docs/images' ':!.ci/secrets.json') || test $$? -eq 3

licences: .venv/.synced ## Hold the licences of what ships against those that may
	@$(BIN)/python -m infra.licences

audit: secrets licences ## Look for known faults in what ships, too (asks api.osv.dev)
	$(UV) audit --frozen --no-default-groups $(SHIPPED:%=--group %)

sbom: $(UV_STAMP) ## List what each package holds (CycloneDX), in .local/sbom
	@mkdir -p .local/sbom
	for group in $(SHIPPED); do $(UV) export --quiet --frozen --preview-features sbom-export \
	  --format cyclonedx1.5 --only-group $$group --output-file .local/sbom/$$group.json >/dev/null || exit; done

# Each part leaves its counts in .local/reliability. The longest one begins; the others take turns beside
# it. What one of them finds keeps no other from being tried, nor the report from being written.
TRIED := crashes alarms laws privileges canaries fuzz
reliability: .venv/.synced .tools/engine/.synced ## Try all that can go wrong (half an hour on two cores); writes docs/reliability.md
	rm -rf .local/reliability
	mkdir -p .local/reliability
	$(MAKE) --keep-going --jobs 2 $(TRIED:%=reliability-%) || touch .local/reliability/wrong
	$(BIN)/python -m infra.reliability
	test ! -e .local/reliability/wrong

.PHONY: $(TRIED:%=reliability-%)
reliability-crashes:
	found=0; for engine in moto ministack; do $(BIN)/python -m tests.crash --engine $$engine || found=1; done; exit $$found

reliability-alarms:
	RELINK_RELIABILITY=.local/reliability $(BIN)/python -m pytest -q -p no:xdist -p no:cacheprovider \
	  tests/infra/test_measured_alarms.py tests/integration/*/test_alarms.py

reliability-laws:
	$(BIN)/python -m tests.unit.laws

reliability-privileges:
	$(BIN)/python -m tests.privileges.proving

reliability-canaries:
	ALL_CANARIES=1 $(BIN)/python -m pytest -q -p no:xdist -p no:cacheprovider tests/canaries

reliability-fuzz:
	$(BIN)/python -m infra.fuzz

build: .tools/sam/.synced ## Make the packages that Lambda runs (needs python3.13 for their bytecode)
	$(if $(RUNTIME_PYTHON),,$(error No python3.13 found. Lambda loads its bytecode, so that version \
	  must compile it: install one (or "$(UV) python install 3.13"), or name it by RUNTIME_PYTHON=PATH))
	RUNTIME_PYTHON=$(RUNTIME_PYTHON) $(SAM) build

# An alias goes on with the version that it has unless the package is another: a parameter's new
# value alone publishes none. So each deployment is written down in its packages.
deploy: build ## Deploy to AWS; asks what it needs to know
	for package in .aws-sam/build/*Function; do date -u +%Y-%m-%dT%H:%M:%SZ > $$package/deployed; done
	$(SAM) deploy --guided

clean: ## Remove what make has made
	rm -rf .aws-sam .hypothesis .local .mypy_cache .pytest_cache .ruff_cache .tools .venv
