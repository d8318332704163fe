#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What 'make install' puts where, under which names; the completions in their shells; 'make dist'; the same bytes wherever it is built.

setup_file() {
	bats_require_minimum_version 1.5.0
	unset MAKEFLAGS MAKELEVEL MFLAGS
	export REPO=$BATS_TEST_DIRNAME/../.. TREE=$BATS_FILE_TMPDIR/tree ROOT="$BATS_FILE_TMPDIR/the root"
	mkdir "$TREE"
	tar -C "$REPO" --exclude=./.git -c . | tar -C "$TREE" -x --no-same-owner
	mkdir -p "$BATS_FILE_TMPDIR/work/folder" "$BATS_FILE_TMPDIR/home"
	touch "$BATS_FILE_TMPDIR/work/file.txt"
	make -C "$TREE" install DESTDIR="$ROOT" NAME='sandbox usandbox' BWRAP=1 APPARMOR=1 >"$BATS_FILE_TMPDIR/log"
	export SHARE=$ROOT/usr/local/share BIN=$ROOT/usr/local/bin PATH="$ROOT/usr/local/bin:$PATH" WORK=$BATS_FILE_TMPDIR/work HOME=$BATS_FILE_TMPDIR/home
}

setup() {
	cd "$WORK" || return
}

needs() {
	command -v "$1" >/dev/null || { [ -z "${SANDBOX_CI-}" ] && skip "$1 is not installed"; }
}

files() { # DIR: what lies below it
	(cd "$1" && find . ! -type d | sort)
}

@test "program, manual and completions are installed under each name, for bwrap with a link" {
	run -0 files "$ROOT"
	diff - <(echo "$output") <<-'END'
		./etc/apparmor.d/sandbox
		./etc/apparmor.d/usandbox
		./usr/local/bin/bwrap
		./usr/local/bin/sandbox
		./usr/local/bin/usandbox
		./usr/local/share/bash-completion/completions/bwrap
		./usr/local/share/bash-completion/completions/sandbox
		./usr/local/share/bash-completion/completions/usandbox
		./usr/local/share/fish/vendor_completions.d/bwrap.fish
		./usr/local/share/fish/vendor_completions.d/sandbox.fish
		./usr/local/share/fish/vendor_completions.d/usandbox.fish
		./usr/local/share/man/man1/bwrap.1
		./usr/local/share/man/man1/sandbox.1
		./usr/local/share/man/man1/usandbox.1
		./usr/local/share/zsh/site-functions/_bwrap
		./usr/local/share/zsh/site-functions/_sandbox
		./usr/local/share/zsh/site-functions/_usandbox
	END
	[ "$(readlink "$BIN/bwrap")" = sandbox ]
	[ "$(stat -c %a "$BIN/usandbox" "$SHARE/man/man1/usandbox.1" "$ROOT/etc/apparmor.d/sandbox" | tr '\n' ' ')" = '755 644 644 ' ]
}

@test "by itself install puts the program, its manual and its completions there, where a packager says" {
	make -C "$TREE" install DESTDIR="$BATS_TEST_TMPDIR/a b" PREFIX=/opt/c\ d MANDIR=/m BASHCOMPDIR=/bash ZSHCOMPDIR=/zsh FISHCOMPDIR=/fish
	run -0 files "$BATS_TEST_TMPDIR/a b"
	[ "$output" = $'./bash/sandbox\n./fish/sandbox.fish\n./m/man1/sandbox.1\n./opt/c d/bin/sandbox\n./zsh/_sandbox' ]
	make -C "$TREE" uninstall DESTDIR="$BATS_TEST_TMPDIR/a b" PREFIX=/opt/c\ d MANDIR=/m BASHCOMPDIR=/bash ZSHCOMPDIR=/zsh FISHCOMPDIR=/fish
	[ -z "$(files "$BATS_TEST_TMPDIR/a b")" ]
}

@test "uninstall removes what install put there, of the names that are given, and no bwrap but its own" {
	cp -a "$ROOT" "$BATS_TEST_TMPDIR/root"
	make -C "$TREE" uninstall DESTDIR="$BATS_TEST_TMPDIR/root" NAME=usandbox
	run -0 files "$BATS_TEST_TMPDIR/root"
	[[ $output != *usandbox* && $output == *bin/sandbox*bin/bwrap* || $output == *bin/bwrap*bin/sandbox* ]]
	make -C "$TREE" uninstall DESTDIR="$BATS_TEST_TMPDIR/root"
	[ -z "$(files "$BATS_TEST_TMPDIR/root")" ]

	cp -a "$ROOT" "$BATS_TEST_TMPDIR/other"
	ln -sf elsewhere "$BATS_TEST_TMPDIR/other/usr/local/bin/bwrap"
	make -C "$TREE" uninstall DESTDIR="$BATS_TEST_TMPDIR/other" NAME='sandbox usandbox'
	run -0 files "$BATS_TEST_TMPDIR/other"
	[[ $output == *bin/bwrap* && $output == *bwrap.1* && $output != *sandbox* ]]
}

@test "bwrap is the name of a link only" {
	run ! make -C "$TREE" install DESTDIR="$BATS_TEST_TMPDIR/root" NAME=bwrap
	[[ $output == *'take BWRAP=1'* ]]
	[ ! -e "$BATS_TEST_TMPDIR/root" ]
}

@test "usandbox is sandbox in all but its messages' beginning, and bwrap alone is a drop-in for bubblewrap" {
	run -0 diff <("$BIN/sandbox" --plan true) <("$BIN/usandbox" --plan true)
	run -125 "$BIN/usandbox" --no-such-option
	[[ $output == 'usandbox: unknown option --no-such-option'* ]]
	run -0 "$BIN/usandbox" --version
	[ "$output" = "$("$BIN/sandbox" --version)" ]
	run -0 "$BIN/bwrap" --version
	[[ $output == bubblewrap* ]]
	local name
	for name in my-bwrap bwrap2 BWRAP; do
		ln -s "$BIN/sandbox" "$BATS_TEST_TMPDIR/$name"
		run -125 "$BATS_TEST_TMPDIR/$name" --no-such-option
		[[ $output == "$name: "* ]]
		run -0 "$BATS_TEST_TMPDIR/$name" --version
		[[ $output == sandbox* ]]
	done
}

@test "the manual names itself by the name it is installed under" {
	needs mandoc
	cmp "$REPO/sandbox.1" "$SHARE/man/man1/sandbox.1"
	run -0 mandoc -T lint -W warning "$SHARE/man/man1/usandbox.1" "$SHARE/man/man1/bwrap.1"
	[ -z "$output" ]
	run -0 bash -c "mandoc -T utf8 -O width=500 '$SHARE/man/man1/usandbox.1' | sed \$'s/.\b//g'"
	[[ $output == 'USANDBOX(1)'* ]]
	[[ $output == *'usandbox [option ...] [--] command [argument ...]'* ]]
	[[ $output == *$'\n           usandbox --cwd overlay --rw'* ]]
	[[ $output != *[\ \|]sandbox\ --* ]]
}

@test "the manual of bwrap has all of bubblewrap's options and no other, and the differences of the name" {
	needs mandoc
	run -0 bash -c "mandoc -T utf8 -O width=500 '$SHARE/man/man1/bwrap.1' | sed \$'s/.\b//g'"
	[[ $output == 'BWRAP(1)'* ]]
	[[ $output == *'bwrap [option ...] [--] command [argument ...]'* ]]
	[[ $output == *'sandbox(1)'*'background processes at the end'* ]]
	grep -q '^\.It Fl -ro-bind Ar SRC DEST$' "$SHARE/man/man1/bwrap.1"
	run ! grep -q '^\.It Fl -cwd' "$SHARE/man/man1/bwrap.1"
	run -0 grep -c '^\.It Fl -[a-z]' "$SHARE/man/man1/bwrap.1"
	local listed
	listed=$(sed -n '/^\.Sh THE NAME/,/^\.Sh SECURITY/{/^\.Fl -.* -/p}' "$REPO/sandbox.1" | grep -o -- ' -[a-z]' | wc -l)
	[ "$output" = "$listed" ]
	[ "$listed" -ge 67 ]
	if [ -e /usr/bin/bwrap ]; then
		for option in $(/usr/bin/bwrap --help | grep -oE '^ +--[a-z][a-z0-9-]+'); do
			grep -q "^\.It Fl -${option#--}\( \|\$\)" "$SHARE/man/man1/bwrap.1"
		done
	fi
}

# Of all shells: the options; a value's words and files; the second of two values; the command and what is the command's.
# Each line has what is typed, and the candidates that there must be, then those that there must not be.
cases() {
	cat <<-'END'
		sandbox --r|--ro --ro-bind --root --rw|--bind ls
		sandbox --cwd |ro rw none overlay|file.txt
		sandbox --cwd rw --ro-bind-t|--ro-bind-try|--ro-bind
		sandbox --bind folder fi|file.txt|folder
		sandbox --bind folder file.txt touc|touch|file.txt
		sandbox --chdir fo|folder|file.txt
		sandbox --root |host empty folder|file.txt
		sandbox --unsetenv HOM|HOME|file.txt
		sandbox --cwd rw ls --almost|--almost-all|--cwd
		sandbox -- touc|touch|--ro
		sandbox ls fi|file.txt|folder
		usandbox --syscalls |default none strict|rw
		bwrap --ro-bind-t|--ro-bind-try|--ro-bind
	END
}

complete_all() { # COMMAND...: which prints what is offered for a line, a candidate a line
	local line wanted unwanted word offered
	while IFS='|' read -r line wanted unwanted; do
		offered=$("$@" "$line" </dev/null | tr -d '/')
		for word in $wanted; do
			grep -qxF -- "$word" <<<"$offered" || { echo "'$line' lacks $word; it has: $offered"; return 1; }
		done
		for word in $unwanted; do
			! grep -qxF -- "$word" <<<"$offered" || { echo "'$line' offers $word"; return 1; }
		done
	done
}

bash_offers() { # LINE, after $SETUP; of a word's end behind = too
	# What precedes the word that is completed is no candidate; what a directory has is of no interest when only empty words are.
	XDG_DATA_DIRS=$SHARE:/usr/share expect "$BATS_TEST_DIRNAME/complete.exp" "$SETUP" "$1" | tail -n +"$(wc -w <<<"${1% *}")"
}

@test "completion in bash, with bash-completion" {
	needs expect
	[ -e /usr/share/bash-completion/bash_completion ] || { [ -z "${SANDBOX_CI-}" ] && skip 'bash-completion is not installed'; }
	SETUP='. /usr/share/bash-completion/bash_completion'
	cases | grep -v '^sandbox --root ' | complete_all bash_offers
	printf '%s\n' 'sandbox --root |host empty|' 'sandbox --root fo|folder|' 'sandbox --rlimit cpu=1 --deny-syscall chown:EPERM touc|touch|' \
		'sandbox --cwd=o|--cwd=overlay|' 'sandbox --ro=fi|--ro=file.txt|' | complete_all bash_offers
}

@test "completion in bash, without bash-completion" {
	needs expect
	SETUP="for name in sandbox usandbox bwrap; do . '$SHARE'/bash-completion/completions/\$name; done"
	cases | grep -v '^sandbox --root \|almost' | complete_all bash_offers
}

zsh_offers() {
	timeout 60 zsh -f "$BATS_TEST_DIRNAME/complete.zsh" "$SHARE/zsh/site-functions" "$1"
}

@test "completion in zsh" {
	needs zsh
	{ cases; echo 'sandbox --cwd=o|overlay|rw'; } | complete_all zsh_offers
}

fish_offers() {
	XDG_DATA_DIRS=$SHARE:/usr/share fish -c "complete -C '$1'" | cut -f 1
}

@test "completion in fish" {
	needs fish
	{ cases; echo 'sandbox --cwd=o|--cwd=overlay|--cwd=rw'; } | complete_all fish_offers
}

@test "the AppArmor profile is that of the program where it is installed" {
	needs apparmor_parser
	make -C "$TREE" install DESTDIR="$BATS_TEST_TMPDIR" BINDIR='/opt/my {bin}' APPARMOR=1 >"$BATS_TEST_TMPDIR/log"
	grep -qxF "To load the profile: apparmor_parser -r '/etc/apparmor.d/sandbox'" "$BATS_TEST_TMPDIR/log"
	local profile=$BATS_TEST_TMPDIR/etc/apparmor.d/sandbox
	grep -qxF 'profile sandbox "/opt/my \{bin\}/sandbox" flags=(unconfined) {' "$profile"
	grep -qxF '  userns,' "$profile"
	# A parser before 4.0 knows all but these two lines.
	[ -e /etc/apparmor.d/abi/4.0 ] || sed -i '/^abi <abi\/4.0>,$/d; /^  userns,$/d' "$profile"
	apparmor_parser --skip-kernel-load --skip-cache "$profile"
	run -0 apparmor_parser --names "$profile"
	[[ $output == *sandbox ]]
}

@test "install builds nothing anew with the flags of who calls it, unless the command line gives some" {
	run -0 env CC=false CFLAGS=-O0 make -C "$TREE" -n install DESTDIR="$BATS_TEST_TMPDIR"
	[[ $output != *'-o sandbox sandbox.c'* ]]
	run -0 make -C "$TREE" -n install DESTDIR="$BATS_TEST_TMPDIR" CFLAGS=-O0
	[[ $output == *'-o sandbox sandbox.c'* ]]
	run -0 make -C "$TREE" -n -W sandbox.c install DESTDIR="$BATS_TEST_TMPDIR"
	[[ $output == *'-o sandbox sandbox.c'* ]]
	run -0 env CFLAGS=-O0 make -C "$TREE" -n
	[[ $output == *'-o sandbox sandbox.c'* ]]
}

build_in() { # DIR CC LANG TZ UMASK [PREFIX...]: a build and an installation of its own
	local dir=$1 cc=$2 lang=$3 zone=$4 mask=$5
	shift 5
	mkdir -p "$dir/tree" "$dir/root"
	tar -C "$TREE" --exclude=./sandbox --exclude=./build -c . | tar -C "$dir/tree" -x --no-same-owner
	[ $# = 0 ] || chown -R 65534:65534 "$dir"
	(umask "$mask" && "$@" env LC_ALL="$lang" LANG="$lang" TZ="$zone" make -s -C "$dir/tree" install-strip CC="$cc" \
		DESTDIR="$dir/root" NAME='sandbox usandbox' BWRAP=1 APPARMOR=1 >/dev/null)
	(cd "$dir" && sha256sum tree/sandbox && cd root && find . -type f -exec sha256sum {} + | sort -k 2 && find . -type f -printf '%m %p\n' | sort -k 2)
}

@test "a build has the same bytes in another directory, language, time zone and umask, as another user" {
	local cc as=()
	chmod a+rx "$BATS_RUN_TMPDIR" "$(dirname "$BATS_FILE_TMPDIR")" "$BATS_FILE_TMPDIR" "$(dirname "$BATS_TEST_TMPDIR")" "$BATS_TEST_TMPDIR" 2>/dev/null || true
	[ "$(id -u)" != 0 ] || as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	for cc in gcc musl-gcc; do
		command -v "$cc" >/dev/null || continue
		build_in "$BATS_TEST_TMPDIR/$cc" "$cc" C UTC 022 >"$BATS_TEST_TMPDIR/one"
		build_in "$BATS_TEST_TMPDIR/another place/for $cc" "$cc" C.UTF-8 Pacific/Auckland 077 "${as[@]}" >"$BATS_TEST_TMPDIR/other"
		diff "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/other"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/one")" = 33 ]
	done
}

@test "a release is the same file for everyone, and builds, installs and passes its tests without git" {
	needs git
	[ -e "$REPO/.git" ] || skip 'only a clone makes a release'
	git clone -q "$REPO" "$BATS_TEST_TMPDIR/clone"
	cp "$REPO/Makefile" "$BATS_TEST_TMPDIR/clone"
	(cd "$BATS_TEST_TMPDIR/clone" && umask 022 && make -s dist && mv build first && umask 077 && TZ=Asia/Tokyo LC_ALL=C make -s dist)
	local version
	version=$(sed -n 's/^#define VERSION "\(.*\)"/\1/p' "$REPO/sandbox.c")
	run -0 diff -r "$BATS_TEST_TMPDIR/clone/first" "$BATS_TEST_TMPDIR/clone/build"
	run -0 ls "$BATS_TEST_TMPDIR/clone/build"
	[ "$output" = "sandbox-$version.tar.gz"$'\n'"sandbox-$version.tar.xz" ]
	mkdir "$BATS_TEST_TMPDIR/gz" "$BATS_TEST_TMPDIR/xz"
	tar -C "$BATS_TEST_TMPDIR/gz" -xzf "$BATS_TEST_TMPDIR/clone/build/sandbox-$version.tar.gz"
	tar -C "$BATS_TEST_TMPDIR/xz" -xJf "$BATS_TEST_TMPDIR/clone/build/sandbox-$version.tar.xz"
	diff -r "$BATS_TEST_TMPDIR/gz" "$BATS_TEST_TMPDIR/xz"
	cd "$BATS_TEST_TMPDIR/gz/sandbox-$version"
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nexit 99\n' >"$BATS_TEST_TMPDIR/bin/git"
	chmod +x "$BATS_TEST_TMPDIR/bin/git"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH make -s install check-unit check-source DESTDIR="$BATS_TEST_TMPDIR/installed"
	"$BATS_TEST_TMPDIR/installed/usr/local/bin/sandbox" --version | grep -qx "sandbox $version"
	grep -q "^$version" NEWS
}
