#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The manual and the README: each example is taken from the text and run, and its result is checked; what
# they say of the options is what the program says.
# shellcheck disable=SC1003,SC2016,SC2030,SC2031,SC2034,SC2153
# (the examples are text for another shell; tables are used by name; PROGRAM comes from common.bash)

load ../lib/common

SOURCE=$BATS_TEST_DIRNAME/../..

# The reader's home, as the README describes it, and the programs that a test machine need not have.
setup() {
	READER=$USER_DIR/reader
	PROJECT=$READER/project
	rm -rf "$READER"
	mkdir -p "$PROJECT/bin" "$READER"/{.tools,.lua/bin,.local/bin}
	cp "$PROGRAM" "$PROJECT/bin/sandbox"
	ln -s sandbox "$PROJECT/bin/bwrap"
	echo private >"$READER/notes.txt"
	echo '[user] name = reader' >"$READER/.gitconfig"
	echo 'registry = here' >"$READER/.npmrc"
	printf '%s\n' 'all: ; @readlink /proc/self/ns/net' 'fetch: ; @readlink /proc/self/ns/net' 'check: ; @echo checked' >"$PROJECT/Makefile"
	printf '#!%s/.lua/bin/lua\n' "$READER" >"$PROJECT/report"
	script "$READER/.lua/bin/lua" :
	script "$READER/.local/bin/mytool" :
	script "$PROJECT/app" 'unshare -n true; cat ~/.app.conf; exit 0'
	echo 'print(open("Makefile").read().count("all:")); open("changed", "w")' >"$PROJECT/solution.py"
	script "$PROJECT/bin/npm" 'cat ~/.npmrc; env | grep npm_'
	script "$PROJECT/bin/foot" 'exec python3 bin/connect "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY"'
	script "$PROJECT/bin/xterm" 'cat ~/.Xauthority && exec python3 bin/connect "$(ls /tmp/.X11-unix/X*)"'
	echo 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); print(s.recv(99).decode())' >"$PROJECT/bin/connect"
	script "$READER/.tools/sudo" 'exec "$@"'
	script "$READER/.tools/apt-get" 'echo "apt-get $*"'
	script "$READER/.tools/mmdebstrap" 'cat "$HOME/.tools/tree.tar"'
	chmod 755 "$PROJECT/report"
	own "$READER"
	chmod 700 "$READER"
	LISTENERS=()
	cd "$PROJECT" || return
}

teardown() {
	report_failure
	[ ${#LISTENERS[@]} -eq 0 ] || kill "${LISTENERS[@]}"
	[ -z "${X_SOCKET-}" ] || rm -f "$X_SOCKET"
	[ -z "${X_DIRECTORY-}" ] || rmdir "$X_DIRECTORY"
}

script() { # FILE TEXT
	printf '#!/bin/sh\n%s\n' "$2" >"$1"
	chmod 755 "$1"
}

# A socket that says its name to whoever connects.
listen() {
	exec_as_user python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
while True:
    s.accept()[0].sendall(b"this is " + os.path.basename(sys.argv[1]).encode())' "$1" 3>&- >/dev/null 2>&1 &
	LISTENERS+=($!)
	for _ in $(seq 100); do
		[ ! -S "$1" ] || return 0
		sleep 0.05
	done
	return 1
}

# A tree with a release of its own and two programs of the host's, for --root.
mini_tree() {
	local tree=$READER/.tools/tree program
	mkdir -p "$tree"/{etc,dev,proc,tmp,usr}
	echo 'VERSION_CODENAME=trixie' >"$tree/etc/os-release"
	echo theirs >"$tree/etc/issue"
	: >"$tree/dev/null"
	for program in /bin/sh /bin/cat; do
		ldd "$program" | grep -oE '/[^ ]+' | xargs cp -L --parents -t "$tree" "$program"
	done
	tar -c -C "$tree" -f "$READER/.tools/tree.tar" .
	rm -rf "$tree"
	own "$READER/.tools"
}

# An example as the reader would type it, in a folder of the reader's; sets status and output.
try() { # EXAMPLE [FOLDER]
	printf '%s\n' "$1" >"$BATS_TEST_TMPDIR/example"
	cd "${2:-$PROJECT}" || return
	run as_user env -i HOME="$READER" PATH="$PROJECT/bin:$READER/.tools:$PATH" LC_ALL=C TERM=dumb EDITOR=vi TOKEN=hidden \
		npm_config_a=b XDG_RUNTIME_DIR="$READER/run" WAYLAND_DISPLAY=wayland-7 DISPLAY="${X_SOCKET:+:${X_SOCKET##*/X}.0}" \
		${ASAN_OPTIONS:+ASAN_OPTIONS="$ASAN_OPTIONS"} \
		bash -eu "$BATS_TEST_TMPDIR/example" </dev/null
	output=${output//"$READER"/\/home\/you}
}

ok() { # OUTPUT: what the example printed, to the letter
	[ "$status" -eq 0 ] && [ "$output" = "$1" ]
}

host_net() { readlink /proc/self/ns/net; }

# NUL-separated: fenced blocks of the README in a language; literal displays of the manual.
readme_blocks() {
	awk -v fence="\`\`\`$1" '$0 == fence { inside = 1; next } inside && /^```$/ { inside = 0; printf "%c", 0; next } inside' "$SOURCE/README.md"
}

manual_blocks() {
	awk '/^\.Bd -literal/ { inside = 1; next } inside && /^\.Ed/ { inside = 0; printf "%c", 0; next } inside' "$SOURCE/sandbox.1" |
		sed "s/\\\\-/-/g; s/\\\\(aq/'/g; s/\\\\&//g; s/\\\\e/\\\\/g"
}

# Every block has a row in the table whose name is given, by its first line, and every row a block.
try_all() { # TABLE, blocks on stdin
	local -n table=$1
	local -A seen=()
	local block first
	while IFS= read -r -d '' block; do
		first=${block%%$'\n'*}
		block=${block%$'\n'}
		[ -n "${table[$first]-}" ] || { echo "no expectation for the example: $first" >&2; return 1; }
		[ -z "${seen[$first]-}" ] || { echo "two examples begin alike: $first" >&2; return 1; }
		"${table[$first]}" "$block" || { printf 'example: %s\nstatus %s: %s\n' "$block" "$status" "$output" >&2; return 1; }
		seen[$first]=yes
	done
	for first in "${!table[@]}"; do
		[ -n "${seen[$first]-}" ] || { echo "no such example any more: $first" >&2; return 1; }
	done
}

# --- what the examples of both must do ---

builds_without_network() {
	try "$1" && [ "$status" -eq 0 ] && [[ ${lines[0]} == net:* && ${lines[0]} != "$(host_net)" ]]
}

builds_and_checks() {
	builds_without_network "$1" && [ "${lines[1]}" = checked ]
}

fetches_then_builds() {
	try "$1" && [ "$status" -eq 0 ] && [ "${lines[0]}" = "$(host_net)" ] && [ "${lines[1]}" != "${lines[0]}" ]
}

keeps_results_only() {
	rm -rf results
	try "$1; touch outside-only" && [ "$status" -eq 0 ] && [ -s results/log ] && [ "$(ls results)" = log ] &&
		[[ -z $output || ${#lines[@]} -eq 1 && $output = 'sandbox: --memory-try, --pids-try: no limit is set: cannot limit the cgroup '* ]]
}

shows_plan() {
	try "$1" && [ "$status" -eq 0 ] && [ "${lines[0]}" = 'namespaces cgroup ipc mount pid user uts' ] &&
		[[ $output == *$'\nread-only bind /home/you/.gitconfig\n'*'command git' ]]
}

# A repository of the reader's; its build, at the top and in src, is the given command.
repository() { # BUILD
	local repo=$READER/repo
	rm -rf "$repo" && mkdir -p "$repo/src" && printf 'all: ; @%s\n' "$1" >"$repo/src/Makefile" && cp "$repo/src/Makefile" "$repo/" &&
		own "$repo" && as_user git -C "$repo" init -q && as_user git -C "$repo" add . &&
		as_user git -C "$repo" -c user.name=x -c user.email=x commit -q -m first
}

keeps_hooks() {
	repository 'mv .git x || rm -r .git || mkdir .git/hooks/x || echo x >.git/commondir || mv .git/config x || git log --format=%s' &&
		cp -a "$READER/repo/.git" "$READER/before" && try "($1) 2>/dev/null" "$READER/repo" && ok first &&
		diff -r "$READER/before" "$READER/repo/.git" &&
		try 'sandbox --ro .git/hooks --ro .git/config sh -c "mv .git x 2>/dev/null || echo x >.git/commondir"' "$READER/repo" && ok '' &&
		[ -e "$READER/repo/.git/commondir" ] # for which reason the manual says that the two are not enough
}

# --- the README's ---

src() { # a fresh copy of what is built and installed
	[ -e "$READER/src" ] || {
		mkdir -p "$READER/src" && cp -R "$SOURCE"/{Makefile,sandbox.c,sandbox.1,LICENSE,tests,.install} "$READER/src/" && own "$READER/src"
	}
}

known_packages() { # the packages that the example installs are on the list of .ci/run
	local package
	while read -r package; do
		bash -c 'eval "$(sed -n "/^PACKAGES=/,/^'\''/p" "$1")"; [[ " "$(echo $PACKAGES)" " == *" $2 "* ]]' bash "$SOURCE/.ci/run" "$package" ||
			{ output="$package is not on the list of .ci/run" && return 1; }
	done < <(grep -oE 'install -y [a-z0-9 -]+' <<<"$1" | cut -d ' ' -f 3- | tr ' ' '\n' | grep .)
}

sets_up() {
	src && known_packages "$1" && try "$1" "$READER/src" && [ "$status" -eq 0 ] && [[ $output == *'apt-get install'*uid=*src ]]
}

runs_checks() {
	script "$READER/.tools/make" 'exec /usr/bin/env PATH="${PATH#*.tools:}" make -n "$@"'
	src && known_packages "$1" && try "$1" "$READER/src" && rm "$READER/.tools/make" &&
		[ "$status" -eq 0 ] && [[ $output == *tests/source/checks.sh*tests/run.sh* ]]
}

installs() {
	src && try "$1" "$READER/src" && [ "$status" -eq 0 ] && [[ $output == *man1/* ]] &&
		[ "$("$READER/.local/bin/sandbox" --version)" = "$("$PROGRAM" --version)" ] &&
		[ -s "$READER/.local/share/man/man1/sandbox.1" ] && [ ! -e "$READER/.local/bin/bwrap" ] &&
		try 'make install PREFIX=/usr DESTDIR="$HOME/.packaged" BWRAP=1 && ~/.packaged/usr/bin/bwrap --version' "$READER/src" &&
		[ "$status" -eq 0 ] && [ "${lines[-1]}" = 'bubblewrap 0.13.1' ] &&
		try 'make uninstall PREFIX="$HOME/.local"' "$READER/src" && [ ! -e "$READER/.local/bin/sandbox" ]
}

may_read_only() {
	try "$1" && [ "$status" -ne 0 ] && [[ $output == 1$'\n'*'Read-only file system: '\''changed'\' ]] && [ ! -e changed ]
}

gives_a_shell() {
	try "echo 'echo x >thrown; cat thrown; ls ~' | $1" && ok $'x\nproject' && [ ! -e thrown ]
}

passes_secret() {
	try "$1" && ok hidden
}

shows_on_wayland() {
	mkdir -m 700 "$READER/run" && own "$READER/run" && listen "$READER/run/wayland-7" && listen "$READER/run/other" &&
		try "$1" && ok 'this is wayland-7' && try "${1%foot}ls -A \"\$XDG_RUNTIME_DIR\"" && ok wayland-7 &&
		try "unset WAYLAND_DISPLAY; $1" && [ "$status" -ne 0 ] && [[ $output == *WAYLAND_DISPLAY* ]]
}

shows_on_x11() {
	[ -d /tmp/.X11-unix ] || { X_DIRECTORY=/tmp/.X11-unix && as_user mkdir -m 1777 "$X_DIRECTORY"; }
	X_SOCKET=/tmp/.X11-unix/X$((5000 + RANDOM))
	echo cookie >"$READER/.Xauthority" && own "$READER/.Xauthority" && listen "$X_SOCKET" && try "$1" &&
		ok "cookie"$'\n'"this is ${X_SOCKET##*/}" && rm "$X_SOCKET" && try "$1" && [ "$status" -eq 125 ]
}

runs_another_tree() {
	mini_tree && try "$1" && ok $'VERSION_CODENAME=trixie\nmine' && [ "$(cat "$READER/trixie/etc/issue")" = theirs ] &&
		[ ! -e "$READER/trixie/dev/null" ]
}

stands_in_for_bwrap() {
	mkdir -p "$READER/.local" && own "$READER/.local" && try "$1" && [ "$status" -eq 0 ] && [[ $'\n'$output == *$'\n'etc*$'\n'usr* ]] &&
		[ "$("$READER/.local/bin/bwrap" --version)" = 'bubblewrap 0.13.1' ]
}

builds_in_subdirectory() {
	repository 'git log --format=%s; touch new && ! touch ../new 2>/dev/null' && try "$1" "$READER/repo/src" && ok first &&
		[ -e "$READER/repo/src/new" ]
}

hides_from_make() {
	repository 'cat .env || git show HEAD:.env' && echo secret >"$READER/repo/.env" && own "$READER/repo" && as_user git -C "$READER/repo" add .env &&
		as_user git -C "$READER/repo" -c user.name=x -c user.email=x commit -q -m second && try "$1" "$READER/repo" &&
		ok $'cat: .env: Permission denied\nsecret'
}

names_denied_call() {
	try "$1" && [ "$status" -eq 0 ] && [[ $output == *'unshare was refused '*' --allow-userns allows it'* ]] &&
		[ "$(grep -c ^sandbox: <<<"$output")" -eq 1 ]
}

lists_missing_files() {
	[ "${SANDBOX_CI-}" ] || command -v strace >/dev/null || return 0
	try "$1" && [ "$status" -eq 0 ] && [[ $output == *"\"/home/you/.app.conf\", O_RDONLY) = -1 ENOENT"* ]] &&
		echo found >"$READER/.app.conf" && own "$READER" && try 'sandbox --ro ~/.app.conf ./app' && [[ $output == *found ]]
}

@test "every command in the README does what it says" {
	here
	declare -A expected=(
		['sudo apt-get update && sudo apt-get install -y gcc libc6-dev make musl-tools']=sets_up
		['sudo apt-get update && sudo apt-get install -y bats binutils expect mandoc procps python3 strace']=runs_checks
		['make install PREFIX="$HOME/.local"']=installs
		['sandbox make']=builds_without_network
		['sandbox --share-net make fetch && sandbox make']=fetches_then_builds
		['mkdir -p results']=keeps_results_only
		['sandbox --timeout 1m --rlimit cpu=10s:11s --rlimit as=1G --cwd ro python3 ./solution.py']=may_read_only
		['sandbox --cwd overlay bash']=gives_a_shell
		['sandbox --ro "$(git rev-parse --show-toplevel)" --rw . make']=builds_in_subdirectory
		['sandbox --ro .git make']=keeps_hooks
		['sandbox --ro-bind /dev/null .env make']=hides_from_make
		['sandbox --report-denied ./app']=names_denied_call
		['sandbox strace -f -e trace=%file -o trace ./app; grep ENOENT trace']=lists_missing_files
		["printf '%s' \"\$TOKEN\" | sandbox --ro ~/.gitconfig --keepenv EDITOR --ro-bind-data 0 /run/token sh -c 'cat /run/token'"]=passes_secret
		['sandbox --perms 0700 --dir "$XDG_RUNTIME_DIR" --keepenv XDG_RUNTIME_DIR \']=shows_on_wayland
		['display=${DISPLAY%.*}']=shows_on_x11
		['mkdir ~/trixie']=runs_another_tree
		['mkdir -p ~/.local/bin']=stands_in_for_bwrap
		['sandbox --plan --ro ~/.gitconfig --share-net git fetch']=shows_plan
	)
	try_all expected < <(readme_blocks sh)
}

# A session: lines after "$ " are typed, one shell for all; the rest is what must be printed.  White space
# is not compared, since ls makes columns for a terminal.
session() {
	grep '^\$ ' <<<"$1" | sed 's/^\$ //; s/$/ || :/' >"$BATS_TEST_TMPDIR/typed"
	try "$(cat "$BATS_TEST_TMPDIR/typed")" "$READER"
	[ "$(tr -s '[:space:]' ' ' <<<"$output")" = "$(grep -v '^\$ ' <<<"$1" | tr -s '[:space:]' ' ')" ]
}

failures() {
	session "\$ cd ~/project; PATH=\$PATH:~/.local/bin
$1"
}

@test "every session in the README prints what it shows" {
	here
	declare -A expected=(['$ ls ~']=session ['$ sandbox --ro-bnid /srv /srv ls']=failures)
	try_all expected < <(readme_blocks console)
	[ ! -e "$PROJECT/cache" ]
}

# --- the manual's ---

installs_packages() {
	try "$1" && ok $'registry = here\nnpm_config_a=b'
}

hands_secret() {
	try "$1" && ok secret
}

runs_a_tree() {
	mini_tree && mkdir "$READER/trixie" && tar -x -C "$READER/trixie" -f "$READER/.tools/tree.tar" && own "$READER/trixie" &&
		try "$1" && ok $'VERSION_CODENAME=trixie\nmine' && [ "$(cat "$READER/trixie/etc/issue")" = theirs ]
}

merges() {
	mkdir base patches && touch base/a patches/b && own base patches && try "$1" && ok $'a\nb' && [ "$(ls base)" = a ]
}

shows_listed_only() {
	try "$1" && ok $'bin\ndev\nlib\nlib64\nproc\nusr'
}

reads_options() {
	try "$1" && ok "$(cat /etc/hostname)"
}

reports_use() {
	try "$1" && [ "$status" -eq 0 ] && [[ ${lines[-1]} =~ ^'"user-seconds": '[0-9]+\.[0-9]{6}$ ]]
}

tells_status() {
	try "$1" && ok '{ "exit-code": 4 }'
}

nests() {
	try "$1" && [ "$status" -eq 0 ] && [[ $output == *Makefile* ]]
}

builds_below_the_top() {
	repository 'git log --format=%s; touch new && ! touch ../new 2>/dev/null && ! touch ../.git/new 2>/dev/null' &&
		try "$1" "$READER/repo" && ok first && [ -e "$READER/repo/src/new" ] &&
		try 'cd src; sandbox make' "$READER/repo" && [[ $output == *'not a git repository'* ]]
}

runs_own_tools() {
	mkdir -p "$READER/.local/bin" && own "$READER/.local" && as_user python3 -m venv --without-pip "$READER/venv" &&
		script "$READER/.local/bin/mytool" 'echo "mytool in $VIRTUAL_ENV"; touch ~/.local/bin/x "$VIRTUAL_ENV/x" 2>/dev/null || :' &&
		try "export VIRTUAL_ENV=~/venv PATH=~/venv/bin:~/.local/bin:\$PATH; $1" &&
		[[ $output == "mytool in /home/you/venv"$'\n''Python 3.'* ]] && [ ! -e "$READER/.local/bin/x" ] && [ ! -e "$READER/venv/x" ]
}

counts_secret() {
	echo secret >"$READER/token" && own "$READER/token" && try "$1" && ok '6 characters'
}

hides() {
	mkdir -p private && echo x | tee key notes >private/x && own key && own notes && own private && try "$1" && [ "$status" -ne 0 ] &&
		[ "$output" = 'cat: key: Permission denied' ] && [ -s key ] && [ -s notes ] && [ -e private/x ]
}

confines_sockets() { # POLICY
	printf '%s\n' "$1" >policy
	try 'sandbox --syscalls policy python3 -c "
import socket
server, client = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
server.bind(\"/tmp/socket\")
server.listen()
client.connect(\"/tmp/socket\")
client.send(b\"local\")
print(server.accept()[0].recv(9).decode(), flush=True)
socket.socket()"' && [ "$status" -eq 1 ] && [[ $output == local*'Network is unreachable' ]]
}

says_what_failed() {
	try 'sandbox --ro /absent true' && [ "$status" -eq 125 ] && [ "$output" = "$1" ]
}

@test "every example in the manual does what it says" {
	here
	declare -A expected=(
		["sandbox sh -c 'make && make check'"]=builds_and_checks
		['mkdir -p results']=keeps_results_only
		['sandbox --plan --ro "$HOME/.gitconfig" --share-net git fetch']=shows_plan
		["sandbox --share-net --keepenv 'npm_*' --ro \"\$HOME/.npmrc\" npm install"]=installs_packages
		['printf secret | sandbox --ro-bind-data 0 /run/secret cat /run/secret']=hands_secret
		['use default']=confines_sockets
		['cd src']=builds_below_the_top
		['sandbox --ro .git make']=keeps_hooks
		["sandbox --ro \"\$HOME/.local/bin\" --ro \"\$VIRTUAL_ENV\" --keepenv VIRTUAL_ENV \\"]=runs_own_tools
		["sandbox --setenv-fd TOKEN 3 sh -c 'echo \"\${#TOKEN} characters\"' 3<../token"]=counts_secret
		['sandbox --tmpfs "$PWD/private" --ro-bind /dev/null "$PWD/key" \']=hides
		['sandbox --root "$HOME/trixie" cat /etc/os-release']=runs_a_tree
		['sandbox --overlay-src base --overlay-src patches \']=merges
		['sandbox --root empty --ro /usr --symlink usr/bin /bin \']=shows_listed_only
		["printf '%s\\0' --ro-bind /etc/hostname /run/name --setenv LANG C >options"]=reads_options
		['sandbox --stats ../stats.json make']=reports_use
		["sandbox --json-status-fd 3 sh -c 'exit 4' 3>status || tail -n 1 status"]=tells_status
		['sandbox --allow-userns --ro "$(command -v sandbox)" sandbox --cwd ro ls']=nests
		['bwrap --ro-bind /usr /usr --symlink usr/bin /bin \']=shows_listed_only
		['sandbox strace -f -e trace=%file -o trace ./app; grep ENOENT trace']=lists_missing_files
		['sandbox: --ro: cannot find source path /absent: No such file or directory; make it first, or use a -try option']=says_what_failed
	)
	try_all expected < <(manual_blocks)
}

@test "an example without an expectation, or with a wrong one, is noticed" {
	here
	declare -A none=() wrong=(['sandbox true']=hands_secret) twice=(['sandbox true']=says_nothing) stale=(['sandbox true']=says_nothing ['sandbox false']=says_nothing)
	says_nothing() { try "$1" && ok ''; }
	run ! try_all none < <(printf 'sandbox true\n\0')
	[[ $output == *'no expectation for the example: sandbox true'* ]]
	run ! try_all wrong < <(printf 'sandbox true\n\0')
	run ! try_all twice < <(printf 'sandbox true\n\0sandbox true\n\0')
	[[ $output == *'two examples begin alike: sandbox true'* ]]
	run ! try_all stale < <(printf 'sandbox true\n\0')
	[[ $output == *'no such example any more: sandbox false'* ]]
}

# --- what is said of the options ---

manual_options() { # as --options has them: name and values
	sed -n '/^\.Sh OPTIONS/,/^\.Sh DESTINATIONS/s/^\.It Fl -/--/p' "$SOURCE/sandbox.1" | sed 's/ Ns | Ns /|/g; s/\(Ar\|Cm\) //g'
}

@test "the table, --help and the manual have the same options, values, order and groups" {
	"$PROGRAM" --options >"$BATS_TEST_TMPDIR/table"
	diff <(cut -f 1,2 "$BATS_TEST_TMPDIR/table" | sed 's/\t$//; s/\t/ /') <(manual_options)
	while IFS=$'\t' read -r name values help; do
		printf '    %s %-*s %s\n' "$name" $((30 - ${#name})) "$values" "$help"
	done < <(sed 's/\t\t/\t \t/' "$BATS_TEST_TMPDIR/table") | sed 's/  */ /g' >"$BATS_TEST_TMPDIR/wanted"
	diff "$BATS_TEST_TMPDIR/wanted" <("$PROGRAM" --help | grep '^    ' | sed 's/  */ /g')
	diff <("$PROGRAM" --help | sed -n 's/^\([A-Z].*\):$/\1/p' | sed 's/ (.*//') \
		<(sed -n '/^\.Sh OPTIONS/,/^\.Sh DESTINATIONS/s/^\.Ss //p' "$SOURCE/sandbox.1")
}

@test "the README names no option that is none, but one on purpose, one each of tar's, docker's and git's" {
	diff <(grep -oE -- '(^|[^a-z0-9-])--[a-z0-9][a-z0-9-]*' "$SOURCE/README.md" | grep -oE -- '--.*' | sort -u |
		grep -vxF -f <("$PROGRAM" --options | cut -f 1)) <(printf '%s\n' --exclude --ro-bnid --security-opt --show-toplevel)
}

@test "the manual's list of kept variables is the program's" {
	here
	local listed
	listed=$(sed -n '/^\.Sh ENVIRONMENT/,/^besides/p' "$SOURCE/sandbox.1" | sed -n 's/^\.Ev \([A-Z_]*\).*/\1/p' | sed 's/^LC_$/LC_ALL/' | sort)
	local all=() name
	for name in $listed SECRET LD_PRELOAD_X XDG_RUNTIME_DIR DISPLAY SSH_AUTH_SOCK EDITOR PAGER COLUMNS LS_COLORS HOSTNAME MAIL TMPDIR; do
		case $name in HOME | PATH) ;; *) all+=("$name=x") ;; esac
	done
	run as_user env -i HOME="$READER" PATH="$PATH" "${all[@]}" "$SANDBOX" /usr/bin/env
	[ "$(cut -d = -f 1 <<<"$output" | grep -vx PWD | sort)" = "$listed" ]
}
