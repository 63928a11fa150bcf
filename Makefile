# Two commands suffice: `make demo` shows the portal, `make test` proves it. `make help` lists all.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo run test check bench lock messages faults clean

PY := .venv/bin/python
export PYTHONUTF8 := 1

help: ## List what can be done
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: .venv/runtime.done
setup-dev: .venv/dev.done

.venv/runtime.done: requirements.lock scripts/make_venv.sh
	sh scripts/make_venv.sh requirements.lock
	@touch $@

.venv/dev.done: requirements-dev.lock requirements.lock scripts/make_venv.sh
	sh scripts/make_venv.sh requirements-dev.lock
	@touch .venv/runtime.done $@

demo: setup ## Set up everything and serve the portal with demo data (PORT=8000)
	$(PY) scripts/demo.py

run: export PORTAL_MODE := development
run: setup ## Development server with the demo's data
	$(PY) manage.py migrate --no-input --verbosity 0
	$(PY) manage.py seed_demo
	$(PY) manage.py runserver $(or $(PORT),8000)

test: setup-dev ## Set up everything and pass all tests, on SQLite and PostgreSQL (ARGS="-k word")
	$(PY) scripts/run_tests.py $(ARGS)

check: export PORTAL_MODE := test
check: setup-dev ## Lint, types, arrows, templates, migrations, translations, limits
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy .
	.venv/bin/lint-imports
	.venv/bin/djlint templates --lint --quiet
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) -m scripts.check_translations
	$(PY) -m scripts.check_house

faults: setup-dev ## Prove that each check can fail, by planting a fault for it
	$(PY) -m scripts.planted_faults

bench: setup-dev ## Measure the portal beside its limits; writes bench/RESULTS.md (ARGS="--only pages")
	$(PY) -m bench $(ARGS)

messages: setup-dev ## Collect texts to translate and compile the catalogues (needs gettext)
	$(PY) -m scripts.check_translations --update

lock: setup-dev ## Renew the lock files within the ranges of pyproject.toml
	sh scripts/make_lock.sh

clean: ## Remove the virtual environment, caches and local data
	rm -rf .venv var build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
