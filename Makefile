# make up serves Cairn, make test tests it; make help lists the rest. Needs Python 3.11 or later and git, nothing else.
PYTHON ?= python3
PORT ?= 8000
export PORT
BIN := .venv/bin
LOCK := uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11
PACKAGES := config web roadmap accounts progress curation

.PHONY: up dev admin test check lock audit sbom bench lighthouse chaos scale security clean help
.DEFAULT_GOAL := up

up: .venv/run  ## serve on http://localhost:8000 (PORT=, CAIRN_VAR= where the database lives)
	@$(BIN)/python manage.py setup
	@echo "Cairn: http://localhost:$(PORT)  (Ctrl+C stops it; make admin makes an administrator)"
	@exec $(BIN)/gunicorn -c config/gunicorn.py

dev: export DEBUG := 1
dev: .venv/dev  ## the same for developers: reloads when code changes, shows errors
	@$(BIN)/python manage.py setup
	@exec $(BIN)/python manage.py runserver localhost:$(PORT)

admin: .venv/run  ## make an administrator
	@$(BIN)/python manage.py setup
	@$(BIN)/python manage.py createsuperuser

test: .venv/dev  ## all tests on SQLite, then on PostgreSQL (TEST_DATABASE_URL=, CAIRN_CHROMIUM= to choose)
	@$(BIN)/python -m tests

check: .venv/dev  ## lint, format, types, migrations, settings for production
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(PACKAGES)
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING
	SITE_URL=https://cairn.example EMAIL_URL=none SECRET_KEY=$$($(BIN)/python -c "import secrets; print(secrets.token_hex(32))") \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING

lock:  ## write the lock files anew, needs uv (UPGRADE=--upgrade for newer versions)
	$(LOCK) $(UPGRADE) pyproject.toml --output-file requirements.lock
	$(LOCK) $(UPGRADE) pyproject.toml --group dev --constraints requirements.lock --output-file requirements-dev.lock
	$(LOCK) $(UPGRADE) --group security --output-file requirements-security.lock

audit: .venv/dev  ## known vulnerabilities of what is locked
	$(BIN)/pip-audit --strict --disable-pip --requirement requirements.lock

sbom:  ## what is in a release, as CycloneDX, into cairn.cdx.json; needs uv
	uvx --quiet --from cyclonedx-bom==7.5.0 cyclonedx-py requirements --pyproject pyproject.toml --mc-type application \
	  --output-reproducible --of JSON --output-file cairn.cdx.json requirements.lock

bench: .venv/dev  ## what a request costs, and how that grows; with wrk where it is (BENCH_SECONDS=, BENCH_MARKS=)
	@$(BIN)/python -m bench

lighthouse: .venv/dev  ## Lighthouse on the public pages, phone and desktop; needs Node and Chromium
	@$(BIN)/python -m bench.lighthouse

chaos: .venv/dev  ## marks at full speed while workers die, the disk fills, the clock jumps (CHAOS_KILLS=, CHAOS_SLOW=, PLAYS=)
	@$(BIN)/python -m chaos $(PLAYS)

scale: .venv/dev  ## plans of every frequent query among 10^6 marks, PgBouncer, a replica, failover (SCALE_MARKS=)
	@$(BIN)/python -m scale

security: .venv/dev .venv/security/done  ## what attackers would try first: bandit, pip-audit, wapiti, fuzzing, Observatory, times
	@$(BIN)/python -m security

clean:  ## remove what can be made again; the database stays
	rm -rf .venv .mypy_cache .ruff_cache .hypothesis test-results bench/results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:
	@sed -nE 's/^([a-z]+):.*  ## (.*)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-11s %s\n", $$1, $$2}'

# ---- the environment: installed anew only when a lock file or the Python has changed --------------------------------
.venv/run: .venv/bin/python requirements.lock
	@$(call install,requirements.lock,.venv)
	@touch $@

.venv/dev: .venv/bin/python requirements.lock requirements-dev.lock
	@$(call install,requirements-dev.lock,.venv)
	@touch .venv/run $@

.venv/security/done: .venv/bin/python requirements-security.lock
	@if uv --version >/dev/null 2>&1; then uv venv --quiet --clear --python $(BIN)/python .venv/security; \
	else $(BIN)/python -m venv --clear .venv/security; fi
	@$(call install,requirements-security.lock,.venv/security)
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Cairn needs Python 3.11 or later; name one with PYTHON=..."; exit 1; }
	@echo "Making .venv with $$($(PYTHON) --version)."
	@if uv --version >/dev/null 2>&1; then uv venv --quiet --clear --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv; \
	elif $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then $(PYTHON) -m venv --clear .venv; \
	else echo "This Python cannot make environments. On Debian and Ubuntu: apt install python3-venv"; exit 1; fi

define install
echo "Installing $(1)."; \
if uv --version >/dev/null 2>&1; then uv pip install --quiet --python $(2)/bin/python --require-hashes -r $(1); \
else $(2)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(1); fi
endef
