# make demo    set up and watch the main job on a simulated bar
# make test    set up and run everything
# make check   style, types, layers and the tests that need no Debian package, in about three minutes
# make bench   measure; results go to bench/results/
# make soak    the long forms of the tests
# make firmware  the board's firmware (bard flash puts it on the board); make fuzz: libFuzzer on what it reads

VENV := .venv
BIN := $(VENV)/bin
AVR_PACKAGES := gcc-avr avr-libc arduino-core-avr
TEST_PACKAGES := mosquitto tmux avrdude gcc libc6-dev clang libclang-rt-dev libsimavr-dev libelf-dev libasound2-dev \
	chromium fonts-dejavu-core $(AVR_PACKAGES)

.PHONY: demo style check test soak bench firmware fuzz clean
.DEFAULT_GOAL := demo

$(VENV)/.run: pyproject.toml .ci/constraints.txt
	@python3 -c 'import ensurepip, venv' 2>/dev/null || .ci/need python3-venv
	python3 -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c .ci/constraints.txt -e '.[mqtt,report,watch,web]'
	@touch $@

$(VENV)/.test: $(VENV)/.run
	$(BIN)/pip install --quiet --disable-pip-version-check -c .ci/constraints.txt -e '.[test]'
	@touch $@

demo: $(VENV)/.run
	@$(BIN)/bard demo

style: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

check: style
	$(BIN)/pytest -q -n 2 -m "not apt and not slow"

test: style
	@.ci/need $(TEST_PACKAGES)
	$(BIN)/pytest -q -n 4 -m "not alone"
	$(BIN)/pytest -q -n 2 -m alone

soak: $(VENV)/.test
	@.ci/need $(TEST_PACKAGES)
	BARD_SOAK=1 $(BIN)/pytest -q

bench: $(VENV)/.test
	@.ci/need $(TEST_PACKAGES)
	$(BIN)/python -m bench

firmware:
	@.ci/need $(AVR_PACKAGES)
	$(MAKE) -C firmware

fuzz:
	@.ci/need clang libclang-rt-dev
	$(MAKE) -C firmware fuzz

clean:
	rm -rf $(VENV) build dist firmware/build .pytest_cache .mypy_cache .ruff_cache .hypothesis
