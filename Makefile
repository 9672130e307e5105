# make demo   train, register, deploy, call and delete a model: everything the project does, in a minute
# make test   every check and every test
# make help   the other targets

PYTHON ?= python3
VENV   ?= .venv
PYTEST_ARGS ?= --numprocesses 2 --dist loadfile

export PIP_DISABLE_PIP_VERSION_CHECK = 1

bin     := $(VENV)/bin
python  := $(bin)/python
ready   := $(VENV)/.ready
tests   := tests/unit $(filter-out tests/unit tests/facts tests/__pycache__,$(patsubst %/,%,$(sort $(wildcard tests/*/))))
# pip does it alone; uv, where it works, does the same in a tenth of the time.
install = $(call say,Installing $(1) into $(VENV)) \
	if uv --version >/dev/null 2>&1 && uv pip install --quiet --python $(python) --editable '$(1)' 2>$(VENV)/uv.log; then :; \
	else $(python) -m pip install --quiet --editable '$(1)'; fi
say     = printf '%s\n' '$(1)';

.DEFAULT_GOAL := help
.PHONY: help demo test check bench lab clean

help:
	@echo 'make demo    train, register, deploy, call and delete a model'
	@echo 'make test    check, then every test, the notebooks included'
	@echo 'make check   ruff and mypy only'
	@echo 'make bench   the benchmarks, each beside its peer (slow; benchmarks/README.md)'
	@echo 'make lab     open the tutorial notebooks in JupyterLab'
	@echo 'make clean   remove $(VENV) and caches'
	@echo
	@echo 'Variables: PYTHON=$(PYTHON)  VENV=$(VENV)  PYTEST_ARGS=$(PYTEST_ARGS)'

demo: $(ready)-demo
	@AML_NB_ENGINE=$${AML_NB_ENGINE:-process} $(python) -m aml_nb.demo

check: $(ready)-dev
	$(bin)/ruff check .
	$(bin)/mypy

# Fast tests first; one run of pytest, so that its last line counts all of them.
test: check
	$(bin)/pytest $(PYTEST_ARGS) $(tests)

bench: $(ready)-dev
	$(python) -m benchmarks

lab: $(ready)-demo $(ready)-lab
	$(bin)/jupyter lab --notebook-dir=notebooks

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(ready)-%: pyproject.toml | $(python)
	@$(call install,.[$*])
	@touch $@

$(python):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo 'aml_nb needs Python 3.10 or newer; $(PYTHON) is '"$$($(PYTHON) --version 2>&1)"; \
	  echo 'Try: make $(MAKECMDGOALS) PYTHON=/path/to/a/newer/python3'; exit 1; }
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then $(PYTHON) -m venv $(VENV); \
	elif uv --version >/dev/null 2>&1; then uv venv --quiet --seed --python $(PYTHON) $(VENV); \
	else \
	  echo '$(PYTHON) cannot make a virtual environment: its module ensurepip is missing.'; \
	  echo 'Try: apt-get install python3-venv   (Debian, Ubuntu), then make $(MAKECMDGOALS) again'; exit 1; fi
