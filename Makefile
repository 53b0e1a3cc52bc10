# make demo    set up, then judge two claims of examples/
# make test    set up, then all checks and tests
# Needs Python 3.11 or later and make; everything else comes from requirements.lock, by hash.

PYTHON = python3
VENV = .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet

# Of check's exit statuses, 1 (something denied) and 4 (something unknown) are answers, not failures.
ANSWERED = || { status=$$?; [ $$status -eq 1 ] || [ $$status -eq 4 ]; }

.PHONY: demo test differential spark-test setup lock bench clean

demo: setup
	$(BIN)/claimlogic check examples/office_visits.837 $(ANSWERED)
	$(BIN)/claimlogic why examples/office_visits.837 --line 1 --depth 3 $(ANSWERED)
	$(BIN)/claimlogic check examples/epidural_77003.yaml $(ANSWERED)
	$(BIN)/claimlogic why examples/epidural_77003.yaml $(ANSWERED)

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n auto --maxprocesses 4

# The engines beside each other on 20,000 random claims; make test draws 500.
differential: setup
	CLAIMLOGIC_DIFFERENTIAL=20000 $(BIN)/pytest tests/differential

# Spark beside DuckDB, in an environment of its own: pyspark is 400 MB and needs Java 17. In the few minutes that it runs,
# Java's second compiler takes more time than it saves.
spark-test:
	@command -v java >/dev/null || { echo "Spark needs Java 17, and there is no java here"; exit 1; }
	$(PYTHON) -m venv $(VENV)/spark
	$(VENV)/spark/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements.lock
	$(VENV)/spark/bin/python -m pip --disable-pip-version-check --quiet install -e '.[spark]'
	JDK_JAVA_OPTIONS='-XX:TieredStopAtLevel=1 -XX:+UseParallelGC' $(VENV)/spark/bin/pytest tests/spark

setup: $(VENV)/.installed

# Wheels only, and no isolated build: nothing that the lock does not name is fetched.
$(VENV)/.installed: requirements.lock pyproject.toml $(wildcard hatch_build.py)
	@command -v $(PYTHON) >/dev/null || { echo "claimlogic needs Python 3.11 or later, and there is no $(PYTHON) here"; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit(None if sys.version_info >= (3, 11) else "claimlogic needs Python 3.11 or later, and $(PYTHON) is " + v + "; name another one: make PYTHON=python3.12 setup")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --only-binary :all: --require-hashes -r requirements.lock
	$(PIP) install --no-build-isolation --no-deps -e .
	@touch $@

LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --extra dev \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header

# Versions already locked stay, as far as pyproject.toml allows; make lock UPGRADE=--upgrade takes the newest.
lock: setup
	$(LOCK) $(UPGRADE) pyproject.toml -o requirements.lock
	{ echo "# Made by: make lock"; cat requirements.lock; } > requirements.lock.new
	mv requirements.lock.new requirements.lock

# With CMS's whole tables, and beside pyoce where a Python 3.12 has it: make bench TABLES=STORE PYOCE=PYTHON
bench: setup
	$(BIN)/python benchmarks $(if $(TABLES),--tables $(TABLES)) $(if $(PYOCE),--pyoce $(PYOCE))

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
