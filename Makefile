# Two commands: `make play` opens the page, `make test` runs every check.
# Both set up all that they need in .venv first; see scripts/environment.py.

PYTHON ?= python3
RUN = "$(PYTHON)" scripts/environment.py
PORT ?=

.PHONY: help play test test-firefox test-clients test-postgres test-scale test-wire lint unit web \
	fuzz locks audit clean

help:
	@echo "make play    set up everything and open the page"
	@echo "make test    set up everything and run every check"
	@echo "make test-firefox  run the browser tests in Debian's Firefox"
	@echo "make test-clients  run clients of OpenAI's API that nobody here wrote"
	@echo "make test-scale  run jobs on many machines, and break what can break"
	@echo "make test-postgres  run the tests of collections on a real PostgreSQL"
	@echo "make test-wire  send raw exchanges through Caddy, nginx and HAProxy"
	@echo "make lint    style and types only"
	@echo "make unit    Python tests without the browser and the newcomer suites"
	@echo "make web     the page's own checks"
	@echo "make fuzz    look for inputs that break a promise, for FUZZ_MINUTES (60)"
	@echo "make locks   write the locks anew after a change in pyproject.toml"
	@echo "make audit   ask whether a locked version has a known weakness"
	@echo "make clean   remove what the others made"

play:
	@$(RUN) -m likewise play $(if $(PORT),--port $(PORT))

test:
	@$(RUN) --tests scripts/check.py

test-scale:
	@$(if $(KUBERAY_CRD),$(RUN) --scale -m tests.docs.crd "$(KUBERAY_CRD)" docs/scale/rayjob.yaml)
	@$(RUN) --scale -m pytest -q -o python_files='check_*.py' -o python_functions='check_*' tests/scale

test-postgres:
	@$(RUN) --tests -m pytest -q -n0 -o python_files='same_*.py own.py' tests/postgres

test-wire:
	@$(RUN) --tests -m tests.wire.run

test-firefox:
	@$(RUN) --tests tests/browser/firefox.py

test-clients:
	@$(RUN) --tests tests/clients/run.py

lint unit web:
	@$(RUN) --tests scripts/check.py $@

fuzz:
	@$(RUN) --tests scripts/fuzz.py

locks:
	@"$(PYTHON)" scripts/locks.py $(UPGRADE)

audit:
	@"$(PYTHON)" scripts/locks.py --audit

clean:
	rm -rf .venv .clients .firefox .environment.lock dist build web/node_modules likewise/server/page likewise/maps/viewer
