# Every target says what it does and how long it usually takes on two cores; `make` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run idp test trust drill fuzz screens watch bench lighthouse figures faults fmt lint

help: ## Lists what there is to make
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' Makefile | while IFS='|' read -r what does; do printf '  %-12s %s\n' "$$what" "$$does"; done

run: ## Installs what is missing, builds, and serves invented people on http://localhost:3000 (10 min the first time, then 5 s)
	@.ci/setup run
	@.ci/build
	@.ci/shenbao demo

idp: ## Starts an invented identity provider on http://localhost:3009, for shenbao demo --idp (20 s the first time)
	@.ci/setup idp
	@node end2end/idp/idp.mjs

test: ## Runs every test: style, both databases, browser (30 min the first time, then about 8)
	@.ci/setup test
	@.ci/test

trust: ## Runs every attack on it that we know, prints what they reached and writes target/trust.json (2 min)
	@.ci/setup test
	@.ci/trust

drill: ## Deploys for trial on this machine: PostgreSQL with TLS and a standby, nginx, several processes (under 5 min)
	@.ci/setup run
	@.ci/setup drill
	@.ci/build
	@.ci/drill

fuzz: ## Gives what reads from outside bytes without end, MINUTES=10 for each of six checks (15 min to build the first time)
	@.ci/setup fuzz
	@.ci/fuzz

screens: ## Takes a picture of every page in every state, phone and desktop, light, dark and large: target/screens/index.html (5 min)
	@.ci/setup test
	@.ci/screens

watch: ## Serves while you edit, with cargo-leptos (installs it the first time: 10 min)
	@.ci/setup watch
	@. .ci/env && cargo leptos watch

bench: ## Measures speed and size, prints them and writes target/bench.json (about 15 min)
	@.ci/setup test
	@.ci/bench

lighthouse: ## Asks Lighthouse's phone about the form, the receipt and the statistics; writes target/lighthouse.json (3 min)
	@.ci/setup test
	@.ci/setup lighthouse
	@.ci/lighthouse

figures: ## Puts what make bench measured last into docs/performance.md (1 s)
	@.ci/figures

faults: ## Kills it, fills its disk, cuts its power and more, and counts what is lost; writes target/faults.json (about 15 min)
	@.ci/setup test
	@.ci/faults

fmt: ## Formats the sources (1 s)
	@. .ci/env && cargo_of_rustup fmt

lint: ## Runs clippy on the server's and the browser's build (1 min)
	@.ci/setup run
	@. .ci/env && lint
