# The commands of this project. Each works on a fresh Debian or Ubuntu with python3 (3.11 or newer), its venv, and make.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
DEVELOPED := .venv/.installed-dev

.PHONY: help run test fuzz walk soak lint demo bench migrate migration texts clean

help:
	@echo "make run        one server on http://localhost:8000, with a database of its own under data/"
	@echo "make demo       two firms on this machine that share a community"
	@echo "make test       the whole test suite"
	@echo "make fuzz       thousands of mutated activities, delivered to a server"
	@echo "make walk       long random walks of two servers with breaking lines and kills"
	@echo "make soak       moderate work for ten minutes, or SOAK_SECONDS: nothing that a server holds on to may grow"
	@echo "make lint       formatter, linter, types, import directions"
	@echo "make bench      benchmarks, as a table and as JSON"
	@echo "make migrate    bring the database of the present settings to this version"
	@echo "make texts      bring the catalogues of server/locale to the texts of the code; new ones are empty"
	@echo 'make migration m="add posts.pinned_at"   write the migration to what the tables have become'

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=…")'
	$(PYTHON) -m venv .venv

$(INSTALLED): pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --editable .
	touch $@

$(DEVELOPED): pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --editable ".[dev]"
	touch $@ $(INSTALLED)

run: $(INSTALLED)
	$(BIN)/entrepairs migrate
	exec $(BIN)/entrepairs serve --first-start

demo: $(INSTALLED)
	exec $(BIN)/entrepairs demo

migrate: $(INSTALLED)
	$(BIN)/entrepairs migrate

test: $(DEVELOPED)
	$(BIN)/pytest --numprocesses auto --dist worksteal

fuzz: $(DEVELOPED)
	FUZZ_ROUNDS=$${FUZZ_ROUNDS:-50} $(BIN)/pytest --numprocesses auto --dist worksteal tests/wire/test_fuzz.py

walk: $(DEVELOPED)
	WALK_COUNT=$${WALK_COUNT:-10} WALK_STEPS=$${WALK_STEPS:-600} ANY_ORDER_EXAMPLES=$${ANY_ORDER_EXAMPLES:-200} \
	$(BIN)/pytest --numprocesses auto --dist worksteal --hypothesis-profile exploring \
	tests/instances/test_random_walk.py tests/instances/test_any_order.py

soak: $(DEVELOPED)
	SOAK_SECONDS=$${SOAK_SECONDS:-600} $(BIN)/pytest tests/load/test_soak.py

lint: $(DEVELOPED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy server federation models tests
	$(BIN)/lint-imports

bench: $(DEVELOPED)
	$(BIN)/python -m tests.load --database all --json bench.json

migration: $(DEVELOPED)
	@test -n "$(m)" || { echo 'say what changes: make migration m="add posts.pinned_at"'; exit 2; }
	@folder=$$(mktemp -d) && url="sqlite+aiosqlite:///$$folder/empty.db" && \
	next=$$($(BIN)/python -c 'from models import schema; print(f"{int(schema.head()) + 1:04}")') && \
	$(BIN)/alembic -x url="$$url" upgrade head && \
	$(BIN)/alembic -x url="$$url" revision --autogenerate --rev-id "$$next" -m "$(m)"; \
	status=$$?; rm -rf "$$folder"; exit $$status

texts: $(DEVELOPED)
	@$(BIN)/pybabel -q extract -F server/locale/babel.cfg -k to_translate --sort-output --no-location --omit-header -o messages.pot server
	@for file in server/locale/*/LC_MESSAGES/messages.po; do \
		sed '/^$$/q' "$$file" > messages.head && \
		$(BIN)/pybabel -q update -i messages.pot -o "$$file" -l "$$(basename $$(dirname $$(dirname $$file)))" \
			--no-fuzzy-matching --ignore-obsolete --omit-header --no-wrap && \
		cat messages.head "$$file" > messages.new && mv messages.new "$$file"; \
	done; status=$$?; rm -f messages.pot messages.head; exit $$status

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
