# Everything a contributor runs. `make help` lists the targets.
SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

# Seconds of each fuzz target in `make test`, and time in `make soak`.
FUZZTIME      ?= 3s
SOAK_FUZZTIME ?= 2m
# Rounds of the whole Go suite in `make soak`, and the seed of the first.
SOAK_ROUNDS   ?= 10
SEED          ?= $(shell date +%s)
# The package of hostile packets, whose long variant runs by itself.
HOSTILE       := conformance/hostile
# Least coverage of the Go code, in percent.
MIN_COVERAGE  ?= 85
# Packages that are test code themselves, left out of it.
TEST_CODE     := test$$|/conformance
# Packages that run the conformance cases, whose own tests are no cases.
HARNESS       := /conformance/(node|process)$$

# The version is stamped below; asking git for it would fail in a checkout of another owner.
export GOFLAGS := $(GOFLAGS) -buildvcs=false

CACHE       := .cache
VERSION     := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS     := -X main.version=$(VERSION)
STATICCHECK := $(CACHE)/bin/staticcheck

WEB_MODULES := web/node_modules/.package-lock.json
WEB_DIST    := web/dashboard/dist/index.html
WEB_SOURCES := $(shell find web -name node_modules -prune -o -name dist -prune -o -name coverage -prune -o -type f ! -name '*.go' -print 2>/dev/null)

say = @printf '\n== %s\n'

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: build ## build and start in demo mode on http://localhost:5000
	@exec bin/tradewind serve --demo

.PHONY: build
build: web ## build bin/tradewind with the dashboard inside
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/tradewind ./cmd/tradewind

.PHONY: web
web: $(WEB_DIST) ## build the dashboard (only when its sources changed)

$(WEB_MODULES): web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

$(WEB_DIST): $(WEB_MODULES) $(WEB_SOURCES)
	cd web && npm run build
	@touch $@

.PHONY: test
test: deps lint test-go conformance fuzz test-web e2e ## everything CI runs; installs redis-server and chromium where missing
	@printf '\nall tests passed\n'

.PHONY: deps
deps: ## what the tests need from the system
	$(say) 'system packages'
	@tools/deps.sh

.PHONY: lint
lint: $(STATICCHECK) ## gofmt, vet, staticcheck, import rules
	$(say) 'gofmt, vet, staticcheck, import rules'
	@unformatted=$$(find . -name node_modules -prune -o -name '*.go' -print | xargs gofmt -l); \
	  if [ -n "$$unformatted" ]; then printf 'not formatted (run gofmt -w):\n%s\n' "$$unformatted"; exit 1; fi
	go vet ./...
	$(STATICCHECK) ./...
	cd bench && go vet ./... && ../$(STATICCHECK) ./...
	go test -count=1 ./internal/archtest

$(STATICCHECK): tools/go.mod tools/go.sum
	go -C tools build -o "$(CURDIR)/$@" honnef.co/go/tools/cmd/staticcheck
	@touch $@

.PHONY: test-go
test-go: ## all Go tests but conformance: race detector, random order, coverage
	$(say) 'Go tests'
	@mkdir -p $(CACHE)
	go test -race -shuffle=on -timeout 10m -covermode=atomic -coverprofile=$(CACHE)/cover.out $$(go list ./... | grep -v '/conformance')
	go -C tools test ./coverage ./count
	go -C bench test -race -shuffle=on ./...
	@go -C tools run ./coverage -profile "$(CURDIR)/$(CACHE)/cover.out" -skip '$(TEST_CODE)' -min $(MIN_COVERAGE)

.PHONY: fuzz
fuzz: ## FUZZTIME of every fuzz target
	$(say) 'fuzz targets, $(FUZZTIME) each'
	@tools/fuzz.sh $(FUZZTIME)

.PHONY: test-web
test-web: $(WEB_MODULES) ## lint, types, tests and build of everything under web/
	$(say) 'web'
	cd web && npm run lint && npm test && npm run build
	@touch $(WEB_DIST)

# Installing React Native takes longer than all of test-web, so it is not in make test,
# which runs the same tests of the hooks on the renderer that React Native's tests use.
.PHONY: react-native
react-native: $(WEB_MODULES) ## the hooks inside React Native: types, test renderer, Metro bundles
	$(say) 'React Native'
	cd web && npx prettier --config .prettierrc.json --check ../examples/react-native --ignore-path .prettierignore
	web/node_modules/.bin/oxlint --deny-warnings -c web/.oxlintrc.json examples
	cd web/packages/hooks && npm run --silent clean && npm run --silent build
	cd examples/react-native && npm ci && npm run types && npm test && npm run bundle

# One package at a time: the cases have times of a few tenths of a second, and the
# hostile packets beside them would take both cores.
.PHONY: conformance
conformance: ## the protocol cases and the stock JavaScript clients, old and new; counts them
	$(say) 'conformance'
	@go test -race -shuffle=on -count=1 -p 1 -timeout 10m -json ./conformance/... | go -C tools run ./count -harness '$(HARNESS)'

.PHONY: e2e
e2e: build $(WEB_MODULES) ## the dashboard in a real browser
	$(say) 'browser'
	cd web && npm run e2e

.PHONY: soak
soak: deps build soak-hostile ## the long suites: hostile packets, many rounds, long fuzzing; prints its seeds
	@seed=$(SEED); for round in $$(seq 1 $(SOAK_ROUNDS)); do \
	  printf '\n== round %s of %s, seed %s (again with: make soak SOAK_ROUNDS=1 SEED=%s)\n' $$round $(SOAK_ROUNDS) $$seed $$seed; \
	  TRADEWIND_SOAK=1 TRADEWIND_SEED=$$seed go test -race -shuffle=$$seed -timeout 60m $$(go list ./... | grep -v '$(HOSTILE)$$'); \
	  TRADEWIND_SEED=$$seed go test -race -shuffle=$$seed -timeout 10m ./$(HOSTILE); \
	  seed=$$((seed + 1)); \
	done
	@tools/fuzz.sh $(SOAK_FUZZTIME)

# The full numbers once and without the race detector, which would make hours of
# them; the rounds of soak run the short variant with it, each with another seed.
.PHONY: soak-hostile
soak-hostile: ## a million hostile packets and a hundred thousand connects; prints its seed
	@seed=$(SEED); printf '\n== hostile packets, seed %s (again with: make soak-hostile SEED=%s)\n' $$seed $$seed; \
	  TRADEWIND_SOAK=1 TRADEWIND_SEED=$$seed go test -count=1 -v -timeout 60m ./$(HOSTILE)

.PHONY: bench-go
bench-go: ## Go benchmarks; figures go to .cache/bench.txt
	@mkdir -p $(CACHE)
	go test -run '^$$' -bench . -benchmem ./... | tee $(CACHE)/bench.txt

# A bench that was interrupted goes on where it stopped. What to measure is in
# BENCH_FLAGS, as in make bench BENCH_FLAGS='-cases storm -reps 3'; bench/README.md has all.
BENCH_FLAGS ?=

.PHONY: bench
bench: ## our server beside Node's and a bare floor: three quarters of an hour
	@go -C bench run ./run $(BENCH_FLAGS)

# What the other servers need is downloaded here and nowhere else: bench/zishang520
# is a module that neither lint nor test looks at.
.PHONY: bench-all
bench-all: ## make bench with servers of others too: eiows, Bun, zishang520; an hour more
	@go -C bench run ./run -all $(BENCH_FLAGS)

.PHONY: growth
growth: ## what more clients, symbols, bytes and rooms cost, ours and the floor: half an hour
	@go -C bench run ./run -growth all $(BENCH_FLAGS)

.PHONY: screenshots
screenshots: build $(WEB_MODULES) ## pictures of the dashboard for the documents
	cd web && npm run screenshots

.PHONY: clean
clean: ## remove what was built (not ./data)
	rm -rf bin $(CACHE)
