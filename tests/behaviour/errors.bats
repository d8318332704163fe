#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Wrong uses: one line each, exact, with the exit status that env(1) gives.
# shellcheck disable=SC2030,SC2031,SC2088
# shellcheck disable=SC2016 # the scripts are for the shell inside

load ../lib/common

# wrong STATUS LINE ARGUMENT...: stderr is exactly LINE, stdout is empty.
wrong() {
	local status=$1 line=$2 got
	shift 2
	got=0
	as_user "$SANDBOX" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null || got=$?
	if [ "$(cat "$BATS_TEST_TMPDIR/err")" != "$line" ] || [ "$got" != "$status" ] || [ -s "$BATS_TEST_TMPDIR/out" ]; then
		printf 'sandbox %s\n wanted %s: %s\n got    %s: %s\n' "$*" "$status" "$line" "$got" "$(cat "$BATS_TEST_TMPDIR/err")" >&2
		return 1
	fi
}

in_sandbox() { as_user "$SANDBOX" "$@"; }

wrong_bwrap() {
	local SANDBOX=$BWRAP
	wrong 1 "$@"
}

@test "unknown options name the nearest known one" {
	wrong 125 'sandbox: unknown option --ro-bnid; did you mean --ro-bind' --ro-bnid / / true
	wrong 125 'sandbox: unknown option --unshare-nett; did you mean --unshare-net' --unshare-nett true
	wrong 125 'sandbox: unknown option -x; see --help' -x true
	wrong 125 'sandbox: unknown option --utterly-else; see --help' --utterly-else true
	wrong 125 'sandbox: unknown option --rw-; did you mean --rw-try' --rw-=/x true
	: the beginning or a part of one, and one dash
	wrong 125 'sandbox: unknown option --time; did you mean --timeout' --time 1 true
	wrong 125 'sandbox: unknown option --unshare; did you mean --unshare-all' --unshare true
	wrong 125 'sandbox: unknown option --affinity; did you mean --cpu-affinity' --affinity=1 true
	wrong 125 'sandbox: unknown option -ro; did you mean --ro' -ro /x true
	: nothing that is only a little like the word
	wrong 125 'sandbox: unknown option --nope; see --help' --nope true
	wrong 125 'sandbox: unknown option --xyz; see --help' --xyz true
	wrong 125 'sandbox: unknown option ---; see --help' --- true
	wrong_bwrap 'bwrap: Unknown option --ro-bnid' --ro-bnid / / true
	wrong_bwrap 'bwrap: Unknown option --net' --net true
}

@test "options of other programs: what to write instead" {
	local option
	for option in --net --network --no-net --no-network --offline; do
		wrong 125 "sandbox: unknown option $option; there is no network unless --share-net is given" "$option=none" true
	done
	wrong 125 'sandbox: unknown option --env; write --setenv NAME VALUE' --env A=b true
	wrong 125 'sandbox: unknown option -e; write --setenv NAME VALUE' -e A=b true
	wrong 125 'sandbox: unknown option -v; write --bind SRC DEST, or --ro-bind SRC DEST for read-only' -v /a:/b true
	wrong 125 'sandbox: unknown option --volume; write --bind SRC DEST, or --ro-bind SRC DEST for read-only' --volume=/a:/b true
	wrong 125 'sandbox: unknown option --user; write --uid UID, and --gid GID' --user 0 true
	wrong 125 'sandbox: unknown option --rm; leave it out: what is written is thrown away, except in the working directory and where --rw or --bind says so' --rm true
	wrong 125 'sandbox: unknown option --read-only; the system is read-only already; for the working directory write --cwd ro' --read-only true
	wrong 125 'sandbox: unknown option --hide; to hide a directory, write --tmpfs DIR; to hide a file, --ro-bind /dev/null FILE' --hide .env true
	wrong 125 "sandbox: unknown option -c; write sandbox sh -c 'COMMAND'" -c ls
	: the advice is good
	echo secret >.env
	[ -z "$(in_sandbox --ro-bind /dev/null .env cat .env)" ]
	rm .env
}

@test "control characters and broken UTF-8 do not reach the terminal, other characters do" {
	wrong 125 'sandbox: unknown option --a?[31mb?c?; see --help' $'--a\e[31mb\x7fc\n'
	wrong 125 'sandbox: unknown option --a??31mb??c; see --help' $'--a\xc2\x9b31mb\xc2\x80c'
	wrong 125 'sandbox: unknown option --a?31mb?c??d????e; see --help' $'--a\x9b31mb\x90c\xc1\x9bd\xf0\x80\xc2\x9be'
	wrong 125 'sandbox: unknown option --a??b???c?; see --help' $'--a\xe2\x82b\xe0\x82\x9bc\xff'
	wrong 125 $'sandbox: unknown option --\xc2\xa0\xc3\x80\xe2\x82\xac\xed\x9f\xbf\xf0\x9f\x98\x80?; see --help' $'--\xc2\xa0\xc3\x80\xe2\x82\xac\xed\x9f\xbf\xf0\x9f\x98\x80\xc3'
	: what turns the direction of writing, ends a line or is not seen at all, and what only looks like UTF-8
	local odd
	while read -r odd; do
		wrong 125 "sandbox: unknown option --a$(printf %s "$odd" | LC_ALL=C tr -c '' '?')b; see --help" "--a${odd}b"
	done < <(python3 -c '
for code in "ad 34f 61c 115f 180e 200b 200d 200e 200f 2028 2029 202a 202e 2060 2066 2069 206f 3164 fe0f feff fff9 ffff e0041".split():
    print(chr(int(code, 16)))')
	wrong 125 'sandbox: unknown option --a???b????c????d; see --help' $'--a\xed\xa0\x80b\xf4\x90\x80\x80c\xf0\x8f\xbf\xbfd'
	run "$SANDBOX" --plan --root $'/\e[31m' --ro-bind $'/a\nb' $'/\xc2\x9bc' $'d\xc3\xa4\x7f'
	[[ $output == *$'\nroot /?[31m\n'*$'\nread-only bind /a?b on /??c\n'*$'\ncommand d\xc3\xa4?' ]]
}

@test "missing values and values where there are none" {
	wrong 125 'sandbox: --ro-bind: missing value; write --ro-bind SRC DEST' --ro-bind /usr
	wrong 125 'sandbox: --setenv: missing value; write --setenv NAME VALUE' --setenv A
	wrong 125 'sandbox: --overlay: missing value; write --overlay RWSRC WORKDIR DEST' --overlay /a /b
	wrong 125 'sandbox: --uid: missing value; write --uid UID' --uid
	wrong 125 "sandbox: --new-session takes no values; write --new-session" --new-session=1 true
	wrong 125 "sandbox: --bind takes two values; write --bind SRC DEST" --bind=/a /b true
	wrong 125 'sandbox: no COMMAND; try: sandbox sh'
	wrong 125 'sandbox: no COMMAND; try: sandbox sh' --
	wrong_bwrap 'bwrap: --ro-bind takes two arguments' --ro-bind /usr
	wrong_bwrap 'bwrap: --uid takes an argument' --uid
}

@test "empty paths" {
	local row
	for row in --stats --stdin --ro --rw --tmpfs --dir --proc --dev --mqueue --remount-ro --root --chdir --overlay-src --lock-file; do
		wrong 125 "sandbox: $row: the path is empty; is a shell variable unset?" "$row" '' true
	done
	wrong 125 "sandbox: --bind: the path is empty; is a shell variable unset?" --bind / '' true
	wrong 125 "sandbox: --symlink: the path is empty; is a shell variable unset?" --symlink '' /x true
	wrong_bwrap "bwrap: --bind: the path is empty; is a shell variable unset?" --bind '' /x true
}

@test "bad numbers, sizes, modes, ids" {
	wrong 125 "sandbox: --uid: 'x' is not a uid (at most 4294967294)" --uid x true
	wrong 125 "sandbox: --uid: '-1' is not a uid (at most 4294967294)" --uid -1 true
	wrong 125 "sandbox: --uid: '4294967295' is not a uid (at most 4294967294)" --uid 4294967295 true
	wrong 125 "sandbox: --gid: '99999999999999999999' is not a gid (at most 4294967294)" --gid 99999999999999999999 true
	wrong 125 "sandbox: --size: '512i' is not a size, as in 4096 or 512M; units are K, M, G, T" --size 512i --tmpfs /x true
	wrong 125 'sandbox: --size must be non-zero' --size 0 --tmpfs /x true
	wrong 125 "sandbox: --size: '5KM' is not a size, as in 4096 or 512M; units are K, M, G, T" --size 5KM --tmpfs /x true
	wrong 125 "sandbox: --inodes: '1K' is not a number of files (at most 1000000000)" --inodes 1K --tmpfs /x true
	wrong 125 "sandbox: --perms: '789' is not a mode in octal digits (at most 07777)" --perms 789 --tmpfs /x true
	wrong 125 "sandbox: --perms: '10000' is not a mode in octal digits (at most 07777)" --perms 10000 --tmpfs /x true
	wrong 125 "sandbox: --chmod: 'rwx' is not a mode in octal digits (at most 07777)" --chmod rwx /tmp true
	wrong 125 "sandbox: --cap-add: unknown capability 'cap_fly'; capabilities(7) lists them" --cap-add cap_fly true
	wrong 125 "sandbox: --cwd: 'rx' is not one of rw, ro, none, overlay" --cwd rx true
	wrong 125 "sandbox: --setenv: 'A=B c' is not a variable's name; write --setenv A 'B c'" --setenv 'A=B c' true
	wrong 125 "sandbox: --setenv: '=B' is not a variable's name; it may not be empty or contain '='" --setenv =B C true
	wrong 125 "sandbox: --unsetenv: 'A=B' is not a variable's name; write --unsetenv A" --unsetenv A=B true
	wrong 125 "sandbox: --keepenv: 'EDITOR=vi' is not a variable's name; to keep it: --keepenv EDITOR; to set it: --setenv EDITOR vi" --keepenv EDITOR=vi true
	wrong 125 "sandbox: --ro: the shell did not expand ~; write it after a blank and without quotes: --ro ~/.bashrc" --ro=~/.bashrc true
	wrong 125 "sandbox: --bind: the shell did not expand ~; write it after a blank and without quotes: --bind ~/'a b'" --bind '~/a b' /x true
	wrong 125 "sandbox: --dir: the shell did not expand ~; write it after a blank and without quotes: --dir ~" --dir '~' true
	mkdir '~'
	own '~'
	in_sandbox --ro='~' true
	rmdir '~'
	wrong_bwrap "bwrap: Can't find source path ~/x: No such file or directory" --bind '~/x' /x true
	wrong 125 "sandbox: --unsetenv: '' is not a variable's name; it may not be empty or contain '='" --unsetenv '' true
	wrong 125 "sandbox: --uid: ' 7' is not a uid (at most 4294967294)" --uid ' 7' true
	wrong 125 "sandbox: --cap-add: unknown capability '5'; capabilities(7) lists them" --cap-add 5 true
	wrong_bwrap 'bwrap: Invalid uid: 7 ' --uid '7 ' true
	wrong_bwrap 'bwrap: Invalid gid: -7' --gid -7 true
	wrong_bwrap 'bwrap: unknown cap: 64' --cap-add 64 true
	wrong_bwrap "bwrap: --perms: '8' is not a mode in octal digits (at most 07777)" --perms 8 --dir /x true
	wrong_bwrap "bwrap: --chmod: 'rwx' is not a mode in octal digits (at most 07777)" --chmod rwx /x true
	wrong_bwrap "bwrap: --size: '4k' is not a size in bytes (at most 9223372036854775807)" --size 4k --tmpfs /x true
	run as_user "$SANDBOX" --uid 4294967294 id -u
	[ "$output" = 4294967294 ]
	[ "$(as_user "$BWRAP" --ro-bind / / --unshare-user --uid ' 7' --gid +8 sh -c 'id -u; id -g')" = $'7\n8' ]
	[ "$(as_user "$BWRAP" --ro-bind / / --cap-add 5 --cap-add 0x6 --cap-add 63 sh -c 'grep ^CapEff /proc/self/status')" = $'CapEff:\t0000000000000060' ]
}

@test "options that conflict or lack their partner" {
	wrong 125 'sandbox: --perms must be followed by --dir, --tmpfs, --file, --bind-data or --ro-bind-data' --perms 0700 true
	wrong 125 'sandbox: --ro: --perms must be followed by --dir, --tmpfs, --file, --bind-data or --ro-bind-data' --perms 0700 --ro /usr true
	wrong 125 'sandbox: --dir: --size must be followed by --tmpfs, --dev, --tmp-overlay, --overlay-root or --cwd overlay' --size 100 --dir /x true
	wrong 125 'sandbox: --size must be followed by --tmpfs, --dev, --tmp-overlay, --overlay-root or --cwd overlay' --size 100 true
	wrong 125 'sandbox: --inodes must be followed by --tmpfs, --dev, --tmp-overlay, --overlay-root or --cwd overlay' --inodes 100 true
	wrong 125 'sandbox: --perms given twice for the same action' --perms 0700 --perms 0700 --dir /x true
	wrong 125 'sandbox: --size given twice for the same action' --size 1 --size 2 --tmpfs /x true
	wrong 125 'sandbox: --overlay-src must be followed by another --overlay-src or one of --overlay, --tmp-overlay, or --ro-overlay' --overlay-src /usr true
	wrong 125 'sandbox: --tmp-overlay requires at least one --overlay-src' --tmp-overlay /x true
	wrong 125 'sandbox: --ro-overlay requires at least two --overlay-src' --overlay-src /usr --ro-overlay /x true
	wrong 125 'sandbox: --disable-userns cannot be combined with --allow-userns' --disable-userns --allow-userns true
	wrong 125 'sandbox: --as-pid-1 cannot be combined with --lock-file: there is no init to keep the lock' --as-pid-1 --lock-file /etc/passwd true
	wrong 125 'sandbox: --overlay-root needs --root DIR' --overlay-root true
	wrong 125 'sandbox: --userns-block-fd requires --info-fd' --userns-block-fd 0 true
	wrong 125 "sandbox: --hostname: '' is not 1 to 64 bytes long" --hostname '' true
	wrong_bwrap 'bwrap: Specifying --hostname requires --unshare-uts' --hostname a true
	wrong_bwrap 'bwrap: Specifying --as-pid-1 requires --unshare-pid' --as-pid-1 true
	wrong_bwrap 'bwrap: --disable-userns requires --unshare-user' --disable-userns true
	wrong_bwrap 'bwrap: --perms must be followed by an option that creates a file' --perms 0700 --ro-bind / / true
}

@test "a code of the caller's choice for all failures of ours, and for no other" {
	wrong 3 'sandbox: --ro: cannot find source path /absent: No such file or directory; make it first, or use a -try option' --fail-exit 3 --ro /absent true
	wrong 3 'sandbox: absent: not found in PATH' --fail-exit 3 absent
	wrong 3 'sandbox: /etc: cannot execute: Permission denied' --fail-exit 3 /etc
	run as_user "$SANDBOX" --fail-exit 3 sh -c 'exit 125'
	[ "$status" -eq 125 ]
	wrong 125 'sandbox: --fail-exit: 0 would mean success; give 1 to 255' --fail-exit 0 true
	wrong 125 "sandbox: --fail-exit: '256' is not a status (at most 255)" --fail-exit 256 true
}

@test "sources that are absent or may not be reached" {
	mkdir -m 700 "$BATS_TEST_TMPDIR/closed"
	mkdir "$BATS_TEST_TMPDIR/closed/in"
	wrong 125 'sandbox: --ro: cannot find source path /absent: No such file or directory; make it first, or use a -try option' --ro /absent true
	wrong 125 'sandbox: --bind: cannot find source path absent: No such file or directory; make it first, or use a -try option' --bind absent /x true
	wrong 125 'sandbox: --ro: cannot find source path /etc/passwd/x: Not a directory; a component above it is a file' --ro /etc/passwd/x true
	[ "$(id -u)" != 0 ] ||
		wrong 125 "sandbox: --ro: cannot find source path $BATS_TEST_TMPDIR/closed/in: Permission denied; you may not search a directory above it" --ro "$BATS_TEST_TMPDIR/closed/in" true
	wrong 125 'sandbox: --root: cannot find the tree /absent: No such file or directory; it is host, empty or a directory' --root /absent true
	wrong 125 'sandbox: --root: cannot find the tree /etc/passwd: Not a directory' --root /etc/passwd true
	wrong 125 'sandbox: --overlay: cannot open overlay workdir /absent: No such file or directory; make it first' --overlay-src /usr --overlay "$PWD" /absent /x true
	wrong 125 'sandbox: --overlay: cannot mount overlay /x: Invalid argument; a layer'\''s file system does not allow overlays, or RWSRC and WORKDIR of --overlay are not two directories of one file system' \
		--overlay-src /usr --overlay "$PWD" "$PWD" /x true
	wrong 125 'sandbox: --tmp-overlay: cannot mount overlay /x: Invalid argument; a layer'\''s file system does not allow overlays, or RWSRC and WORKDIR of --overlay are not two directories of one file system' \
		--overlay-src /proc/tty --tmp-overlay /x true
	wrong 125 'sandbox: --tmp-overlay: cannot make the upper layer of /x: No space left on device; a full file system, --size, --inodes or a limit in /proc/sys/user is in the way' \
		--overlay-src /etc --inodes 1 --tmp-overlay /x true
	wrong 125 'sandbox: --tmp-overlay: cannot open overlay source /absent: No such file or directory; make it first' --overlay-src /absent --tmp-overlay /x true
	wrong_bwrap "bwrap: Can't find source path /absent: No such file or directory" --ro-bind /absent /x true
}

@test "destinations that cannot be made" {
	wrong 125 'sandbox: --tmpfs: cannot make mount point /etc/passwd/x: Not a directory; a component above it is a file' --tmpfs /etc/passwd/x true
	wrong 125 'sandbox: --tmpfs: /etc/passwd is not a directory, and a directory cannot be mounted on it' --tmpfs /etc/passwd true
	wrong 125 'sandbox: --bind: /etc is a directory, and a file cannot be mounted on it' --bind /etc/passwd /etc true
	wrong 125 "sandbox: --tmpfs: mount point $USER_HOME/work/x does not exist, and making it would leave it on the host; make it first" --tmpfs "$USER_HOME/work/x" true
	ln -s loop "$BATS_TEST_TMPDIR/loop"
	local LOOP='Too many levels of symbolic links' # as glibc has it
	as_user "$SANDBOX" --ro "$BATS_TEST_TMPDIR/loop" true 2>&1 | grep -q "$LOOP" || LOOP='Symbolic link loop'
	wrong 125 "sandbox: --tmpfs: cannot make mount point /run/a/x: $LOOP; its symbolic links never end" --symlink b /run/a --symlink a /run/b --tmpfs /run/a/x true
	wrong 125 'sandbox: --symlink: cannot make symlink at /bin: existing destination is usr/bin' --symlink other /bin true
	wrong 125 'sandbox: --symlink: cannot make symlink at /etc: destination exists and is not a symlink' --symlink other /etc true
	wrong 125 'sandbox: --dir: /etc/passwd exists and is not a directory' --dir /etc/passwd true
	wrong 125 'sandbox: --remount-ro: /etc/skel is not a mount point; only a mount can be made read-only' --remount-ro /etc/skel true
	wrong 125 'sandbox: --chmod: cannot chmod /absent: No such file or directory; make it first with --dir or --file' --chmod 0755 /absent true
	wrong 125 "sandbox: --tmpfs $USER_HOME hides the working directory $USER_HOME/work; add behind it: --rw $USER_HOME/work, or start elsewhere with --chdir DIR" --tmpfs "$USER_HOME" true
	wrong 125 "sandbox: --ro-bind $USER_HOME hides the working directory $USER_HOME/work; add behind it: --ro $USER_HOME/work, or start elsewhere with --chdir DIR" --cwd ro --ro-bind /usr "$USER_HOME" --tmpfs /run/x true
	in_sandbox --tmpfs "$USER_HOME" --rw "$USER_HOME/work" test -w .
	in_sandbox --tmpfs "$USER_HOME" --chdir / true
	wrong 125 'sandbox: --chdir: cannot enter directory /absent: No such file or directory; make it inside with --dir, or bind it with --ro or --rw' --chdir /absent true
	wrong_bwrap "bwrap: Can't mount on symlink destination /l" --symlink /x /l --tmpfs /l true
	wrong_bwrap "bwrap: Can't chdir to /absent: No such file or directory" "${HOST[@]}" --chdir /absent true
	[ ! -e "$USER_HOME/work/x" ]
}

@test "descriptors that are not open or given twice" {
	wrong 125 'sandbox: --bind-fd: descriptor 77 is not open; open it in the caller, as in 77<FILE' --bind-fd 77 /x true
	wrong 125 'sandbox: --keep-fd: descriptor 77 is not open; open it in the caller, as in 77<FILE' --keep-fd 77 true
	wrong 125 'sandbox: --info-fd: descriptor 77 is not open; open it in the caller, as in 77>FILE' --info-fd 77 true
	wrong 125 'sandbox: --json-status-fd: descriptor 77 is not open; open it in the caller, as in 77>FILE' --json-status-fd 77 true
	wrong 125 'sandbox: --stats: descriptor 77 is not open; open it in the caller, as in 77>FILE' --stats 77 true
	wrong 125 "sandbox: --file: 'x' is not a file descriptor; write: --file 3 /x 3<x" --file x /x true
	wrong 125 'sandbox: --file: descriptor 0 is given to two options; open it once for each' --file 0 /run/a --file 0 /run/b true
	wrong 125 'sandbox: cannot enter the namespace of --userns: Invalid argument; it is your own, or of another kind' --userns 0 true
	wrong_bwrap 'bwrap: Invalid fd: x' --file x /x true
	local option
	for option in --args --seccomp --userns --info-fd --json-status-fd; do
		wrong_bwrap "bwrap: $option: descriptor 77 is not open; open it in the caller, as in 77<FILE" "$option" 77 true
	done
	wrong_bwrap 'bwrap: --file: descriptor 77 is not open; open it in the caller, as in 77<FILE' --file 77 /x true
}

@test "what cannot be written to --info-fd and --json-status-fd: nothing starts" {
	local option
	for option in --info-fd --json-status-fd; do
		wrong 125 "sandbox: cannot write to $option: No space left on device; a full file system, --size, --inodes or a limit in /proc/sys/user is in the way" \
			"$option" 9 sh -c ': >started' 9>/dev/full
		wrong_bwrap "bwrap: Can't write to $option: No space left on device" --bind / / --unshare-pid "$option" 9 sh -c ': >started' 9>/dev/full
		wrong_bwrap "bwrap: Can't write to $option: Bad file descriptor" --bind / / "$option" 9 sh -c ': >started' 9</dev/null
	done
	[ ! -e started ]
}

@test "words of --args that are wrong" {
	local words
	for words in '--ro\0/usr\0--bogus\0' '--ro\0/usr\0ls\0' '--ro\0/usr\0--uid\0x\0'; do
		run as_user bash -c 'printf -- "$1" | "$2" --args 0 true' bash "$words" "$SANDBOX"
		echo "$status:$output"
	done >"$BATS_TEST_TMPDIR/lines"
	# bubblewrap does not look at what is behind the options.
	for words in '--ro-bind\0/\0/\0--\0--bogus\0' '--ro-bind\0/\0/\0ls\0--bogus\0'; do
		run as_user bash -c 'printf -- "$1" | "$2" --args 0 --setenv A 1 sh -c "echo $A$0"' bash "$words" "$BWRAP"
		echo "$status:$output"
		run as_user bash -c 'printf -- "$1" | "$2" --args 0 sh -c "echo $A$0"' bash "${words%--bogus*}" "$SANDBOX"
		echo "$status:$output"
	done >>"$BATS_TEST_TMPDIR/lines"
	diff "$BATS_TEST_TMPDIR/lines" - <<-END
	125:sandbox: --args: unknown option --bogus; see --help
	125:sandbox: --args: 'ls' is not an option; only options can be given here, and COMMAND on the command line
	125:sandbox: --uid: 'x' is not a uid (at most 4294967294)
	0:bash
	0:bash
	0:bash
	125:sandbox: --args: 'ls' is not an option; only options can be given here, and COMMAND on the command line
	END
}

@test "help that cannot be written" {
	run as_user sh -c '"$@" >/dev/full' sh "$SANDBOX" --help
	[ "$status" = 125 ]
	[[ $output = 'sandbox: cannot write to standard output: No space left on device; '* ]]
}

@test "no /proc, and one that an outer sandbox shows read-only" {
	run as_user unshare -Urm sh -c 'mount -t tmpfs none /proc && "$1" true' sh "$SANDBOX"
	[ "$status:$(grep ^sandbox <<<"$output")" = '125:sandbox: cannot write to /proc/self/setgroups: No such file or directory; mount /proc first' ]
	local masked='mount -t proc proc /proc && mount -t tmpfs none /proc/tty && "$@"'
	# Callers of bubblewrap look for its words, and try again without --proc.
	run as_user unshare -Urmpf sh -c "$masked" sh "$BWRAP" --ro-bind / / --unshare-user --unshare-pid --proc /proc true
	[ "$status:${lines[-1]}" = "1:bwrap: Can't mount proc on /newroot/proc: Operation not permitted" ]
	run as_user unshare -Urmpf sh -c "$masked" sh "$BWRAP" --ro-bind / / --unshare-user --unshare-pid --tmpfs /tmp --proc tmp/deep/proc true
	[ "$status:${lines[-1]}" = "1:bwrap: Can't mount proc on /newroot/tmp/deep/proc: Operation not permitted" ]
	run as_user "$SANDBOX" --allow-userns --ro-bind /proc /proc --ro "$SANDBOX" "$SANDBOX" true
	[ "$status:$output" = '125:sandbox: cannot write to /proc/self/setgroups: Read-only file system; an outer sandbox or container mounts /proc read-only, so no sandbox can start inside it' ]
}

@test "commands that cannot be run" {
	cd "$USER_HOME/work"
	printf '#!/no/such/interpreter -x\n' >script
	printf 'plain text' >text
	printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\363\0\1\0\0\0' >other
	head -c 100 /dev/zero >>other
	{ printf '\177ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\2\0\26' && head -c 100 /dev/zero; } >big_endian
	chmod 755 script other big_endian
	own .
	wrong 127 "sandbox: '': not found in PATH" ''
	wrong 127 'sandbox: no-such-command: not found in PATH' no-such-command
	wrong 127 'sandbox: /no/such: not found in the sandbox; --ro PATH makes a file of the host visible' /no/such
	wrong 126 'sandbox: ./text: cannot execute: Permission denied; to make it executable: chmod +x ./text' ./text
	wrong 127 "sandbox: cd: not found in PATH; a shell has it: sandbox sh -c 'cd ...'" cd /
	wrong 127 "sandbox: 'ls -l': not found in PATH; leave out the quotes around it, or write sh -c 'ls -l'" 'ls -l'
	wrong 127 "sandbox: 'A=b c': not found in PATH; to set a variable: --setenv A 'b c'" 'A=b c' ls
	wrong 127 "sandbox: 'A=': not found in PATH; to set a variable: --setenv A ''" A= ls
	wrong 127 "sandbox: '=b': not found in PATH" =b
	wrong 126 'sandbox: /usr: cannot execute: Permission denied' /usr
	wrong 127 'sandbox: ./script: its interpreter /no/such/interpreter is not in the sandbox' ./script
	wrong 126 'sandbox: ./other: built for another architecture (ELF machine 243)' ./other
	wrong 126 'sandbox: ./big_endian: built for another architecture (ELF machine 22)' ./big_endian
	: the class that is claimed counts for nothing, and neither does a table that lies beyond the file
	if [ "$(uname -m)" = x86_64 ]; then
		for claimed in 1 2; do
			{ head -c 4 /usr/bin/true && printf '%b' "\\$claimed" && tail -c +6 /usr/bin/true; } >claims
			chmod 755 claims
			wrong 127 'sandbox: /claims: its ELF interpreter /lib64/ld-linux-x86-64.so.2 is not in the sandbox' --root empty --ro-bind claims /claims /claims
		done
	fi
	wrong 127 'sandbox: /usr/bin/true: its ELF interpreter /lib64/ld-linux-x86-64.so.2 is not in the sandbox' \
		--root empty --ro /usr/bin/true /usr/bin/true
	wrong_bwrap 'bwrap: execvp no-such-command: No such file or directory' "${HOST[@]}" no-such-command
}

# pasted WORD: what a shell makes of it; a file "ran" would tell that it ran something.
pasted() { PATH=$PATH "$BASH" --norc -c "printf %s $1"; }

@test "a name that a command chose is one word for sh in what is to be pasted, and nothing of it reaches the terminal" {
	local name real line said='is a link that a command in a sandbox may have made; if it is right, give the real path: --ro-bind '
	mkdir targets
	own targets
	for name in '$(touch ran)' '`touch ran`' "a'; touch ran; '" ';touch ran' '~' '!!' 'a b' '-x y' '"' $'\\' $'new\nline' $'\e]0;title\a' $'\xe2\x80\xaegpj.exe' $'\xe2\x81\xa6x\xe2\x81\xa9' \
		$'it'\''s\t\\ \e[31m' $'\xff\xfe' $'\xc3\xbc\xe2\x82\xac'; do
		real=$PWD/targets/$name
		as_user touch "$real"
		in_sandbox python3 -c 'import os, sys; os.symlink(sys.argv[1], "link")' "targets/$name"
		run -125 in_sandbox --ro-bind link /tmp/x true
		[ "${#lines[@]}" -eq 1 ]
		[[ $output == "sandbox: --ro-bind: $PWD/link $said"* ]]
		if LC_ALL=C grep -q $'[\x01-\x1f\x7f]\\|\xe2\x80\xae\\|\xe2\x81[\xa6\xa9]' <<<"$output"; then return 1; fi
		printf '%s\n' "$output" | iconv -f UTF-8 -t UTF-8 >/dev/null
		[ "$(pasted "${output##*"$said"}")" = "$real/tmp/x" ] || { echo "$output" >&2; return 1; }
		[ ! -e ran ]
		rm link
		: the link itself likewise
		as_user ln -s targets "./$name"
		run -125 in_sandbox --ro-bind "./$name" /tmp/x true
		line=${output#sandbox: --ro-bind: }
		[ "$(pasted "${line% is a link that*}")" = "$PWD/$name" ] || { echo "$output" >&2; return 1; }
		rm -- "./$name"
	done
	[ ! -e ran ]
}

@test "a quoted name runs nothing in a shell that knows no \$'...' either" {
	printf '#!/no\001'"'"';touch${IFS}pasted;#\nx\n' >hostile
	chmod 755 hostile
	run as_user "$SANDBOX" ./hostile
	[[ $output == "sandbox: ./hostile: its interpreter \$'/no\\001\\047;touch\${IFS}pasted;#' is not in the sandbox" ]]
	local word=${output#*interpreter }
	for shell in dash bash; do
		"$shell" -c ": ${word% is not in*}" || true
		[ ! -e pasted ]
	done
	rm hostile
}

@test "interpreters, programs and targets of links are quoted in messages, under the name bwrap as bubblewrap has them" {
	printf '#!/no/$(touch\e]ran) x\n' >'a b'
	chmod 755 'a b'
	own .
	wrong 127 "sandbox: './a b': its interpreter \$'/no/\$(touch\\033]ran)' is not in the sandbox" './a b'
	wrong 127 "sandbox: '\$(id)': not found in PATH" '$(id)'
	wrong 127 "sandbox: \$'\\342\\200\\256x/': not found in the sandbox; --ro PATH makes a file of the host visible" $'\xe2\x80\xaex/'
	wrong 126 "sandbox: '/tmp/d d': cannot execute: Permission denied" --dir '/tmp/d d' '/tmp/d d'
	cp /usr/bin/true binary
	python3 - <<-'END'
	import re
	text = open("binary", "rb").read()
	name = re.search(rb"/lib[^\0]*/ld-[^\0]*", text).group()
	open("binary", "wb").write(text.replace(name, b"/$(id)\x1b]\xe2\x80\xae".ljust(len(name), b"x"), 1))
	END
	run -127 in_sandbox ./binary
	[[ $output == "sandbox: ./binary: its ELF interpreter \$'/\$(id)\\033]\\342\\200\\256"x*"' is not in the sandbox" ]]
	wrong 125 "sandbox: --symlink: cannot make symlink at /tmp/l: existing destination is '\$(id)'" --symlink '$(id)' /tmp/l --symlink other /tmp/l true
	wrong_bwrap "bwrap: Can't make symlink at /l: existing destination is \$(id)" --symlink '$(id)' /l --symlink other /l true
	run -0 in_sandbox --report-denied python3 -c 'import ctypes; libc = ctypes.CDLL(None); libc.prctl(15, b"$(id)\x1b]\n\xe2\x80\xae"); libc.unshare(0x10000000)'
	[[ $output == "sandbox: \$'\$(id)\\033]' was refused unshare (EPERM); --allow-userns allows it" ]]
	run -125 as_user bash -c 'exec -a "\$(id)" "$1"' bash "$SANDBOX"
	[ "$output" = "\$(id): no COMMAND; try: '\$(id)' sh" ]
}

# advised WORD...: runs the program with the options that its message proposes, and prints what the command says.
advised() {
	local options
	output=$(in_sandbox "$@" 2>&1) || true
	[[ $output == *": --"* ]] || { echo "$output" >&2; return 1; }
	proposed=${output##*: --}
	proposed=--${proposed%%$'\n'*}
	eval "options=($proposed)"
	run -0 in_sandbox "${options[@]}" "$@"
}

# says FILE WORD: a program.
says() {
	mkdir -p "${1%/*}"
	printf '#!/bin/sh\necho %s\n' "$2" >"$1"
	chmod 755 "$1"
}

@test "a program that PATH finds outside and that is not shown: a warning where another runs in its place, else a reason" {
	local bin=$USER_HOME/.cargo/bin venv=$USER_HOME/venv
	says "$bin/basename" mine
	says "$bin/only-mine" mine
	says "$venv/bin/basename" venv
	says "$USER_HOME/.pyenv/shims/basename" shim
	touch "$venv/pyvenv.cfg"
	mkdir -p "$USER_HOME/same/bin" "$bin/id"
	ln -s /usr/bin/basename "$USER_HOME/same/bin/basename"
	own "$USER_HOME"
	local PATH=$bin:$PATH said="sandbox: /usr/bin/basename runs instead of"
	run -0 in_sandbox basename x
	grep -qxF "$said $bin/basename, which is not in the sandbox; to make it visible: --ro $bin" <<<"$output"
	advised basename x
	[ "$output" = mine ]
	: before a filter refuses to say it
	run -0 in_sandbox --deny-syscall sendto --deny-syscall poll basename x
	grep -qxF "$said $bin/basename, which is not in the sandbox; to make it visible: --ro $bin" <<<"$output"
	run -0 in_sandbox --as-pid-1 basename x
	grep -qxF "$said $bin/basename, which is not in the sandbox; to make it visible: --ro $bin" <<<"$output"
	wrong 127 "sandbox: only-mine: not found in PATH; outside it is $bin/only-mine; to make it visible: --ro $bin" only-mine
	advised only-mine
	[ "$output" = mine ]
	PATH=$venv/bin:$PATH advised basename x
	[ "$proposed:$output" = "--ro $venv:venv" ]
	PATH=$USER_HOME/.pyenv/shims:$PATH advised basename x
	[ "$proposed:$output" = "--ro $USER_HOME/.pyenv:shim" ]
	: not where the same runs, a directory of that name is no program, or what comes first is the same
	PATH=$USER_HOME/same/bin:$PATH run -0 in_sandbox basename x
	[ "$output" = x ]
	run -0 in_sandbox id -u
	[ "$output" = "$USER_ID" ]
	PATH=/usr/bin:$PATH run -0 in_sandbox basename x
	[ "$output" = x ]
	: not where another is meant, nor under the name bwrap
	run -0 in_sandbox --setenv PATH /usr/bin basename x
	[ "$output" = x ]
	run -0 in_sandbox --setenv HOME /tmp basename x
	[ "$output" = x ]
	run -0 in_sandbox --ro-bind /usr/bin/basename "$bin/basename" basename x
	[ "$output" = x ]
	run -0 as_user "$BWRAP" "${HOST[@]}" basename x
	[ "$output" = x ]
}

@test "a program that is a link, or names an interpreter, out of what is shown: where it leads, and what shows it" {
	local store=$USER_HOME/.local/share/uv/python python
	says "$store/cpython-3.12.9-linux/bin/python3.12" py
	ln -s cpython-3.12.9-linux "$store/cpython-3.12-linux"
	python=$store/cpython-3.12-linux/bin/python3.12
	mkdir -p .venv/bin
	ln -s "$python" .venv/bin/python3
	ln -s python3 .venv/bin/python
	printf '#!%s\n' "$PWD/.venv/bin/python" >.venv/bin/tool
	chmod 755 .venv/bin/tool
	own .
	own "$USER_HOME"
	local shows="to make it visible: --ro-bind $store/cpython-3.12.9-linux $store/cpython-3.12-linux"
	local leads="$PWD/.venv/bin/python3 leads to $python, which is not in the sandbox"
	wrong 127 "sandbox: .venv/bin/python: not found in the sandbox: $leads; $shows" .venv/bin/python
	advised .venv/bin/python
	[ "$output" = py ]
	PATH=$PWD/.venv/bin:$PATH advised python
	[ "$output" = py ]
	wrong 127 "sandbox: .venv/bin/tool: its interpreter $PWD/.venv/bin/python is not in the sandbox: $leads; $shows" .venv/bin/tool
	advised .venv/bin/tool
	[ "$output" = py ]
	: a script of an environment elsewhere that is linked, and a package of node
	mkdir -p "$USER_HOME/.local/bin" "$USER_HOME/.local/pipx/venvs/app/bin"
	ln -s "$USER_HOME/.local/pipx/venvs/app/bin/app" "$USER_HOME/.local/bin/app"
	ln -s /bin/sh "$USER_HOME/.local/pipx/venvs/app/bin/python"
	printf '#!%s\necho app\n' "$USER_HOME/.local/pipx/venvs/app/bin/python" >"$USER_HOME/.local/pipx/venvs/app/bin/app"
	chmod 755 "$USER_HOME/.local/pipx/venvs/app/bin/app"
	says "$USER_HOME/.nvm/v20/lib/tool.js" node
	mkdir "$USER_HOME/.nvm/v20/bin"
	ln -s ../lib/tool.js "$USER_HOME/.nvm/v20/bin/tool"
	own "$USER_HOME"
	PATH=$USER_HOME/.local/bin:$PATH advised app
	[ "$proposed:$output" = "--ro $USER_HOME/.local/bin --ro $USER_HOME/.local/pipx/venvs/app:app" ]
	advised "$USER_HOME/.nvm/v20/bin/tool"
	[ "$proposed:$output" = "--ro $USER_HOME/.nvm/v20:node" ]
	: a file alone, and names that need quotes
	says "$USER_HOME/my tools/it's" quoted
	ln -s "../my tools/it's" link
	own "$USER_HOME"
	advised ./link
	[ "$output" = quoted ]
	: what is no program is not proposed, and home never is
	mkdir -p "$USER_HOME/.ssh" "$USER_HOME/bin"
	echo secret >"$USER_HOME/.ssh/key"
	says "$USER_HOME/bin/x" x
	ln -s ../.ssh/key evil
	ln -s ../bin/x mine
	own "$USER_HOME"
	wrong 127 "sandbox: ./evil: not found in the sandbox: $PWD/evil leads to $USER_HOME/.ssh/key, which is not in the sandbox; --ro PATH makes a file of the host visible" ./evil
	advised ./mine
	[ "$proposed:$output" = "--ro $USER_HOME/bin:x" ]
	wrong 127 'sandbox: /usr/bin/true: its ELF interpreter /lib64/ld-linux-x86-64.so.2 is not in the sandbox: /lib64 leads to /usr/lib64, which is not in the sandbox' \
		--root empty --symlink usr/lib64 /lib64 --ro /usr/bin/true /usr/bin/true
}

@test "a script with CR LF line ends is told how to be mended" {
	printf '#!/bin/sh\r\necho mended\r\n' >'a b'
	chmod 755 'a b'
	own .
	run -127 in_sandbox './a b'
	[ "$output" = "sandbox: './a b': its lines end in CR LF, which makes the CR a part of the interpreter's name; to repair it: sed -i 's/\\r\$//' './a b'" ]
	as_user sh -c "${output##*to repair it: }"
	run -0 in_sandbox './a b'
	[ "$output" = mended ]
}

@test "links of dotfiles, devices that are absent and descriptors are told by the words that work" {
	mkdir -p "$USER_HOME/dotfiles/nvim" "$USER_HOME/.config"
	echo told >"$USER_HOME/dotfiles/nvim/init.lua"
	ln -s ../dotfiles/nvim "$USER_HOME/.config/nvim"
	own "$USER_HOME"
	local link=$USER_HOME/.config/nvim option options output
	for option in --ro --rw --ro-try --rw-try; do
		run -125 in_sandbox "$option" "$link" cat "$link/init.lua"
		eval "options=(${output##*: })"
		[ "${options[*]:1}" = "$USER_HOME/dotfiles/nvim $link" ]
		run -0 in_sandbox "${options[@]}" cat "$link/init.lua"
		[ "$output" = told ]
		run in_sandbox "${options[@]}" touch "$link/new"
		[[ $status:$option == 0:--rw* || $status:$option == 1:--ro* ]]
	done
	run -125 in_sandbox --stdin "$link/init.lua" cat
	eval "options=(${output##*: })"
	run -0 in_sandbox "${options[@]}" cat
	[ "$output" = told ]
	wrong 125 'sandbox: --dev-bind: there is no /dev/absent on this machine: no such hardware, or its driver is not loaded; to do without: --dev-bind-try /dev/absent /dev/absent' \
		--dev-bind /dev/absent /dev/absent true
	wrong 125 'sandbox: --ro: there is no /dev/absent on this machine: no such hardware, or its driver is not loaded; to do without: --ro-try /dev/absent' \
		--ro /dev/absent true
	in_sandbox --dev-bind-try /dev/absent /dev/absent --ro-try /dev/absent true
	printf '%s\0' --setenv A told >prof
	own .
	run -125 in_sandbox --args prof printenv A
	[ "$output" = "sandbox: --args: 'prof' is not a file descriptor; write: --args 3 3<prof" ]
	run -0 as_user sh -c "\"\$0\" ${output##*write: } printenv A" "$SANDBOX"
	[ "$output" = told ]
	run -125 in_sandbox --ro-bind-data prof /tmp/x cat /tmp/x
	run -0 as_user sh -c "\"\$0\" ${output##*write: } cat /tmp/x" "$SANDBOX"
	[[ $output == *--setenv* ]]
	run -125 in_sandbox --info-fd told true
	as_user sh -c "\"\$0\" ${output##*write: } true" "$SANDBOX"
	grep -q child-pid told
}

@test "no advice proposes home, / or what holds home" {
	local where
	for where in / .. ../.. "$USER_HOME" "$(dirname "$USER_HOME")" ../../../../../../../../../../..; do
		in_sandbox ln -sfn "$where" link
		for option in --ro --rw --dev-bind --stdout --root; do
			words=("$option" link)
			[ "$option" != --dev-bind ] || words+=(/tmp/x)
			run -125 in_sandbox --cwd none "${words[@]}" true
			[ "$output" = "sandbox: $option: $PWD/link is a link that a command in a sandbox may have made, to a directory that is home or holds it; remove it" ] || { echo "$output" >&2; return 1; }
		done
	done
	: below home it is proposed
	in_sandbox ln -sfn ../beside link
	as_user mkdir -p ../beside
	run -125 in_sandbox --ro link true
	[[ $output == *"if it is right, give the real path: --ro-bind $USER_HOME/beside $PWD/link" ]]
}

@test "odd names: a long argv[0], --=, a fifo as the command" {
	long=$(printf 'x%.0s' $(seq 9000))
	run as_user bash -c 'exec -a "$1" "$2" --xyzzy' bash "$long" "$SANDBOX"
	[ "$status:$output" = "125:${long:0:64}: unknown option --xyzzy; see --help" ]
	wrong 125 'sandbox: unknown option --; see --help' --=x true
	mkfifo -m 755 fifo
	own fifo
	wrong 126 'sandbox: ./fifo: cannot execute: Permission denied' ./fifo
}

@test "what would reach or change the host by a side door" {
	local got=0
	as_user sh -c '"$@" </' sh "$SANDBOX" --cwd none true >out 2>&1 || got=$?
	[ "$got:$(cat out)" = '125:sandbox: standard input is a directory, from which the command could reach the whole host; redirect it, as in 0</dev/null' ]
	run as_user python3 -c 'import socket, subprocess, sys
server = socket.create_server(("127.0.0.1", 0)); client = socket.create_connection(server.getsockname())
print(subprocess.run(sys.argv[1:], stdin=client, stderr=subprocess.STDOUT, stdout=subprocess.PIPE).stdout.decode())
print(subprocess.run([sys.argv[1], "--share-net", *sys.argv[2:]], stdin=client).returncode)' "$SANDBOX" --cwd none true
	[ "${lines[0]}" = "sandbox: standard input is a socket of the host's network; pass it through a pipe, or use --share-net" ]
	[ "${lines[-1]}" = 0 ]
	run as_user python3 -c 'import socket, subprocess, sys
def run(stream, *options):
    done = subprocess.run([sys.argv[1], *options, *sys.argv[2:]], stdin=stream, stderr=subprocess.STDOUT, stdout=subprocess.PIPE)
    print(done.stdout.decode().strip() or done.returncode)
run(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
run(socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0])
run(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), "--share-net")
for kind in socket.SOCK_STREAM, socket.SOCK_SEQPACKET:
    pair = socket.socketpair(socket.AF_UNIX, kind)
    run(pair[0])' "$SANDBOX" --cwd none true
	[ "${lines[0]}" = 'sandbox: standard input is a socket without a peer, which the command could connect to others on the host; connect it, or use --share-net' ]
	[ "${lines[1]}" = 'sandbox: standard input is a datagram socket, by which the command could send to others on the host; make it SOCK_SEQPACKET, or use --share-net' ]
	[ "${lines[*]:2}" = '0 0 0' ]
	cd "$USER_HOME/work"
	echo old >file
	own file
	wrong 125 "sandbox: --symlink: symlink $PWD/left would stay on the host; make it there, or put it below a --tmpfs" --symlink a "$PWD/left" true
	wrong 125 "sandbox: --file: $PWD/file is a file of the host, which would be overwritten; --bind-data mounts another on it" --file 0 "$PWD/file" true
	wrong 125 "sandbox: --chmod: $PWD/file belongs to the host, where its mode would change; change it there with chmod" --chmod 0600 "$PWD/file" true
	[ ! -L left ]
	[ "$(cat file)" = old ]
	run as_user "$SANDBOX" --symlink a /usr/made readlink /usr/made
	[ "$output" = a ]
	[ ! -L /usr/made ]
	[ -e /sys/fs/selinux ] || wrong 125 'sandbox: --exec-label: cannot set the label foo: Invalid argument; SELinux must be enabled, know the label and allow it' --exec-label foo true
	[ -e /sys/fs/selinux ] || wrong 125 'sandbox: --file-label: cannot set the label foo: Invalid argument; SELinux must be enabled, know the label and allow it' --file-label foo true
}

@test "a namespace that is refused, and by what" {
	run as_user "$SANDBOX" --ro "$SANDBOX" "$SANDBOX" true
	[ "$status:$output" = "125:sandbox: a seccomp filter, perhaps an outer container's, refuses the system call clone3; docker and podman lift theirs with --security-opt seccomp=unconfined, Kubernetes with securityContext.seccompProfile.type: Unconfined, an outer sandbox with --allow-userns" ]
	run as_user "$SANDBOX" --syscalls none --ro "$SANDBOX" "$SANDBOX" true
	[ "$status" -eq 125 ]
	[ "$output" = 'sandbox: cannot make namespaces: No space left on device; the sysctl user.max_user_namespaces is 0; raise it' ]
	needs_root
	run chroot / "$SANDBOX" true
	[ "$status" -eq 0 ]
}

@test "a limit on namespaces is named" {
	local kind
	for kind in user mnt pid net ipc uts; do
		run as_user unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_$1_namespaces && "$2" true' sh "$kind" "$SANDBOX"
		[ "$status:$output" = "125:sandbox: cannot make namespaces: No space left on device; the sysctl user.max_${kind}_namespaces is 0; raise it" ]
	done
}

@test "bad seccomp programs" {
	printf 'xxx' >"$USER_HOME/bad"
	head -c 8 /dev/zero | tr '\0' '\377' >"$USER_HOME/worse"
	run as_user "$SANDBOX" --seccomp 9 true 9<"$USER_HOME/bad"
	[ "$status:$output" = '125:sandbox: --seccomp: 3 bytes are not a program, which consists of 8-byte instructions' ]
	run as_user "$SANDBOX" --seccomp 9 true 9<"$USER_HOME/worse"
	[ "$status:$output" = '125:sandbox: --seccomp: the program'\''s instruction 0 of 1 (code 0xffff) is not allowed in a seccomp filter' ]
	run as_user "$SANDBOX" --seccomp 9 --add-seccomp-fd 8 true 9<"$USER_HOME/bad" 8<"$USER_HOME/bad"
	[ "$output" = 'sandbox: --add-seccomp-fd cannot be combined with --seccomp; give every program with --add-seccomp-fd' ]
}

@test "a small stack is enough" {
	! grep -qF __asan_init "$SANDBOX" || skip 'the sanitizer wants more of the stack than the program'
	run as_user bash -c 'ulimit -s 64; echo content | "$0" --cwd none --file 0 /run/file cat /run/file' "$SANDBOX"
	[ "$status:$output" = 0:content ]
}
