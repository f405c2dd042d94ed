# The same words on a laptop and in CI: make chat, make test, make check, make docs, make train. While you work: make fast.
# Each makes what it needs: .venv for running, .venv-serve for the proof that serving needs no torch.

PYTHON ?= python3
PORT ?= 7860
INSTALL = -m pip install --quiet --disable-pip-version-check
# Pictures from visitors are decoded by a process of its own with this Pillow (data/picture_decoder.py). It lies beside the environment's
# packages, not among them, until Gradio admits it: SECURITY.md.
PILLOW = --upgrade --no-deps "pillow>=13,<14" --target

.PHONY: chat fast test check docs picture train format clean

# Conversations and knowledge lie outside the checkout, where `git clean` does not reach: docs/settings.md, KANLIAO_HOME.
chat: .venv/base
	@.venv/bin/python -m ui --port $(PORT)

# Everything but browsers, real Redis servers and trainings, a file at a time on every core. BLAS must not start threads beside these.
fast: .venv-serve/dev
	OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 .venv-serve/bin/python -m pytest -q -n auto --dist loadfile -m "not train and not browser and not redis" --ignore tests/ui

test: .venv-serve/dev .venv/all
	.venv-serve/bin/python -m pytest -m "not train"
	.venv/bin/python -m pytest -m train

check: .venv/all
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy .
	.venv/bin/lint-imports

docs: .venv/all
	NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --quiet --strict
	@echo "The documentation is in build/site/index.html"

picture: .venv-serve/dev
	.venv-serve/bin/python -m tests.ui.screenshot

train: .venv/all
	.venv/bin/python -m retrieval calibrate

format: .venv/all
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

.venv/base: pyproject.toml
	@echo "Setting up .venv (a minute or two, only the first time) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is %s. Name another: make chat PYTHON=python3.12" % sys.version.split()[0])'
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python $(INSTALL) .
	@.venv/bin/python $(INSTALL) $(PILLOW) .venv/decoder
	@touch $@

.venv/all: .venv/base
	@.venv/bin/python $(INSTALL) ".[train,dev]"
	@touch $@

.venv-serve/dev: pyproject.toml
	@test -x .venv-serve/bin/python || $(PYTHON) -m venv .venv-serve
	@.venv-serve/bin/python $(INSTALL) ".[dev]"
	@.venv-serve/bin/python $(INSTALL) $(PILLOW) .venv-serve/decoder
	@touch $@

clean:
	rm -rf .venv .venv-serve build *.egg-info
