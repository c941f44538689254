# Every target sets up what it needs: a fresh machine with Python 3.11 or newer needs nothing but `make`.

VENV := .venv
BIN := $(VENV)/bin

# The environment that is there, or else the first interpreter that is new enough. `make PYTHON=python3.12 test`
# chooses another one, and rebuilds the environment when its version differs.
candidates := $(BIN)/python python3.12 python3.11 python3.13 python3
version_of = $(shell $(1) -c 'import sys; v = sys.version_info; v >= (3, 11) and print("%d.%d" % v[:2])' 2>/dev/null)
ifndef PYTHON
PYTHON := $(firstword $(foreach candidate,$(candidates),$(if $(call version_of,$(candidate)),$(candidate))))
endif
version := $(if $(PYTHON),$(call version_of,$(PYTHON)))
stamp := $(VENV)/ready-$(or $(version),none)
docs_stamp := $(VENV)/docs-ready

# Two workers share the machine: a thread pool in each would only make them wait for one another. Most functions of the
# fast tests take longer to compile than to run: they are optimised little, and kept for the other worker and the next
# run, as is the byte code of the tests and of the package. `make validate` compiles as a user does.
quickly := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 XLA_FLAGS="--xla_cpu_multi_thread_eigen=false \
  --xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true \
  --xla_cpu_use_fusion_emitters=false $(XLA_FLAGS)" \
  JAX_COMPILATION_CACHE_DIR=$(CURDIR)/.pytest_cache/compiled JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0 \
  JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES=-1

.DEFAULT_GOAL := help
.PHONY: help setup demo study test check wheel docs bench validate format clean

help:  ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: $(stamp)  ## create .venv with pinned versions and an editable install

$(stamp): pyproject.toml constraints.txt
	@if [ -z "$(version)" ]; then \
	  echo "fluctua needs Python 3.11 or newer; tried $(candidates)$(if $(PYTHON), and $(PYTHON))." \
	    "Install one, or name it: make PYTHON=/path/to/python3.12 ..." >&2; exit 2; fi
	@if [ "$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" != "$(version)" ]; then \
	  echo "creating $(VENV) with Python $(version)"; $(PYTHON) -m venv --clear $(VENV); fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@rm -f $(VENV)/ready-* && touch $@

demo: $(stamp)  ## two worked examples in about two minutes: demo-output/*/report.html
	$(BIN)/fluctua demo --out demo-output --overwrite

test: $(stamp)  ## the fast tests
	$(quickly) $(BIN)/pytest -n 2 --dist loadfile -m "not slow"

check: $(stamp)  ## format, lint, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports

wheel: $(stamp)  ## build the wheel; use it with the newest and the oldest packages that it may have
	$(BIN)/python packaging/check_wheel.py --out dist

docs: $(docs_stamp)  ## the documentation site, its tutorials run anew: site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# Only this target needs these packages: they join the same environment when they are first asked for.
$(docs_stamp): $(stamp)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[docs]"
	@touch $@

validate: $(stamp)  ## the slow statistical checks against systems with known answers
	$(BIN)/pytest -m slow tests -s

study: $(stamp)  ## a published experiment again: make study NAME=heavy_tails [OPTIONS="--preset full"]
	$(BIN)/python -m studies.$(NAME) --out study-output/$(NAME) $(OPTIONS)

bench: $(stamp)  ## timings of the hot loops, on a quiet machine
	$(BIN)/python benchmarks/lagged_sums.py
	$(BIN)/python benchmarks/field_dictionary.py
	$(BIN)/python benchmarks/field_steps.py
	$(BIN)/python benchmarks/noise_laws.py

format: $(stamp)  ## format the code and sort its imports
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## remove what these targets made
	rm -rf $(VENV) demo-output study-output validation-output benchmark-output build dist site
	rm -rf .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
