# make demo   train, register, deploy, call and delete a model: everything the project does, in a minute
# make test   every check and every test
# make help   the other targets

PYTHON ?= python3
VENV   ?= .venv
PYTEST_ARGS ?= --numprocesses 2 --dist loadfile
# How often a test that failed is run once more; whatever becomes of it, the first failure is shown.
RERUNS ?= 0

export PIP_DISABLE_PIP_VERSION_CHECK = 1
# The tests start some thousand Pythons: each would compile pandas, scikit-learn and more anew where this is set.
unexport PYTHONDONTWRITEBYTECODE

bin     := $(VENV)/bin
python  := $(bin)/python
ready   := $(VENV)/.ready
# The side panel is built only where it is seen or tested, and anew where its sources are newer.
panel   := $(VENV)/.panel
sources := $(shell find labextension/src labextension/style labextension/schema -type f 2>/dev/null) \
	$(addprefix labextension/,package.json tsconfig.json yarn.lock)
tests   := tests/unit $(filter-out tests/unit tests/facts tests/__pycache__,$(patsubst %/,%,$(sort $(wildcard tests/*/))))
# pip does it alone; uv, where it works, does the same in a tenth of the time.
install = \
	if uv --version >/dev/null 2>&1 && uv pip install --quiet --python $(python) $(2) --editable '$(1)' 2>$(VENV)/uv.log; then :; \
	else $(python) -m pip install --quiet $(subst --reinstall,--force-reinstall,$(2)) --editable '$(1)'; fi
say     = printf '%s\n' '$(1)';

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types bench lab clean

help:
	@echo 'make demo    train, register, deploy, call and delete a model'
	@echo 'make test    check, then every test, the notebooks included'
	@echo 'make check   ruff, mypy and the TypeScript compiler only'
	@echo 'make bench   the benchmarks, each beside its peer (slow; benchmarks/README.md)'
	@echo 'make lab     open the tutorial notebooks in JupyterLab'
	@echo 'make clean   remove $(VENV), caches and the built panel'
	@echo
	@echo 'Variables: PYTHON=$(PYTHON)  VENV=$(VENV)  PYTEST_ARGS=$(PYTEST_ARGS)  RERUNS=$(RERUNS)'

demo: $(ready)-demo
	@AML_NB_ENGINE=$${AML_NB_ENGINE:-process} $(python) -m aml_nb.demo

# The TypeScript compiler checks the panel where it builds it, which with --jobs=2 is while mypy reads.
check: lint types $(if $(shell command -v node),$(panel))

lint: $(ready)-dev
	$(bin)/ruff check .

types: $(ready)-dev
	$(bin)/mypy

# Fast tests first; one run of pytest, so that its last line counts all of them.
test: check $(panel)
	$(bin)/pytest $(PYTEST_ARGS) --reruns $(RERUNS) --max-suite-reruns 3 --rerun-show-tracebacks $(tests)

bench: $(ready)-dev
	$(python) -m benchmarks

lab: $(ready)-demo $(ready)-lab $(panel)
	$(bin)/jupyter lab --notebook-dir=notebooks

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		aml_nb/labextension labextension/lib labextension/lib-test labextension/node_modules labextension/tsconfig.tsbuildinfo

$(ready)-%: pyproject.toml | $(python)
	@$(call say,Installing .[$*] into $(VENV)) HATCH_BUILD_NO_HOOKS=true; export HATCH_BUILD_NO_HOOKS; $(call install,.[$*],)
	@touch $@

$(panel): $(sources) | $(python)
	@$(call say,Building the side panel) rm -rf aml_nb/labextension; $(call install,.,--reinstall --no-deps)
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
