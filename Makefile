# Two commands do all their own set-up: `make demo` and `make test`.
CARGO ?= cargo
PREFIX ?= /usr/local
BINS = poll agent phase-handler verify merge mirror preflight phase status forge

.PHONY: help setup build demo test sim kill stress fuzz mutants lint bench install uninstall docs clean

help:
	@echo "make demo     the main job, for real, in a throw-away folder"
	@echo "make test     formatting, lints and all tests; of the kill sweep some 200 points"
	@echo "make sim      as many simulated histories as SEEDS says (10000), from seed FROM; SEED plays one"
	@echo "make kill     the whole kill sweep: over an hour"
	@echo "make stress   the lock between 64 processes, some minutes (STRESS_PROCESSES, STRESS_ROUNDS)"
	@echo "make bench    figures of speed and memory, raw results under bench/"
	@echo "make install  drover to $(PREFIX)/bin, its parts to $(PREFIX)/libexec/drover"
	@echo "make docs     the generated pages of docs/"

setup:
	@./tests/setup.sh

build:
	$(CARGO) build --quiet

demo: setup build
	./target/debug/drover demo

lint:
	$(CARGO) fmt --check
	$(CARGO) clippy --quiet --all-targets -- -D warnings
	$(CARGO) clippy --quiet --features lab --test kill -- -D warnings

# What is shipped is built without the feature, and linted so; the tests run on one build, with it.
test: setup lint
	$(CARGO) test --quiet --features lab

sim:
	$(CARGO) run --quiet --profile sim --features lab --example sim

kill: setup
	KILL=all $(CARGO) test --quiet --features lab --test kill

stress:
	STRESS_PROCESSES=$${STRESS_PROCESSES:-64} STRESS_ROUNDS=$${STRESS_ROUNDS:-10000} STRESS_SECONDS=$${STRESS_SECONDS:-3600} \
		$(CARGO) test --quiet --test stress never_two_holders -- --nocapture

bench: setup
	$(CARGO) build --release --quiet
	python3 bench/run.py

docs:
	UPDATE_DOCS=1 $(CARGO) test --quiet --test docs

install:
	$(CARGO) build --release
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/drover
	install -m 755 target/release/drover $(DESTDIR)$(PREFIX)/bin/drover
	for b in $(BINS); do install -m 755 target/release/$$b $(DESTDIR)$(PREFIX)/libexec/drover/$$b; done

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/drover
	rm -rf $(DESTDIR)$(PREFIX)/libexec/drover

clean:
	$(CARGO) clean
