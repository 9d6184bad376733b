# Two commands for everybody: `make book` and `make test`. Each sets up what it needs first.
PYTHON   ?= python3
RENDERER ?= auto
PORT     ?= 4200
PROFILE  ?=
VENV     := .venv
BIN      := $(VENV)/bin

# pip compiles all packages to byte code, 160 MB and most of its work; uv leaves that to Python, a module when it is
# first imported. Where Python is told not to, every kernel of every build would compile pandas again.
unexport PYTHONDONTWRITEBYTECODE

# A variable as it was typed: neither make nor the shell reads a sign such as $ or " in it.
typed = '$(subst ','\'',$(value $(1)))'

.PHONY: help book slides problems test setup report tools preview check format lock bench clean
.DEFAULT_GOAL := help

help: ## Show what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

book: setup ## Build _book/index.html and _book/students-in-schools.pdf; PROFILE=instructor: for teachers
	@$(BIN)/python -m press build --renderer $(RENDERER) --profile "$(PROFILE)"

problems: setup ## Write a sheet and data for each student, and the key: STUDENTS=roster.csv, SEED, PROBLEMS, OUT
	@$(BIN)/python -m problems --students=$(call typed,STUDENTS) --seed=$(call typed,SEED) --problems=$(call typed,PROBLEMS) --out=$(call typed,OUT)

slides: setup ## Build the book, and the decks of slides/ into _book/slides
	@$(BIN)/python -m press build --renderer $(RENDERER) --profile "$(PROFILE)" --slides

test: tools ## Run the tests
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -n 2 --dist worksteal

bench: setup ## Time hlm beside other programs, and set the README's table
	@$(BIN)/python benchmarks/estimator/driver.py $(BENCH)
	@$(BIN)/python benchmarks/readme.py

preview: setup ## Serve the book and rebuild it as you write
	@$(BIN)/python -m press preview --port $(PORT) --profile "$(PROFILE)"

check: setup ## Check the book's sources without building
	@$(BIN)/python -m press check --profile "$(PROFILE)"

format: tools ## Format the code
	@$(BIN)/python -m ruff check --fix .
	@$(BIN)/python -m ruff format .

lock: setup ## Pin the dependencies with hashes; UPGRADE=pandas raises one of them, UPGRADE=all raises all
	@$(BIN)/python requirements/lock.py $(UPGRADE)

clean: ## Remove everything that was built or installed
	rm -rf $(VENV) _book _book.instructor .press .quarto _freeze assets/fonts

setup: $(VENV)/book.ready ## Install what the book needs into .venv

report: $(VENV)/report.ready ## Install what reads Excel, Parquet and SPSS files, for a report on your own data

tools: $(VENV)/test.ready ## Install what the tests need as well

# The stamp is written last, so an interrupted install starts afresh; it is older than the lock when the lock changes.
$(VENV)/%.ready: requirements/%.txt requirements/uv.txt requirements/install.py pyproject.toml
	@$(PYTHON) requirements/install.py $*
