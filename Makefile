# Lotse: what a developer and the CI type. `make` lists it. Nothing here asks
# a question, and everything it writes lies in out/ (and beside the programs,
# see "resources"). Longer steps are scripts in packaging/, each with its
# story at the top.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# What a person may set: make demo DEMO_SECONDS=30, make fuzz FUZZTIME=10s.
VERSION      ?= $(shell sed -n 's/^const Version = "\(.*\)"$$/\1/p' packaging/profile/version.go)
DEMO_SECONDS ?= 60
FUZZTIME     ?= 60s
SOAK         ?= 1h
SCENES       ?= typing,scroll,drag,slides,film,idle
SECONDS_EACH ?= 10
PKG          ?= ./...

# clang compiles the toolkit's C three times as fast as gcc does.
ifeq ($(origin CC),default)
CC := clang-16
endif
ifeq ($(origin CXX),default)
CXX := clang++-16
endif
export CC CXX

# What is handed out is built without paths and stamps, so that two builds of
# one source are the same bytes. What is tested is built as the linter and the
# editor do, so that the toolkit's C is compiled once for all of them.
BUILD   := go build -buildvcs=false
# openh264 is C++: its library goes into the program, for nobody has to have it.
RELEASE := $(BUILD) -trimpath -ldflags "-s -w -extldflags '-static-libstdc++ -static-libgcc'"
STATIC  := $(BUILD) -trimpath -ldflags "-s -w"
WINDOWS := packaging/tools/mingw.sh $(BUILD) -ldflags "-s -w -H=windowsgui -extld=x86_64-w64-mingw32-g++ -extldflags=-static"

WINDOWED  := master participant
DEV_LINUX := $(addprefix out/bin/lotse-,$(WINDOWED) relay demo)
DEV_WIN   := $(patsubst %,out/windows/lotse-%.exe,$(WINDOWED)) out/windows/lotse-participant-nogl.exe
RESOURCES := $(patsubst %,apps/%/rsrc_windows_amd64.syso,$(WINDOWED))
TEMPLATES := $(patsubst %,out/templates/lotse-%,$(WINDOWED)) \
             $(patsubst %,out/templates/lotse-%.exe,$(WINDOWED) participant-nogl)
# What IT runs: lotse-pack beside the one program that opens keys.
TOOLS     := $(addprefix out/dist/lotse-,pack sign relay)
# What the tests alter.
TAMPERED  := $(addprefix out/templates/lotse-,participant-nogl.exe master.exe) $(addprefix out/dist/lotse-,pack sign)

##@ Start here
.PHONY: help setup demo test check
help: ## list these targets
	@awk -F ':.*## ' '/^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' Makefile

setup: need-go ## install what is missing to build, run and test (Debian, Ubuntu)
	@packaging/linux/setup.sh

demo: ## a moderator helps a customer, on this machine, for DEMO_SECONDS
	@$(MAKE) --no-print-directory setup
	@$(MAKE) --no-print-directory $(DEV_LINUX)
	out/bin/lotse-demo -seconds $(DEMO_SECONDS)

test: ## set up, then every test: packages, and the programs end to end
	@$(MAKE) --no-print-directory setup
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory wine-unit
	@$(MAKE) --no-print-directory e2e

check: ## what must hold before a commit: format, lint, layers, other systems, unit tests
	@$(MAKE) --no-print-directory fmt
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory layout
	@$(MAKE) --no-print-directory cross
	@$(MAKE) --no-print-directory unit

##@ One at a time
.PHONY: unit wine-unit e2e test-net soak fmt lint layout cross bench bench-screen bench-screen-drawn bench-view bench-relay bench-relay-short fuzz queries screens
# What works through programs of 30 MB, byte by byte on one goroutine, takes ten
# times as long with the race detector and has nothing for it to find.
BYTEWISE := packaging/(pack|sign|verify|brand)$$
unit: need-go ## unit tests with the race detector; PKG=./relay/... for a part
	go list $(PKG) | { grep -vE '$(BYTEWISE)' || true; } | xargs -r go test -race -timeout 20m
	go list $(PKG) | { grep -E '$(BYTEWISE)' || true; } | xargs -r go test -timeout 20m

wine-unit: need-go wine ## the unit tests that only Windows has, under Wine
	packaging/windows/unit.sh out/wine ./capture/... ./relay/dial ./apps/ui/... ./packaging/selfcheck

e2e: $(DEV_LINUX) $(DEV_WIN) $(TAMPERED) wine ## the real programs: X server, relay, mouse and keys; Windows under Wine
	packaging/tools/e2e.sh -tags e2e,devprofile -timeout 60m ./apps/e2e/...
	@cat out/e2e/stop-*.txt out/e2e/fleet.txt out/e2e/abuse.txt out/e2e/tamper.txt
	go test -count=1 -v -run 'ThroughTheRelay$$' ./master

test-net: $(DEV_LINUX) ## sessions in namespaces with delay, loss, a pulled cable, another network; needs root
	LOTSE_NET=1 go test -tags e2e,devprofile -count=1 -v -timeout 40m -run '^TestNet' ./apps/e2e

soak: $(DEV_LINUX) ## a film is shared for SOAK (1h): does memory stay what it is?
	LOTSE_SOAK=$(SOAK) go test -tags e2e,devprofile -count=1 -timeout 24h -v -run FilmDoesNotFillMemory ./apps/e2e

fmt: need-go ## show what gofumpt and goimports would change
	packaging/tools/golangci.sh fmt --diff

# Once for Linux and once for the files that only Windows has; without cgo the
# programs' main files are not there, so the second run leaves apps out.
lint: need-go ## golangci-lint with .golangci.yml, for Linux and Windows
	packaging/tools/golangci.sh run ./...
	GOOS=windows CGO_ENABLED=0 packaging/tools/golangci.sh run --build-tags ci \
	  ./capture/... ./crypto/... ./master/... ./packaging/... ./participant/... ./relay/...

layout: need-go ## who may import whom
	go test -count=1 .

cross: need-go ## type-check for Windows, macOS and without cgo
	packaging/tools/cross.sh

bench: need-go ## every benchmark; PKG=./capture/... for a part
	go test -run '^$$' -bench . -benchmem $(PKG)

bench-screen: need-go ## our codec, VP9, AV1 and TigerVNC on the same scenes; SCENES=typing,film SECONDS_EACH=10
	@packaging/linux/setup.sh && packaging/linux/setup.sh bench
	$(BUILD) -o out/bin/lotse-benchscreen ./apps/benchscreen
	out/bin/lotse-benchscreen -scenes $(SCENES) -seconds $(SECONDS_EACH)

bench-screen-drawn: need-go ## the same for our codec alone, on drawn scenes: needs no other program
	$(BUILD) -o out/bin/lotse-benchscreen ./apps/benchscreen
	out/bin/lotse-benchscreen -drawn -without-peers -seconds 3 -out out/bench-drawn

bench-view: need-go ## what an update costs the viewer's main thread, beside the toolkit's own way
	@packaging/linux/setup.sh
	$(BUILD) -o out/bin/lotse-benchview ./apps/benchview
	out/bin/lotse-benchview

bench-relay: out/dist/lotse-relay ## fan-out, latency, joins and idle links of the relay, beside bare sockets and TURN servers
	@packaging/linux/setup.sh && packaging/linux/setup.sh bench
	CGO_ENABLED=0 $(BUILD) -o out/bin/lotse-benchrelay ./apps/benchrelay
	out/bin/lotse-benchrelay

bench-relay-short: need-go ## the relay's part of it in a quarter of a minute: are records lost, doubled or out of order?
	CGO_ENABLED=0 $(BUILD) -o out/bin/lotse-benchrelay ./apps/benchrelay
	out/bin/lotse-benchrelay -parts fanout,latency,joins,idle -each 1s -sizes 65536,1200 -idle 1000 -out out/bench-short

fuzz: need-go ## every fuzz target for FUZZTIME, one after another
	FUZZTIME=$(FUZZTIME) packaging/tools/fuzz.sh

# The one tool that is not a package of the module: it would bring 60 others.
queries: need-go ## make Go of relay/store/queries
	cd relay/store && CGO_ENABLED=0 go run github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1 generate

screens: out/bin/lotse-gallery out/windows/lotse-gallery.exe wine ## a picture of every window in docs/screens, to be looked at; ONLY=raise for some
	packaging/tools/screens.sh docs/screens out/bin/lotse-gallery out/windows/lotse-gallery.exe out/wine

##@ Programs
.PHONY: build templates templates-twice dist demo-brand tamper resources wine clean
build: $(DEV_LINUX) $(DEV_WIN) ## development programs in out/bin and out/windows: this machine only

templates: $(TEMPLATES) ## unsigned programs without a profile, to be branded, in out/templates

templates-twice: need-go ## build the templates in two other folders: are they the same bytes?
	packaging/tools/twice.sh $(TEMPLATES)

dist: $(TEMPLATES) $(TOOLS) ## templates, lotse-pack, lotse-sign, relay, a branded example, SBOMs and SHA256SUMS in out/dist
	$(BUILD) -o out/bin/lotse-branddemo ./apps/branddemo
	packaging/tools/dist.sh out/templates out/dist out/bin/lotse-branddemo

demo-brand: need-go ## an invented organisation's programs: branded, signed, checked, joined under Wine; pictures in out/brand
	@$(MAKE) --no-print-directory setup
	@$(MAKE) --no-print-directory $(TEMPLATES) $(TOOLS) wine
	$(BUILD) -o out/bin/lotse-branddemo ./apps/branddemo
	out/bin/lotse-branddemo

tamper: $(TAMPERED) wine ## alter a signed program in every way we know: who notices? out/e2e/tamper.txt
	go test -tags e2e,devprofile -count=1 -timeout 20m -run '^TestTamperedProgramsUnderWine$$' ./apps/e2e
	@cat out/e2e/tamper.txt

resources: $(RESOURCES) ## icon, version and manifest of the Windows programs

wine: ## a Wine prefix in out/wine in which they start
	@packaging/windows/wineprefix.sh out/wine

clean: ## remove everything that make made
	rm -rf out $(RESOURCES)

# From here on files. go build knows best what is stale, so it is always asked.
.PHONY: need-go FORCE
need-go:
	@packaging/tools/need-go.sh

FORCE: need-go

out/bin/lotse-gallery: FORCE
	$(BUILD) -tags gallery -o $@ ./apps/ui/gallery
out/bin/lotse-relay: FORCE
	CGO_ENABLED=0 $(BUILD) -tags devprofile -o $@ ./apps/relay
out/bin/lotse-%: FORCE
	$(BUILD) -tags devprofile -o $@ ./apps/$*

out/windows/lotse-%.exe: apps/%/rsrc_windows_amd64.syso FORCE
	$(WINDOWS) -tags win,devprofile -o $@ ./apps/$*

# The customer's program without a toolkit: Windows' own window, a third of the size.
out/windows/lotse-participant-nogl.exe: apps/participant/rsrc_windows_amd64.syso FORCE
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(BUILD) -ldflags "-s -w -H=windowsgui" -tags nogl,devprofile -o $@ ./apps/participant

# What this window looks like, with the manifest of the real program.
out/windows/lotse-gallery.exe: apps/participant/rsrc_windows_amd64.syso FORCE
	cp $< apps/ui/gallery/
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(BUILD) -ldflags "-s -w" -tags nogl,gallery -o $@ ./apps/ui/gallery

# lotse-sign talks to tokens through their vendors' C libraries, so it takes cgo.
out/dist/lotse-sign: FORCE
	$(STATIC) -o $@ ./apps/signer
out/dist/lotse-pack: FORCE
	CGO_ENABLED=0 $(STATIC) -o $@ ./apps/packager
out/dist/lotse-relay: FORCE
	CGO_ENABLED=0 $(STATIC) -o $@ ./apps/relay

out/templates/lotse-participant-nogl.exe: apps/participant/rsrc_windows_amd64.syso FORCE
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(BUILD) -trimpath -ldflags "-s -w -H=windowsgui" -tags nogl -o $@ ./apps/participant
out/templates/lotse-%.exe: apps/%/rsrc_windows_amd64.syso FORCE
	$(WINDOWS) -trimpath -tags win -o $@ ./apps/$*
out/templates/lotse-%: FORCE
	$(RELEASE) -o $@ ./apps/$*

apps/master/rsrc_windows_amd64.syso: FORCE
	@go run ./packaging/tools/winres -name "Lotse Master" -file lotse-master.exe -version $(VERSION).0 -out $@
apps/participant/rsrc_windows_amd64.syso: FORCE
	@go run ./packaging/tools/winres -name "Lotse Teilnehmer" -file lotse-participant.exe -version $(VERSION).0 -out $@
