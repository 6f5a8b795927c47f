# make run    serve the app on http://localhost:8501 (another port: make run PORT=9000)
# make test   everything that continuous integration runs
# make screenshots    the pictures of the README, in docs/images
# They create .venv on the first call; another interpreter: make run PYTHON=python3.12

PYTHON ?= python3
PORT ?= 8501
export PORT

BIN := $(CURDIR)/.venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: run test screenshots clean

# The server is started by exactly the command that a platform reads from the Procfile.
run: .venv/app.stamp
	PATH="$(BIN):$$PATH" sh -c "exec $$(sed -n 's/^web: *//p' Procfile)"

test: .venv/dev.stamp .venv/chromium.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	PATH="$(BIN):$$PATH" $(BIN)/python -m pytest -n 2 --dist worksteal

screenshots: .venv/dev.stamp .venv/chromium.stamp
	PATH="$(BIN):$$PATH" $(BIN)/python -m benchmarks.screenshots

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist

.venv/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "AFD Explorer needs Python 3.11 or newer; name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; \
	  echo "Python cannot create .venv. On Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }
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
