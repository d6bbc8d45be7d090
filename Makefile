# Everything a student or an instructor types. `make help` lists it.
PYTHON ?= python3
VENV ?= .venv
EXTRAS ?= course,dev
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed-$(subst $(comma),-,$(EXTRAS))
comma := ,

.DEFAULT_GOAL := help
.PHONY: help install run lab notebooks diagrams release site test test-long durations benchmarks doctor pins clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## set up .venv and the data packages

# The stamp is written last, so that an interrupted set-up is taken up again.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade -c constraints.txt pip
	$(BIN)/python -m pip install --quiet -c constraints.txt --editable '.[$(EXTRAS)]'
	$(BIN)/rnnkit fetch || true
	touch $@

run: install ## run the solved notebooks and print their figures (UNITS="02_bit_counting ..." for some of them)
	$(BIN)/rnnkit run $(UNITS)

lab: install ## open your own copies of the notebooks, in work/, in JupyterLab
	$(BIN)/rnnkit lab

notebooks: install ## derive the students' notebooks from course/source
	$(BIN)/rnnkit notebooks

diagrams: install ## draw docs/diagrams/*.svg, which the code beside them says
	PYTHONPATH=docs $(BIN)/python -m diagrams

release: install ## write build/release/rnnkit-course-<version>.zip for students: no solutions, no hidden checks
	$(BIN)/rnnkit release

# What only the site needs is installed when it is first asked for.
$(STAMP)-site: $(STAMP)
	$(BIN)/python -m pip install --quiet -c constraints.txt --editable '.[site]'
	touch $@

site: $(STAMP)-site ## write build/site: units from the last run, reference, plan of a semester; make run first
	$(BIN)/python docs/build_site.py

test: install ## style, types, and the short tier: what a change can break, in minutes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -m "not long"

test-long: install ## the long tier: only what is not in make test
	$(BIN)/python -m pytest -m long

durations: install ## run both tiers and write the seconds by which they are ordered to tests/durations.json
	$(BIN)/python -m pytest -m "not long" --record-durations
	$(BIN)/python -m pytest -m long --record-durations

benchmarks: install ## measure speed and long runs beside peers, write benchmarks/RESULTS.md (EXTRAS=course,dev,peers; hours)
	$(BIN)/python benchmarks/speed.py
	KERAS_BACKEND=jax $(BIN)/python benchmarks/speed.py --what training
	KERAS_BACKEND=torch $(BIN)/python benchmarks/speed.py --what training --shapes 0 2
	$(BIN)/python benchmarks/token_ids.py
	$(BIN)/python benchmarks/gradients.py
	$(BIN)/python benchmarks/rtrl_cost.py
	$(BIN)/python benchmarks/truncated_bptt.py
	$(BIN)/python benchmarks/ekf.py
	$(BIN)/python benchmarks/grading.py
	$(BIN)/python benchmarks/grading_units.py
	$(BIN)/python benchmarks/grading_class.py
	$(BIN)/python benchmarks/dynamics.py
	$(BIN)/python benchmarks/energy.py
	$(BIN)/python benchmarks/reservoirs.py
	$(BIN)/python benchmarks/identification.py
	$(BIN)/python benchmarks/handwriting_depth.py
	$(BIN)/python benchmarks/turing_machine.py
	KERAS_BACKEND=jax $(BIN)/python benchmarks/temporal_order.py
	KERAS_BACKEND=jax $(BIN)/python benchmarks/long_lags.py

doctor: install ## print versions, devices and data, and what to do about what is missing
	$(BIN)/rnnkit doctor

pins: ## renew constraints.txt with the newest versions that fit
	$(PYTHON) -m venv build/pins
	build/pins/bin/python -m pip install --quiet --upgrade pip
	build/pins/bin/python -m pip install --quiet '.[course,dev,peers,site]'
	(echo "# Exact versions that the course is tested with. Renew with: make pins"; \
	 build/pins/bin/python -m pip list --format=freeze | grep -v '^rnnkit==' | sed 's/+cpu$$//') > build/constraints.txt
	mv build/constraints.txt constraints.txt

clean: ## remove everything that was generated
	rm -rf $(VENV) build *.egg-info
