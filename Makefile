# `make run` and `make test` do everything on a fresh machine; later runs start in seconds.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

.PHONY: run test test-rooms test-browser test-fast soak lint audit lock bench bench-quality clean

run: $(VENV)/.app system-libraries
	$(BIN)/python -m components.settings
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: test-rooms test-browser

# On two cores shared with a browser or each other a wait may run out: what only waited is tried again; a picture that
# shows the room, or any other wrong answer, never is.
WAITED := TimeoutError|not within|expected to be|expected to have|clicks took

test-rooms: $(VENV)/.dev test-servers
	$(BIN)/python -m pytest -n auto --dist loadfile tests/unit tests/integration tests/hostile \
		--reruns 2 --only-rerun '$(WAITED)'

# One after another: they measure how fast the page answers.
test-browser: $(VENV)/.dev browser
	$(BIN)/python -m pytest tests/browser --reruns 2 --only-rerun '$(WAITED)'

test-fast: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist loadfile tests/unit

# Long, rough use, to hunt what is rare. ONLY: one of tests/soak/scenarios.
MINUTES ?= 30
soak: $(VENV)/.dev browser
	$(BIN)/python -m tests.soak --minutes $(MINUTES) $(if $(ONLY),--only $(ONLY))

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Known advisories, licences, and whether the lock file fits requirements.txt.
audit: $(VENV)/.dev
	$(BIN)/python scripts/audit.py

# After a change of requirements.txt. For Python 3.11 on Linux, which is what CI and the image have.
lock: $(VENV)/.dev
	$(BIN)/python -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file requirements.lock requirements.txt

bench: $(VENV)/.dev system-libraries browser
	$(BIN)/python -m bench

# DATA: a folder with image/ and mask/ or alpha/, or of such folders; without it, films that the bench makes itself.
bench-quality: $(VENV)/.dev system-libraries
	$(BIN)/python -m bench.quality $(if $(DATA),--data $(DATA) --markdown bench/out/quality.md)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache bench/out

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@ $(VENV)/.app

# The shared libraries that OpenCV and MediaPipe load; for the tests an RTMP server, ffprobe, a browser, and npm for
# the player that it loads (tests/browser/web_sdk.py). Where apt can bring them.
.PHONY: system-libraries test-servers browser
system-libraries:
	@sh scripts/debian-packages $$(cat packages.txt)

# One after the other: apt lets only one in.
test-servers: system-libraries
	@sh scripts/debian-packages $$(cat packages-test.txt)
	@command -v npm >/dev/null || sh scripts/debian-packages npm

browser: $(VENV)/.dev test-servers
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || sh scripts/debian-packages chromium
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || $(BIN)/python -m playwright install chromium
