# Everything a clone needs: `make help` lists the targets.
# Only Python 3.9 to 3.12, a JDK (17 or newer), Maven and the package registries are expected.

PYTHON ?=
VENV   ?= .venv
ARGS   ?=
FLINK  ?=
BIN    := $(VENV)/bin
MVN    := mvn --batch-mode --no-transfer-progress -Dstyle.color=never --file java-bridge/pom.xml
MVN_BENCH = $(subst java-bridge,benchmarks/java,$(MVN)) -Dbridge.jar=$(CURDIR)/$(JAR)

VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' pyflink_dynamodb/_version.py)
JAR     := pyflink_dynamodb/jars/pyflink-dynamodb-$(VERSION).jar
# Folders are listed too: one is newer when a file in it has gone.
JAVA_SOURCES := $(shell find java-bridge/src/main)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-unit test-java test-bridge test-integration test-packaging \
        test-containers test-cluster test-examples test-matrix docs chaos streams \
        audit mutation bench \
        lint lint-python lint-java format jar venv dist clean java maven

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-24s %s\n", $$1, $$2 }'
	@echo
	@echo "  PYTHON=python3.12 chooses the interpreter when $(VENV) is made, FLINK=1.20.3 the PyFlink."

demo: $(VENV)/.installed $(JAR) | java ## Real flights into DynamoDB Local; ARGS="--days 7" passes options
	$(BIN)/python examples/flights.py $(ARGS)

test: test-unit test-java test-bridge test-integration ## Unit, Java, bridge and integration tests

test-unit: $(VENV)/.installed ## Python without a JVM
	$(BIN)/python -m pytest tests/unit $(ARGS)

test-java: $(JAR) | java maven ## Java alone
	$(MVN) test

test-bridge: $(VENV)/.installed $(JAR) | java ## Python and Java together, without DynamoDB
	$(BIN)/python -m pytest tests/bridge $(ARGS)

test-integration: $(VENV)/.installed $(JAR) | java maven ## PyFlink jobs against DynamoDB Local
	$(BIN)/python -m pytest tests/integration $(ARGS)

test-examples: $(VENV)/.installed $(JAR) | java maven ## The small examples, as a user runs them (not in `make test`)
	$(BIN)/python -m pytest tests/examples $(ARGS)

test-packaging: $(VENV)/.installed $(JAR) | java maven ## The wheel, installed elsewhere (not in `make test`)
	$(BIN)/python -m pytest tests/packaging $(ARGS)

test-containers: $(VENV)/.installed $(JAR) | java ## PyFlink jobs against DynamoDB Local and LocalStack in Docker
	$(BIN)/python -m pytest tests/containers $(ARGS)

test-cluster: $(VENV)/.installed $(JAR) | java maven ## Jobs on a Flink session cluster of separate processes
	$(BIN)/python -m pytest tests/cluster $(ARGS)

test-matrix: $(VENV)/.installed $(JAR) | java maven ## PyFlink 1.20 to 2.3 on Python 3.9 to 3.12 (hours); ARGS="--only 1.20.3"
	$(BIN)/python tests/compatibility.py $(ARGS)

chaos: $(VENV)/.installed $(JAR) | java maven ## Faults and crashes under real jobs; ARGS="--runs 1000 --slow"
	$(BIN)/python -m pytest tests/chaos $(ARGS)

streams: $(VENV)/.installed $(JAR) | java maven ## The source against a scripted stream; ARGS="--stream-runs 1000"
	$(BIN)/python -m pytest tests/streams $(ARGS)

audit: $(VENV)/.installed | java maven ## Licences of all dependencies, and NOTICE against the jar
	$(BIN)/python tests/licence_audit.py

mutation: $(JAR) | java maven ## Change the classes that hold the guarantees; the tests must notice 90 % (half an hour)
	$(MVN) -Pmutation test-compile pitest:mutationCoverage

docs: $(VENV)/.docs-installed ## The documentation as a site, in site/; a broken link or anchor fails it
	$(BIN)/mkdocs build --strict --clean --site-dir site

bench: $(VENV)/.bench-installed $(JAR) | java maven ## Speed beside what people use today (an hour); ARGS=--quick
	$(BIN)/python -m benchmarks.run $(ARGS)

lint: lint-python lint-java ## ruff, mypy --strict, spotless

lint-python: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lint-java: | java maven
	$(MVN) --quiet spotless:check
	$(MVN_BENCH) --quiet spotless:check

format: $(VENV)/.installed | java maven ## Format Python and Java
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(MVN) --quiet spotless:apply
	$(MVN_BENCH) --quiet spotless:apply

venv: $(VENV)/.installed ## Only the virtual environment

jar: $(JAR) ## Only the jar

dist: $(VENV)/.installed $(JAR) ## Wheel and source distribution, in dist/
	rm -rf dist
	$(BIN)/hatchling build -d dist

clean: ## Remove what was built; DynamoDB Local stays in the user's cache
	rm -rf $(VENV) .matrix dist site pyflink_dynamodb/jars java-bridge/target benchmarks/java/target
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .jqwik-database
	find . -name __pycache__ -prune -exec rm -rf {} +

# PyFlink has wheels for no other Python. A shim of pyenv may be there and still not run.
$(VENV)/.installed: pyproject.toml hatch_build.py
	@for python in $(or $(PYTHON),python3 python3.11 python3.12 python3.10 python3.9); do \
	    if "$$python" -c 'import sys; sys.exit(not (3, 9) <= sys.version_info[:2] <= (3, 12))' \
	        2>/dev/null; then break; fi; \
	    python=; \
	done; \
	if [ -z "$$python" ]; then \
	    echo "PyFlink needs Python 3.9 to 3.12 and $(or $(PYTHON),python3) is no such interpreter:" \
	        "install one, or name it with PYTHON=..." >&2; exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$python cannot make virtual environments: install its venv module" \
	        "(python3-venv on Debian and Ubuntu)." >&2; exit 1; \
	fi; \
	if ! "$(BIN)/python" -m pip --version >/dev/null 2>&1; then \
	    echo "Making $(VENV) with $$("$$python" --version)"; \
	    "$$python" -m venv --clear "$(VENV)" || exit 1; \
	fi
	@echo "Installing the package and its tools into $(VENV) (1 GB the first time, for PyFlink)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' \
	    $(if $(FLINK),'apache-flink==$(FLINK)')
	@touch $@

# The benchmarks' plots want matplotlib, which nobody else needs.
$(VENV)/.bench-installed: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]' \
	    $(if $(FLINK),'apache-flink==$(FLINK)')
	@touch $@

# Nobody else needs MkDocs either.
$(VENV)/.docs-installed: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]' \
	    $(if $(FLINK),'apache-flink==$(FLINK)')
	@touch $@

$(JAR): java-bridge/pom.xml LICENSE NOTICE $(JAVA_SOURCES) | java maven
	@echo "Building $@"
	@$(MVN) --quiet -Dmaven.test.skip=true clean package
	@mkdir -p $(@D) && rm -f $(@D)/*.jar
	@cp java-bridge/target/shaded/$(@F) $@

java:
	@version=$$("$(if $(JAVA_HOME),$(JAVA_HOME)/bin/)javac" -version 2>&1 \
	    | sed -n 's/^javac \([0-9]*\).*/\1/p'); \
	if [ "$${version:-0}" -lt 17 ]; then \
	    echo "No JDK 17 or newer $(if $(JAVA_HOME),in JAVA_HOME ($(JAVA_HOME)),on the PATH):" \
	        "install one, or set JAVA_HOME to it." >&2; exit 1; \
	fi

maven:
	@if ! command -v mvn >/dev/null; then \
	    echo "No mvn on the PATH: install Apache Maven 3.8 or newer." >&2; exit 1; \
	fi
