# SPDX-License-Identifier: MIT
# make          builds ./sandbox, one static program, from cc and libc's headers alone
# make check    tests it
# make help     lists the rest
#
# musl-gcc is the compiler where it is installed (a quarter of the size, a fifth of the page faults at
# start); CC=gcc, CC=clang or a cross compiler overrule that.
ifeq ($(origin CC),default)
CC := $(shell command -v musl-gcc >/dev/null && echo musl-gcc || echo cc)
endif
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR ?= $(PREFIX)/share/fish/vendor_completions.d
APPARMORDIR ?= /etc/apparmor.d
# What the program is called: 'sandbox', 'usandbox' where another program has that name, or both.
NAME    := sandbox
CFLAGS  ?= -O2
BUILD_CC ?= cc
STRIP   ?= $(shell $(CC) -print-prog-name=strip)
INSTALL ?= install
# What the tests run, and where its kernels are: a folder with 'boot', or empty.
SANDBOX ?= $(CURDIR)/sandbox
KERNELS ?= $(patsubst %/boot,%,$(wildcard ../shared/kernels/boot))
KERNEL_LIST ?= 5.10,6.1,6.12,7.3

comma    := ,
WARNINGS := -Wall -Wextra -Wconversion -Wshadow $(if $(WERROR),-Werror)
# A packager's flags come last, and a _FORTIFY_SOURCE of theirs is the only one.
HARDEN   := -fstack-protector-strong $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
SMALL    := -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
ifneq ($(and $(PIE),$(findstring musl-gcc,$(CC))),)
$(error PIE=1: the wrapper musl-gcc cannot make a static PIE; take CC=gcc, or a gcc that is musl's own)
endif
LINK_ANY := $(if $(PIE),-static-pie -fPIE,-static -fno-pie) -Wl,--gc-sections,-z,now,-z,noexecstack
# musl applies no relro to a static program, where it would only pad the file.
LINK     := $(LINK_ANY) $(if $(findstring musl,$(CC)),-Wl$(comma)-z$(comma)norelro$(comma)-z$(comma)noseparate-code$(comma)-z$(comma)common-page-size=64,-Wl$(comma)-z$(comma)relro)
# musl-gcc sees none of the kernel's headers, which Debian keeps among glibc's: put those behind its own.
KERNEL_HEADERS := $(shell $(CC) -E -include linux/seccomp.h -x c /dev/null >/dev/null 2>&1 || \
	echo -idirafter /usr/include -idirafter /usr/include/$$($(CC) -print-multiarch))
COMPILE  = $(CC) -std=gnu11 $(WARNINGS) $(HARDEN) $(SMALL) $(KERNEL_HEADERS) $(CPPFLAGS) $(CFLAGS)
CROSS64  = aarch64-linux-gnu-
NATIVE   = $(if $(findstring musl,$(CC)),gcc,$(CC))
UNITS    = unit unit-filter unit-lookup
SCRIPTS  = .ci/run .install/complete.bash $(wildcard tests/*.sh tests/*/*.sh tests/*/*.bash tests/*/*.bats)

all: sandbox ## build ./sandbox (the default); CC=, CFLAGS=, PIE=1, WERROR=1

sandbox: sandbox.c build/flags
	$(COMPILE) $(LINK) $(LDFLAGS) -o $@ sandbox.c

# What was built is what is installed: 'make CC=gcc && sudo make install' does not build again with root's compiler and
# flags, unless the command line gives some.
ONLY_INSTALL = $(if $(filter-out install install-strip,$(or $(MAKECMDGOALS),all)),,$(if \
	$(findstring command,$(foreach flag,CC CFLAGS CPPFLAGS LDFLAGS PIE,$(origin $(flag)))),,yes))

# Changes when the compiler or its options do.
build/flags: $(if $(ONLY_INSTALL),,FORCE)
	@mkdir -p build
	@echo '$(COMPILE) $(LINK) $(LDFLAGS)' | cmp -s - $@ || echo '$(COMPILE) $(LINK) $(LDFLAGS)' >$@

ifneq ($(filter bwrap,$(NAME)),)
$(error NAME=bwrap: bwrap is a link to the program; take BWRAP=1)
endif
LINKS     = $(if $(BWRAP),bwrap)
INSTALLED = $(foreach name,$(NAME) $(LINKS),$(addprefix build/$(name).,1 bash zsh fish)) $(if $(APPARMOR),$(NAME:%=build/%.apparmor))

install: sandbox $(INSTALLED) ## install program, manual, completions; PREFIX=, DESTDIR=, NAME='sandbox usandbox', BWRAP=1, APPARMOR=1
	$(INSTALL) -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(MANDIR)/man1' '$(DESTDIR)$(BASHCOMPDIR)' '$(DESTDIR)$(ZSHCOMPDIR)' '$(DESTDIR)$(FISHCOMPDIR)'
	set -e; for name in $(NAME); do $(INSTALL) -m 755 sandbox '$(DESTDIR)$(BINDIR)'/$$name; done
	$(if $(BWRAP),ln -sf $(firstword $(NAME)) '$(DESTDIR)$(BINDIR)/bwrap')
	set -e; for name in $(NAME) $(LINKS); do \
		$(INSTALL) -m 644 build/$$name.1 '$(DESTDIR)$(MANDIR)'/man1/$$name.1; \
		$(INSTALL) -m 644 build/$$name.bash '$(DESTDIR)$(BASHCOMPDIR)'/$$name; \
		$(INSTALL) -m 644 build/$$name.zsh '$(DESTDIR)$(ZSHCOMPDIR)'/_$$name; \
		$(INSTALL) -m 644 build/$$name.fish '$(DESTDIR)$(FISHCOMPDIR)'/$$name.fish; done
	$(if $(APPARMOR),$(INSTALL) -d '$(DESTDIR)$(APPARMORDIR)'; $(foreach name,$(NAME), \
		$(INSTALL) -m 644 build/$(name).apparmor '$(DESTDIR)$(APPARMORDIR)/$(name)'; \
		echo "To load the profile: apparmor_parser -r '$(APPARMORDIR)/$(name)'";))

install-strip: install ## the same, without the program's symbols
	set -e; for name in $(NAME); do $(STRIP) '$(DESTDIR)$(BINDIR)'/$$name; done

uninstall: ## remove what install put there, under the names of NAME=; bwrap only if it is our link
	for name in $(NAME); do [ "$$(readlink '$(DESTDIR)$(BINDIR)/bwrap')" != $$name ] || set -- bwrap; done; \
	for name in $(NAME) "$$@"; do rm -f '$(DESTDIR)$(BINDIR)'/$$name '$(DESTDIR)$(MANDIR)'/man1/$$name.1 \
		'$(DESTDIR)$(BASHCOMPDIR)'/$$name '$(DESTDIR)$(ZSHCOMPDIR)'/_$$name '$(DESTDIR)$(FISHCOMPDIR)'/$$name.fish; done; \
	for name in $(NAME); do rm -f '$(DESTDIR)$(APPARMORDIR)'/$$name; done

# What 'install' makes, from the manual and the table of options.  Each file is made anew, also if root made the last one.
build/options: sandbox FORCE
	@rm -f $@; ./sandbox --options >$@ 2>/dev/null || { $(BUILD_CC) -w -o build/native sandbox.c && build/native --options >$@; }
build/bwrap.1: build/$(firstword $(NAME)).1 FORCE
	@rm -f $@; NAME='$(firstword $(NAME))' awk -f .install/bwrap.awk $< $< >$@
build/%.1: sandbox.1 FORCE
	@mkdir -p build; rm -f $@; awk -v name='$*' -f .install/manual.awk $< >$@
build/%.bash: build/options
	@rm -f $@; { awk -F '\t' -v name='$*' -f .install/bash.awk $< && cat .install/complete.bash && echo 'complete -F _sandbox $*'; } >$@
build/%.zsh: build/options
	@rm -f $@; awk -F '\t' -v name='$*' -f .install/zsh.awk $< >$@
build/%.fish: build/options
	@rm -f $@; { awk -F '\t' -v name='$*' -f .install/fish.awk $< && cat .install/complete.fish && echo "complete -c $* -f -a '(__sandbox_complete)'"; } >$@
build/%.apparmor: FORCE
	@mkdir -p build; rm -f $@; BINDIR='$(BINDIR)' awk -v name='$*' -f .install/apparmor.awk /dev/null >$@

dist: ## build/sandbox-VERSION.tar.gz and .xz of the last commit, of the same bytes for everyone
	@mkdir -p build; set -e; name=sandbox-$$(git show HEAD:sandbox.c | sed -n 's/^#define VERSION "\(.*\)"/\1/p'); \
	git -c tar.umask=0022 archive --prefix="$$name/" -o "build/$$name.tar" HEAD; \
	gzip -9nc "build/$$name.tar" >"build/$$name.tar.gz"; xz -9fT1 "build/$$name.tar"

# With TESTS or MATCH it is about these alone.
check: $(if $(TESTS)$(MATCH),,check-unit check-source) check-bats ## the tests that a newcomer runs, in three minutes: no root, no network; TESTS='tree limits' some, MATCH='regex' one

check-slow: sandbox ## the rest: races tried more often, attacks with each option, real servers and packages; TESTS=, MATCH=
	SANDBOX='$(SANDBOX)' JOBS='$(JOBS)' MATCH='$(MATCH)' tests/run.sh slow $(TESTS)

check-unit: ## the pure parts, without privileges
	@$(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) $(UNITS:%=build/%)
	set -e; for unit in $(UNITS:%=build/%); do $$unit; done

build/unit%: tests/unit/unit%.c tests/unit/bpf.h sandbox.c build/flags
	$(COMPILE) -Wno-unused-function $(LINK) $(LDFLAGS) -I. -o $@ $<
build/unit: tests/unit/unit.c sandbox.c build/flags
	$(COMPILE) -Wno-unused-function $(LINK) $(LDFLAGS) -I. -o $@ $<
build/globals.o: sandbox.c FORCE
	@$(COMPILE) -w -fno-pie -c -o $@ $<

check-source: sandbox ## options, manual and tests agree; short functions; one global
	tests/source/checks.sh

check-bats: sandbox ## check without the unit tests and the source's
	SANDBOX='$(SANDBOX)' JOBS='$(JOBS)' MATCH='$(MATCH)' tests/run.sh quick $(TESTS)

check-package: sandbox ## what install puts where, completions in their shells, reproducible builds, releases; needs bash-completion, expect, fish, zsh
	bats --print-output-on-failure tests/package

check-programs: sandbox ## real programs whose packages are large (.ci/run lists them): go, rust, GTK, Qt, wine, browsers
	SANDBOX='$(SANDBOX)' JOBS=1 MATCH=. tests/run.sh slow large

check-faults: ## that unit-filter notices faults planted in the filters' making
	tests/mutants/faults.sh

check-mutants: ## that tests notice each protection taken out of the program; MUTANTS='PATTERN...' some, MUTANTS=/8 every 8th
	COMPILE='$(CC) -std=gnu11 -O0 -w $(KERNEL_HEADERS) $(LINK_ANY)' JOBS='$(shell nproc)' tests/mutants/run.sh $(MUTANTS)

check-peers: sandbox ## what bubblewrap, firejail and unshare leak of the attacks, where installed; as an ordinary user
	tests/attacks/peers.sh '$(SANDBOX)'

check-libseccomp: build/unit-filter ## policies and numbers against libseccomp-dev and the kernel's headers; HEADERS=, PROTOTYPES= newer ones
	$(NATIVE) -std=gnu11 -O1 -w -I. -o build/libseccomp tests/source/libseccomp.c -lseccomp
	build/libseccomp
	tests/source/syscalls.sh build/unit-filter '$(HEADERS)' '$(PROTOTYPES)'

fuzz: ## policies of random text, under clang's sanitizers; SECONDS=600
	@mkdir -p build/corpus
	clang -std=gnu11 -g -O1 -w -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I. -o build/fuzz tests/fuzz/fuzz.c
	cd build && ASAN_OPTIONS=detect_leaks=0 ./fuzz -max_total_time=$(or $(SECONDS),600) -max_len=4000 -rss_limit_mb=4000 \
		corpus ../tests/fuzz/seeds

check-bwrap: sandbox ## ./sandbox as bwrap: bubblewrap's own suites, and compared with bubblewrap (fetches both)
	tests/bwrap/suites.sh '$(SANDBOX)'
	tests/bwrap/differ.sh '$(SANDBOX)'
	tests/bwrap/callers.sh '$(SANDBOX)'

check-kernels: sandbox build/guest/nosys build/guest/call build/guest/small32 ## core checks and refusals on other kernels, booted in qemu; KERNELS=, KERNEL_LIST=
	$(if $(KERNELS),,$(error check-kernels: no kernels/boot here: say where with KERNELS=FOLDER))
	cp sandbox build/guest/
	tests/kernels/run.sh '$(KERNELS)' '$(KERNEL_LIST)' build/guest

# Refuses system calls as a container's filter does; it comes with the kernels.
build/guest/nosys: FORCE
	@mkdir -p build/guest
	$(if $(KERNELS),$(NATIVE) -static -O2 -o $@ '$(KERNELS)/nosys.c')

build/guest/small32: tests/kernels/small.c
	@mkdir -p build/guest
	$(NATIVE) -m32 -idirafter /usr/include/x86_64-linux-gnu -static -pthread -O1 -o $@ $<

# Makes system calls by number, also those of the 32-bit ABI.
build/guest/call: tests/lib/call.c
	@mkdir -p build/guest
	$(NATIVE) -static -O1 -o $@ $<

check-arm64: build/arm64/sandbox build/arm64/unit build/arm64/unit-filter build/arm64/nosys build/arm64/call ## cross-build for aarch64, and its core under qemu
	tests/kernels/arm64.sh build/arm64 '$(KERNELS)'

build/arm64/nosys: FORCE
	@mkdir -p build/arm64
	$(if $(KERNELS),$(CROSS64)gcc -static -O2 -o $@ '$(KERNELS)/nosys.c')

build/arm64/call: tests/lib/call.c
	@mkdir -p build/arm64
	$(CROSS64)gcc -static -O1 -o $@ $<

build/arm64/%: FORCE
	@mkdir -p build/arm64
	$(CROSS64)gcc -std=gnu11 $(CFLAGS) $(WARNINGS) -Werror -Wno-unused-function $(HARDEN) $(SMALL) $(LINK_ANY) -Wl,-z,relro -I. -o $@ \
		$(if $(filter unit%,$*),tests/unit/$*.c,sandbox.c)

lint: ## warnings of gcc, clang, musl, cppcheck, shellcheck and mandoc; formatting of the manual
	set -e; for cc in gcc clang $$(command -v musl-gcc); do \
		$(MAKE) --no-print-directory -s CC=$$cc WERROR=1 build/lint-object; done
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability --inline-suppr \
		--suppress=missingIncludeSystem -D__x86_64__ sandbox.c
	shellcheck $(SCRIPTS)
	mandoc -T lint -W warning sandbox.1

build/lint-object: FORCE
	@mkdir -p build
	$(COMPILE) -c -o $@ sandbox.c

asan: ## check-unit and check-bats with address and undefined-behaviour sanitizers
	@mkdir -p build/asan
	$(NATIVE) -std=gnu11 -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
		$(WARNINGS) -o build/asan/sandbox sandbox.c
	set -e; for unit in $(UNITS); do $(NATIVE) -std=gnu11 -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
		-fno-sanitize-recover=all $(WARNINGS) -Wno-unused-function -I. -o build/asan/$$unit tests/unit/$$unit.c; \
		ASAN_OPTIONS=detect_leaks=0 build/asan/$$unit; done
	ASAN_OPTIONS=detect_leaks=0 $(MAKE) check-bats SANDBOX='$(CURDIR)/build/asan/sandbox'

coverage: ## lines of sandbox.c that the unit tests reach, by section
	rm -rf build/coverage && mkdir -p build/coverage
	cd build/coverage && $(NATIVE) -std=gnu11 -O0 --coverage -I../.. -c -o unit.o ../../tests/unit/unit.c && \
		$(NATIVE) --coverage -o unit unit.o && ./unit && gcov unit.gcda >/dev/null
	awk -f tests/source/coverage.awk build/coverage/sandbox.c.gcov

bench: sandbox build/getppid build/start build/floor build/inside ## what sandboxes cost, beside others; PARTS=, ROUNDS= (tests/bench/run.sh)
	tests/bench/run.sh '$(SANDBOX)' build

bench-calls: sandbox build/start ## that a start takes no more system calls, page faults, instructions and memory than it did
	tests/bench/calls.sh '$(SANDBOX)' build/start

build/start: tests/bench/start.c
	@mkdir -p build
	$(NATIVE) -std=gnu11 -O2 $(WARNINGS) -o $@ $<
build/inside: tests/bench/inside.c
	@mkdir -p build
	$(NATIVE) -std=gnu11 -O2 -static $(WARNINGS) -o $@ $<
# Built as the program is, to compare with it.
build/floor: tests/bench/floor.c build/flags
	$(COMPILE) $(LINK) $(LDFLAGS) -o $@ $<

# libseccomp, to compare with, where it is installed.
build/getppid: tests/bench/getppid.c sandbox.c
	@mkdir -p build
	$(NATIVE) -std=gnu11 -O2 -w -I. -o $@ $< $(if $(wildcard /usr/include/seccomp.h),-lseccomp,-DNO_LIBSECCOMP)

size: sandbox ## the stripped size: at most 256 KB with musl, 900 KB with glibc
	@$(STRIP) -R .comment -o build/stripped sandbox; n=$$(wc -c <build/stripped); \
	case '$(CC)' in *musl*) max=262144;; *) max=921600;; esac; \
	echo "sandbox: $$n bytes stripped with $(CC) (at most $$max)"; [ $$n -le $$max ]

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1	/p' Makefile | awk -F '\t' '{printf "make %-14s %s\n", $$1, $$2}'

clean: ## remove what was built
	rm -rf build sandbox

FORCE:
.PHONY: dist check-package check-faults check-mutants check-peers check-programs check-libseccomp fuzz all install install-strip uninstall check check-slow check-unit check-source check-bats check-bwrap check-kernels check-arm64 lint asan \
	coverage bench bench-calls size help clean FORCE
