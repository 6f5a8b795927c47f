# make run           serve the app on http://localhost:8501 (another port: make run PORT=9000)
# make check         lint, types, import floors and the library's tests: a minute, before every commit
# make test          everything that continuous integration runs
# make test-pythons  the library's tests on every installed Python that the project supports
# make docs          the documentation as a site, in site/index.html
# make docs-serve    the same on http://localhost:8000, with search, built anew at every change
# make image-check   the steps of the Dockerfile in a clean folder, where there is no Docker
# make screenshots   the pictures of the README, in docs/images
# They create .venv on the first call; another interpreter: make run PYTHON=python3.12

PYTHON ?= python3
PORT ?= 8501
export PORT
# Material for MkDocs prints an announcement in every build: docs/decisions/docs-site.md.
export NO_MKDOCS_2_WARNING := 1

# Absolute, for tests that change the folder, and quoted wherever it is used: the path may hold spaces.
BIN := $(CURDIR)/.venv/bin
PIP := "$(BIN)/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PYTEST := PATH="$(BIN):$$PATH" "$(BIN)/python" -m pytest -n 2 --dist worksteal

LIBRARY_TESTS := costmodel tests/costmodel
# What continuous integration runs on the other Pythons: every public name, and the tables of the paper.
PYTHONS_TESTS := tests/costmodel/test_public_face.py tests/costmodel/test_cost.py tests/costmodel/validation

.PHONY: run check test static test-pythons docs docs-serve image-check screenshots clean

# The server is started by exactly the command that a platform reads from the Procfile.
run: .venv/app.stamp
	PATH="$(BIN):$$PATH" sh -c "exec $$(sed -n 's/^web: *//p' Procfile)"

check: static
	$(PYTEST) $(LIBRARY_TESTS)

# Installing takes one core and the network, so the environments of the other Pythons are made beside it.
test:
	$(MAKE) --jobs 2 static .venv/chromium.stamp .venv/pythons.stamp
	$(PYTEST) --cov --cov-report=term --no-cov-on-fail $(LIBRARY_TESTS)
	$(PYTEST) tests --ignore=tests/costmodel
	.ci/pythons $(PYTHONS_TESTS)

static: .venv/dev.stamp
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .
	"$(BIN)/mypy"
	"$(BIN)/lint-imports" --no-cache

test-pythons:
	.ci/pythons $(LIBRARY_TESTS)

docs: .venv/dev.stamp
	"$(BIN)/python" -m mkdocs build --quiet --strict
	@echo "The documentation is in site/index.html."

docs-serve: .venv/dev.stamp
	"$(BIN)/python" -m mkdocs serve --quiet --dev-addr 127.0.0.1:8000

image-check: .venv/dev.stamp
	"$(BIN)/python" -m tests.image

screenshots: .venv/dev.stamp .venv/chromium.stamp
	PATH="$(BIN):$$PATH" "$(BIN)/python" -m benchmarks.screenshots

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage build dist site

.venv/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "AFD Explorer needs Python 3.11 or newer; name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; \
	  echo "Python cannot create .venv. On Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@touch $@

.venv/pythons.stamp: .venv/made.stamp pyproject.toml constraints.txt
	.ci/pythons
	@touch $@

.venv/app.stamp: .venv/made.stamp pyproject.toml constraints.txt
	$(PIP) --editable '.[app]'
	@touch $@

.venv/dev.stamp: .venv/made.stamp pyproject.toml constraints.txt
	$(PIP) --editable '.[dev]'
	@touch $@ .venv/app.stamp

# The browser tests drive a real Chromium: the system's, or Debian's package where there is none.
.venv/chromium.stamp: .venv/made.stamp
	@command -v chromium || command -v chromium-browser || command -v google-chrome || { \
	  sudo=$$([ "$$(id -u)" -eq 0 ] || echo sudo); \
	  $$sudo apt-get update -qq && $$sudo apt-get install -y -qq --no-install-recommends chromium; } || { \
	  echo "Chromium is missing and could not be installed; install it and call make test again"; exit 1; }
	@touch $@
