# Two commands for everybody: `make book` and `make test`. Each sets up what it needs first.
PYTHON   ?= python3
RENDERER ?= auto
VENV     := .venv
BIN      := $(VENV)/bin

.PHONY: help book test setup preview check format lock bench clean
.DEFAULT_GOAL := help

help: ## Show what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

book: setup ## Build _book/index.html and _book/students-in-schools.pdf
	@$(BIN)/python -m press build --renderer $(RENDERER)

test: setup ## Run the tests
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -n 2

bench: setup ## Time hlm beside other programs, and set the README's table
	@$(BIN)/python benchmarks/estimator/driver.py $(BENCH)
	@$(BIN)/python benchmarks/readme.py

preview: setup ## Serve the book and rebuild it as you write
	@$(BIN)/python -m press preview

check: setup ## Check the book's sources without building
	@$(BIN)/python -m press check

format: setup ## Format the code
	@$(BIN)/python -m ruff check --fix .
	@$(BIN)/python -m ruff format .

lock: setup ## Resolve the dependencies anew and pin them with hashes
	@$(BIN)/python -m uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --quiet --upgrade -o requirements.txt

clean: ## Remove everything that was built or installed
	rm -rf $(VENV) _book .press .quarto _freeze assets/fonts

setup: $(VENV)/ready ## Install the pinned dependencies into .venv

# The stamp is written last, so an interrupted install starts afresh; it is older than the lock when the lock changes.
# The maths font is made here for `quarto render` typed by hand; `make book` would make it as well.
$(VENV)/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit(None if sys.version_info >= (3, 11) else f"Python 3.11 or newer is needed; {sys.executable} is {v}. Try: make PYTHON=python3.11")'
	@echo "Setting up $(VENV) (once; a minute or two)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c 'from pathlib import Path; from press.write.fonts import FONT, make_maths_font; make_maths_font(Path(FONT))'
	@touch $@
