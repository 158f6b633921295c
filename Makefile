# DeFtunes. `make` alone lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# A stray PYTHON* setting slows every process down or changes what it imports.
unexport PYTHONPATH PYTHONHOME PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE ?= 1

PYTHON ?= python3
PY := .venv/bin/python
UV := .venv/bin/uv
PACKAGES := tap-deftunes-api tap-postgres columnar-target target-s3 target-redshift dqdl sandbox sandbox/redshift analyze
PROPERTIES := $(addprefix target-s3/tests/target_lake/,test_order.py test_model.py test_versions_model.py test_quarantine_model.py test_alignment.py test_patches.py)
# what a test types is not a part of this make
ALONE := env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL
CODE := $(PACKAGES) catalogue scripts orchestrate tests benchmarks

.PHONY: help python install install-dev demo backfill airflow airflow-down dashboards dashboards-down sandbox-up sandbox-down test test-airflow test-dashboards heavy check chaos mutants tests fast lint types format lock docs impact contracts parity bench clean test-terraform deploy aws-env

help: ## list the commands
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: python ## make .venv and install hash-locked dependencies (a second time: nothing to do)
	@$(PYTHON) scripts/bootstrap.py

install-dev: python
	@$(PYTHON) scripts/bootstrap.py dev

python:
	@command -v $(PYTHON) >/dev/null || { echo "deftunes: there is no $(PYTHON) here: install Python 3.10 to 3.13 with venv, or name one with \`make PYTHON=...\`." >&2; exit 1; }

demo: install ## from sources to report: run both pipelines on this machine, leave nothing running
	@$(PY) scripts/demo.py

backfill: install ## read FROM=2020-01-01 TO=2020-04-01 (TO not included) anew, by month; DRY_RUN=1 shows how (STEP=week, AGAIN=1, DBT=0)
	@$(PY) scripts/backfill.py --from '$(FROM)' --to '$(TO)' --step '$(or $(STEP),month)' \
	  $(if $(filter-out 0,$(DRY_RUN)),--dry-run) $(if $(filter-out 0,$(AGAIN)),--again) $(if $(filter 0,$(DBT)),--no-dbt)

airflow: install ## Airflow with both pipelines at http://127.0.0.1:8080, until Ctrl-C (AIRFLOW_PORT=8090)
	@.venv/bin/meltano --log-level=warning invoke airflow:ui

airflow-down: ## stop it from elsewhere
	@if [ -x .venv/bin/meltano ]; then .venv/bin/meltano --log-level=warning invoke airflow:down; else echo "nothing to stop: Airflow was never installed"; fi

dashboards: install ## Superset with Sales, Listeners and Pipeline at http://127.0.0.1:8088, until Ctrl-C (DASHBOARDS_PORT=8090)
	@.venv/bin/meltano --log-level=warning invoke dashboards:ui

dashboards-down: ## stop it from elsewhere
	@if [ -x .venv/bin/meltano ]; then .venv/bin/meltano --log-level=warning invoke dashboards:down; else echo "nothing to stop: the dashboards were never installed"; fi

sandbox-up: python ## start the two sources and keep them up; EMULATED=1 also S3, Glue and Redshift
	@$(PYTHON) scripts/bootstrap.py $(if $(filter-out 0,$(EMULATED)),emulated)
	@$(if $(filter-out 0,$(EMULATED)),.venv/bin/sandbox status >/dev/null 2>&1 || $(PY) scripts/emulated_state.py)
	@$(if $(filter-out 0,$(EMULATED)),DEFTUNES_EMULATED=1) .venv/bin/sandbox up

sandbox-down: ## stop them
	@if [ -x .venv/bin/sandbox ]; then .venv/bin/sandbox down; else echo "nothing to stop: the sandbox was never installed"; fi

test: install-dev ## everything: lint, types, every test
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory -j 2 types tests

heavy: install-dev ## the tests that make test has a thinner slice of: moved projects, rebuilds, lost worlds, killed reads
	@$(PY) -m pytest -n 3 --dist loadgroup -m heavy
	@# and what target-s3 promises, with its records sent as columns
	@DEFTUNES_MODE=batch $(PY) -m pytest -n 3 --dist loadgroup target-s3/tests/target_lake --ignore target-s3/tests/target_lake/test_modes.py

test-airflow: install-dev ## Airflow itself at work: schedule, trigger, back-fill, clear, kills, image (ten minutes)
	@$(PY) -m pytest tests/orchestrate

test-dashboards: install-dev ## every dashboard in a real browser, with a real login, and over Redshift (three minutes; needs chromium)
	@$(PY) -m pytest tests/dashboards

test-terraform: install-dev ## make the platform on an emulated AWS, look at it, run the line in it, remove it (ten minutes; needs terraform)
	@DEFTUNES_REQUIRE_TERRAFORM=1 $(PY) -m pytest tests/terraform

deploy: python ## bring image, DAGs, dbt project and rules to AWS (DRY_RUN=1 says what it would do; IMAGE=0 leaves the image; TAG=… names a newer one)
	@$(PYTHON) scripts/bootstrap.py emulated
	@$(PY) scripts/deploy.py $(if $(filter-out 0,$(DRY_RUN)),--dry-run) $(if $(filter 0,$(IMAGE)),--no-image) $(if $(TAG),--tag $(TAG))

aws-env: install ## write what terraform/ has made into .env: names and ARNs only
	@$(PY) scripts/aws_env.py

check: install-dev ## lint, types and the fast tests, in less than a minute
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory -j 2 types fast

chaos: install-dev ## kill tap, target and Meltano at hundreds of points, run again, compare (SEED=7, POINT=target:2:64:KILL:again)
	@$(PY) -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(POINT),--point $(POINT))
	@$(if $(POINT),,DEFTUNES_EXAMPLES=60 $(PY) -m pytest -q $(PROPERTIES) $(if $(SEED),--hypothesis-seed=$(SEED)))

mutants: install-dev ## break copies of tap and target in many ways: their tests must notice each
	@$(PY) -m tests.mutants

tests:
	@# four on two cores: two of them mostly wait for a server or a kill
	@$(ALONE) $(PY) -m pytest -n 4 --dist loadgroup -m "not heavy"

fast:
	@$(ALONE) $(PY) -m pytest -n 2 --dist loadgroup -q -m "not slow and not heavy"

lint:
	@.venv/bin/ruff format --check --quiet $(CODE) || { echo "make format mends this"; exit 1; }
	@.venv/bin/ruff check --quiet $(CODE)

types:
	@# all at once reads what they import once; but both sandboxes have a conftest in a folder tests
	@.venv/bin/mypy --no-error-summary --exclude '^sandbox/redshift/' $(filter-out sandbox/redshift,$(CODE))
	@.venv/bin/mypy --no-error-summary sandbox/redshift

docs: install-dev ## the docs as one folder of pages: dictionary, lineage, runbooks, decisions (output/docs/index.html)
	@$(PY) -m catalogue docs

impact: install-dev ## which columns, views and charts are lost with a field: FIELD=session_items.price
	@$(PY) -m catalogue impact '$(FIELD)'

contracts: install-dev ## write docs/contracts anew, from the tap's schema, load/, quality/ and transform/
	@$(PY) -m catalogue contracts

parity: install-dev ## build DuckDB and Redshift from one lake over three days, and compare row by row
	@$(PY) -m tests.parity

bench: install-dev ## measure against dlt, stock Singer and DuckDB (an hour; CASE=songs SIZE=100k RUNS=3 WHO=ours,floor PEERS=all)
	@$(PY) benchmarks/bench.py $(if $(CASE),--case $(CASE)) $(if $(SIZE),--size $(SIZE)) $(if $(RUNS),--runs $(RUNS)) \
	  $(if $(WHO),--who '$(WHO)') $(if $(filter all,$(PEERS)),--all)

format: install-dev ## let ruff mend what it can
	@.venv/bin/ruff check --quiet --fix $(CODE); .venv/bin/ruff format --quiet $(CODE)

lock: install ## resolve requirements/*.in anew, for Python 3.10 to 3.13, with hashes
	@for name in uv runtime emulated dev strangers bench checkov airflow mwaa superset production; do \
	  echo "locking requirements/$$name.txt"; \
	  $(UV) pip compile --quiet --upgrade --universal --python-version 3.10 --generate-hashes \
	    --custom-compile-command "make lock" requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

clean: airflow-down dashboards-down sandbox-down ## remove everything the product made (output, state, .venv)
	@rm -rf output .meltano .sandbox .cache .venv
