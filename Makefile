# Two commands do everything: `make report` and `make test`.
SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
STUDY ?= analyses/value_portrait/study.yml

# Data at hand beside the checkout are used; set the variables to name other folders.
ifneq ($(wildcard ../shared/data/mirror),)
export VALUESTATS_MIRROR ?= $(abspath ../shared/data/mirror)
endif
ifneq ($(wildcard ../shared/data/prepared),)
export VALUESTATS_LOCAL ?= $(abspath ../shared/data/prepared)
endif

.PHONY: report test test-slow demo docs lint types lock bench bench-slow calibrate mutate fuzz clean help

help:
	@echo "make report     environment, data, the main study, its reports (HTML and PDF)"
	@echo "make test       environment, linters, types, tests"
	@echo "make test-slow  the few tests that take longest, which make test leaves out"
	@echo "make demo       the same as report, on the simulated demo study"
	@echo "make docs       the documentation site, in _site; what has not changed is not run again"
	@echo "make bench      benchmarks; results are kept in benchmarks/results"
	@echo "make bench-slow the counting benchmark up to 100 million answers (6 GB of disk for a while)"
	@echo "make calibrate  coverage simulations; results are kept in benchmarks/results"
	@echo "make mutate     mutation tests of the modules changed since main (slow); MODULES=... names others, SAMPLE=20 draws some"
	@echo "make fuzz       100,000 damaged inputs of every format (slow); make test tries 2,000"
	@echo "make lock       pin the dependencies anew"

report: $(VENV)/.ready
	$(PY) -m valuestats run $(STUDY) --render

demo: $(VENV)/.ready
	$(PY) -m valuestats run analyses/demo/study.yml --render

docs: $(VENV)/.ready
	$(PY) scripts/make_docs.py

# Two workers on two cores: linear algebra in several threads each would wait for the other's.
test test-slow: export OPENBLAS_NUM_THREADS = 1
test test-slow: export OMP_NUM_THREADS = 1

test: $(VENV)/.ready-dev lint types
	$(PY) -m pytest -n 2 --dist loadgroup -m "not slow"

test-slow: $(VENV)/.ready-dev
	$(PY) -m pytest -n 2 --dist loadgroup -m slow

lint: $(VENV)/.ready-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(VENV)/.ready-dev
	$(VENV)/bin/mypy
	MYPYPATH=scripts $(VENV)/bin/mypy -p handbook

bench: $(VENV)/.ready-dev
	$(PY) benchmarks/run_all.py

bench-slow: $(VENV)/.ready-dev
	$(PY) benchmarks/counting.py --slow

calibrate: $(VENV)/.ready-dev
	$(PY) benchmarks/calibrate_all.py

mutate: $(VENV)/.ready-dev
	$(PY) scripts/mutate.py $(MODULES) $(if $(SAMPLE),--sample $(SAMPLE))

fuzz: $(VENV)/.ready-dev
	$(PY) -m tests.fuzz.run --inputs 100000 --seed 7 --jobs 2 --resume .fuzz.jsonl --write benchmarks/results/fuzz.json

lock: $(VENV)/.ready-dev
	$(VENV)/bin/uv pip compile -q --universal --python-version 3.12 --no-emit-index-url --no-header --generate-hashes --extra nuts --extra reports pyproject.toml -o requirements.lock
	$(VENV)/bin/uv pip compile -q --universal --python-version 3.12 --no-emit-index-url --no-header --generate-hashes --extra dev pyproject.toml -c requirements.lock -o requirements-dev.lock

$(VENV)/.ready: requirements.lock pyproject.toml
	@python=$$(scripts/find-python.sh) || exit 1; \
	echo "environment: $$("$$python" --version) in $(VENV)"; \
	test -x $(PY) || "$$python" -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.lock
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@

clean:
	rm -rf results .pytest_cache .mypy_cache .ruff_cache
