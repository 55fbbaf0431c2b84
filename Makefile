# Two commands do all their own set-up: `make demo` and `make test`.
CARGO ?= cargo
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?= $(basename $(notdir $(wildcard fuzz/fuzz_targets/*.rs)))
INTO = $(DESTDIR)$(PREFIX)
BINS = poll agent phase-handler verify merge mirror preflight phase hook notify status forge

.PHONY: help setup build demo test test-agents test-people test-report pictures test-deb test-cron release deb sim kill stress fuzz mutants lint bench install uninstall docs clean

help:
	@echo "make demo     the main job, for real, in a throw-away folder"
	@echo "make test     formatting, lints and all tests; of the kill sweep some 200 points, of histories 2000"
	@echo "make test-agents  Claude Code, Codex and opencode for real, from npm, with a scripted model"
	@echo "make test-people  a Matrix server for real, from PyPI, with people in a room"
	@echo "make test-report  the page of \`status report\` in a real browser"
	@echo "make sim      as many simulated histories as SEEDS says (10000), from seed FROM; SEED plays one;"
	@echo "              WIRED of a thousand servers are over HTTP (60);"
	@echo "              SIM=twins, SIM=again or SIM=asked: rules broken on purpose, all twice, why against the tick"
	@echo "make kill     the whole kill sweep: an hour and a half"
	@echo "make stress   the lock between 64 processes, and DELIVERIES (2000) texts into a terminal with kills in between"
	@echo "make fuzz     every reader of text that others write, a minute each (FUZZ_SECONDS, FUZZ_TARGETS)"
	@echo "make mutants  what no test of lib/domain would notice; takes an hour"
	@echo "make bench    figures of speed and memory, raw results under bench/; AGENTS=no leaves the real agents out"
	@echo "make install  drover to $(PREFIX)/bin, its parts to $(PREFIX)/libexec/drover; manual pages and completions too"
	@echo "make deb      a package for the Debian of this machine"
	@echo "make test-deb, make test-cron  that package on a clean Debian: the demo, and Debian's crond; root only"
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
	$(CARGO) clippy --quiet --features lab --test kill --example sim -- -D warnings

# Thousands of processes: as fast as can be had.
SWEEP = $(CARGO) test --quiet --profile sim --features lab --test kill

# All but the stories, which mostly wait, and those that are called by name.
TESTS = config docs forge fuzz layers moments pages sim stress

# What is shipped is built without the feature, and linted so; the tests run with it. While stories wait, what comes after
# them is built.
test: setup lint
	@./tests/setup.sh npm:npm
	$(CARGO) test --quiet --features lab --lib --bins $(addprefix --test ,$(TESTS))
	nice -n 19 $(CARGO) build --quiet --profile sim --features lab --bins --example sim --test kill & next=$$!; \
		RUST_TEST_THREADS=$$(($$(nproc) * 2)) $(CARGO) test --quiet --features lab --test stories; \
		ended=$$?; wait $$next && exit $$ended
	$(CARGO) run --quiet --profile sim --features lab --example sim -- test
	$(SWEEP)

# The real agents, from npm into a cache (AGENTS_CACHE), for a model that the tests play.
test-agents:
	@./tests/setup.sh npm:npm ip:iproute2 unshare:util-linux setpriv:util-linux useradd:passwd
	$(CARGO) test --quiet --features lab --test agents

# A real Matrix server, from PyPI into a cache (PEOPLE_CACHE).
test-people:
	@./tests/people/install.sh
	$(CARGO) test --quiet --features lab --test people

# The report in Debian's Chromium, with a checker from npm (REPORT_CACHE).
test-report:
	@./tests/report/install.sh
	$(CARGO) test --quiet --features lab --test report

# New pictures of it for the docs.
pictures:
	@./tests/report/install.sh
	$(CARGO) test --quiet --features lab --test report -- --ignored

sim:
	$(CARGO) run --quiet --profile sim --features lab --example sim -- $(SIM)

kill: setup
	KILL=all $(SWEEP)

# New texts go to fuzz/grown/, what fails to fuzz/artifacts/. Coverage needs no sanitizer, and so no nightly toolchain:
# nothing of ours is `unsafe`.
fuzz:
	@command -v cargo-fuzz >/dev/null || $(CARGO) install cargo-fuzz --locked
	@for t in $(FUZZ_TARGETS); do \
		mkdir -p fuzz/grown/$$t && echo "== $$t" && \
		$(CARGO) fuzz run --sanitizer none $$t fuzz/grown/$$t fuzz/corpus/$$t -- -max_total_time=$(FUZZ_SECONDS) \
			-timeout=10 -max_len=65536 -print_final_stats=1 2>fuzz/grown/$$t.log \
			|| { tail -n 40 fuzz/grown/$$t.log; exit 1; }; \
		grep -E 'cov:|number_of_executed_units|average_exec' fuzz/grown/$$t.log | tail -n 3; \
	done

stress:
	STRESS_PROCESSES=$${STRESS_PROCESSES:-64} STRESS_ROUNDS=$${STRESS_ROUNDS:-10000} STRESS_SECONDS=$${STRESS_SECONDS:-3600} \
		$(CARGO) test --quiet --test stress never_two_holders -- --nocapture
	DELIVERIES=$${DELIVERIES:-2000} $(CARGO) test --quiet --profile sim --features lab --test stories every_text_arrives_once -- --nocapture

bench: setup
	$(CARGO) build --release --quiet --bins --example figures --example forge-server
	python3 bench/run.py

mutants:
	@./tests/mutants.sh

docs:
	UPDATE_DOCS=1 $(CARGO) test --quiet --test docs --test config --test pages

# BUILT: the folder with the binaries, if they are built already.
ifndef BUILT
install: BUILT = target/release
install: release
endif

release:
	$(CARGO) build --release

# The files of cron name the place where drover is.
install:
	install -d $(INTO)/bin $(INTO)/libexec/drover $(INTO)/share/man/man1 $(INTO)/share/doc/drover/cron \
		$(INTO)/share/bash-completion/completions $(INTO)/share/zsh/site-functions $(INTO)/share/fish/vendor_completions.d
	install -s -m 755 $(BUILT)/drover $(INTO)/bin/drover
	for b in $(BINS); do install -s -m 755 $(BUILT)/$$b $(INTO)/libexec/drover/$$b; done
	install -m 644 pages/man/*.1 $(INTO)/share/man/man1
	install -m 644 pages/completions/drover.bash $(INTO)/share/bash-completion/completions/drover
	install -m 644 pages/completions/_drover $(INTO)/share/zsh/site-functions/_drover
	install -m 644 pages/completions/drover.fish $(INTO)/share/fish/vendor_completions.d/drover.fish
	for f in cron/*; do sed 's#/usr/local/bin/drover#$(PREFIX)/bin/drover#' $$f > $(INTO)/share/doc/drover/$$f; done

uninstall:
	rm -f $(INTO)/bin/drover $(INTO)/share/man/man1/drover.1 $(INTO)/share/man/man1/drover-*.1 \
		$(INTO)/share/bash-completion/completions/drover $(INTO)/share/zsh/site-functions/_drover \
		$(INTO)/share/fish/vendor_completions.d/drover.fish
	rm -rf $(INTO)/libexec/drover $(INTO)/share/doc/drover

# A package for the Debian of this machine, in target/.
deb:
	./packaging/deb.sh

# That package on a clean Debian, with the binaries of the kill sweep: they are as fast, and need no second build.
test-deb:
	@./tests/package/run.sh demo

# Debian's crond with the crontab that is shipped, on a clean Debian: some two minutes.
test-cron:
	@./tests/package/run.sh cron

clean:
	$(CARGO) clean
