#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/bwrap/differ.sh SANDBOX [NAME...]
#
# Each command line of tests/bwrap/cases is run with the newest bwrap that Debian's archive offers and with a
# link named "bwrap" to SANDBOX, as root (where we are root) and as an ordinary user.  Exit status, output,
# messages and what is left in the directory must be the same, or stand in differences() with the reason.
# With NAMEs only those cases, and differences are shown whole.  Ends with 'N passed, N failed'.
set -uo pipefail
sandbox=$(realpath "$1") || exit 1
shift
cd "$(dirname "$0")/../.." || exit 1
cases=$PWD/tests/bwrap/cases
cache=${BWRAP_SUITES:-/var/tmp/sandbox-bwrap-suites.$(id -u)}
# shellcheck source=tests/lib/archive.bash
. tests/lib/archive.bash
user=65533 # nobody's: what the ordinary user of the cases runs as

# NAME REASON: what differs on purpose.  A row whose case no longer differs is a failure too.
differences() {
	cat <<-'END'
	no-arguments        a line says what is missing; bubblewrap prints all of its help
	no-command          the same
	double-dash-alone   the same
	args-with-command   the same
	help                lists our own options too
	short-help-is-unknown     -h is understood
	short-version-is-unknown  -V is understood
	term-to-supervisor  the command gets the signal; bubblewrap dies and leaves it running (not with --die-with-parent)
	args-nested         --args inside --args is allowed
	args-same-fd-twice  a descriptor at its end is empty; bubblewrap has closed it
	bind-below-ro       a mount point missing below a read-only bind is made, without touching the host
	symlink-on-ro       so is a link
	bind-parent-link-missing-target  the target of a link above a mount point is made, inside the new root
	bind-parent-link-escape          the same
	bind-data-over-link-parent       the same
	dev-contents        /dev/pts belongs to nobody: there is no second user namespace in which the user was root
	flatpak-like        ids are mapped once, not twice, for the same reason
	disable-userns-uid  the same
	uid-4294967294      bubblewrap stops at 2147483647
	caps-name-without-prefix  "chown" is cap_chown
	uid-4294967297      no number is cut off to 32 bits
	fd-4294967305       the same
	caps-rubbish        libcap ends a number or a name where it likes
	size-blank          more is taken
	missing-arguments-each  --overlay-src without SRC is told as that; --ro-bind-fd by its own name
	closed-fd-file      a closed descriptor is told of with its option, before anything is built
	closed-fd-bind-fd   the same
	closed-fds-each     the same
	bind-fd-deleted     the path is named, not /proc/self/fd/N
	bind-fd-pipe        what the descriptor holds is named likewise
	proc-refused        in the words of bubblewrap before 0.12, by which most callers tell it
	info-fd-broken-pipe an error like others, not SIGPIPE
	chdir-own-link      a link of /proc that a process has of itself, as of its directory, is not followed inside
	cwd-pwd-own-link    the same
	cwd-closed          a directory that only its owner may open up is entered with the right to do that
	fds-closed-streams  a closed standard stream is /dev/null, which no file can take the place of
	mqueue              nosuid, nodev and noexec
	mqueue-without-ipc  the same
	caps-drop-all       the bounding set shrinks too
	caps-drop-one       the same
	pidns-not-one       one line says it, bubblewrap needs two
	END
}

# What a case's lines find: the program, the host's system as binds, and commands that look around inside.
prelude() {
	cat <<-'END'
	H=(--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64)
	# Mount point, flags, whether events propagate, file system, its options; a tmpfs by its size and mode alone.
	MOUNTS='mawk "{ for (i = 7; \$i != \"-\"; i++); spread = i > 7 ? \"spreads\" : \"-\"; o = \$(i + 3); if (\$(i + 1) == \"overlay\" || \$5 == \"/\" || \$4 ~ \"^/.\" && \$(i + 1) == \"tmpfs\") o = \"-\"
		gsub(/,?(inode64|uid=[0-9]+|gid=[0-9]+|size=[0-9]+k,nr_inodes=[0-9]+)/, \"\", o); print \$5, \$6, spread, \$(i + 1), o }" /proc/self/mountinfo'
	NAMESPACES='for n in user mnt ipc pid net uts cgroup; do [ "$(readlink /proc/self/ns/$n)" = "$(eval echo \$host_$n)" ] || echo -n "$n "; done; echo'
	for n in user mnt ipc pid net uts cgroup; do export "host_$n=$(readlink /proc/self/ns/$n)"; done
	IDS='grep -E "^(Uid|Gid|Groups)" /proc/self/status; tr -s " " </proc/self/uid_map; tr -s " " </proc/self/gid_map'
	CAPS='grep -E "^(Cap|NoNewPrivs)" /proc/self/status'
	FDS='cd /proc/$$/fd; for f in *; do [ "$f" = 255 ] || echo "$f $(readlink "$f" | sed "s/[0-9]\{4,\}/N/; s/pipe:.*/pipe/")"; done'
	PROCESSES='ps -eo pid,ppid,pgid,sid,comm --no-headers'
	# Descriptor 9 becomes a user namespace made by "unshare -Uc"; its holder ends with the case.
	userns() {
		exec 7< <(exec "${@:-unshare}" -Uc sh -c 'echo $$; exec sleep 5')
		read -r holder <&7
		exec 7<&- 9<"/proc/$holder/ns/user"
	}
	END
}

# x86-64, arm64: the numbers of mkdir and mkdirat.
write_filter() { # FILE ACTION
	python3 - "$@" <<-'END'
	import platform, struct, sys
	numbers = {"x86_64": (83, 258), "aarch64": (34, 34)}[platform.machine()]
	program = [(0x20, 0, 0, 0), (0x15, 1, 0, numbers[0]), (0x15, 0, 1, numbers[1]), (6, 0, 0, int(sys.argv[2], 0)), (6, 0, 0, 0x7fff0000)]
	open(sys.argv[1], "wb").write(b"".join(struct.pack("HBBI", *row) for row in program))
	END
}

make_fixtures() {
	mkdir -p "$runs/fixtures" && cd "$runs/fixtures" || return
	mkdir -p lower src/sub src/bin src/closed/inner src/searchable/inner out work
	echo content >src/file
	seq 2000 >src/big
	echo deep >src/sub/deep
	echo lower >lower/file
	echo lower >lower/other
	ln -s file src/link
	ln -s nowhere src/dangling
	ln -s sub src/tosub
	mkfifo src/fifo
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("src/socket")'
	printf '#!/no/such/interpreter\n' >src/nointerp
	printf 'echo "script $*"\n' >src/noshebang
	printf '#!/bin/sh\necho greetings\n' >src/bin/greet
	chmod 755 src/nointerp src/noshebang src/bin/greet
	chmod 711 src/searchable
	write_filter allow.bpf 0x7fff0000 && write_filter no-mkdir.bpf 0x50001 && write_filter kill-mkdir.bpf 0x80000000
}

# Wording is each program's own where a case says "~": who speaks, how often, and which of the options and paths in
# bubblewrap's messages ours hold is compared.  musl words one errno in its own way.
blur() { # real|ours ~|
	if [ "$2" != '~' ]; then
		sed 's/: Symbolic link loop$/: Too many levels of symbolic links/'
		return
	fi
	mawk -v whose="$1" -v list="$place/names" '
		BEGIN { printf "" >(whose == "real" ? list : "/dev/null"); while (whose == "ours" && (getline name <list) > 0) theirs[name] = 1 }
		!/^bwrap: / { print; next }
		{
			line = "bwrap: ..."
			for (i = 2; i <= NF; i++) {
				name = $i
				gsub(/^[^-\/]+|[^a-zA-Z0-9\/]+$/, "", name)
				sub(/^\/newroot\//, "/", name) # where bubblewrap builds
				if (name !~ /^(--[a-z]|\/)/ || name ~ /,/ || index(line " ", " " name " ")) # options of a mount; told already
					continue
				if (whose == "real")
					print name >list
				else if (!(name in theirs))
					continue
				line = line " " name
			}
			print line
		}'
}

# The fixtures as a case finds them; those of the case before, where it left all as it was.
lay_out() {
	cd "$place" || return
	[ "$left" != "$pristine" ] || [ -z "$left" ] || return 0
	rm -rf work && cp -a "$runs/fixtures" work || return
	[ "$who" = root ] || [ "$(id -u)" != 0 ] || chown -R -h "$user:$user" work
	pristine=$(look_around)
}

look_around() {
	(cd "$place/work" && find . -printf '%p %y %m %U:%G %l\n' -type f -size -64k -exec cksum {} + 2>&1) | sed 's/#[0-9a-f]* /# /' | sort
}

# One case with one program: all that can be seen of it from outside, on stdout.
run() { # real|ours EXACT
	local how=() pid
	lay_out && ln -sfn "${programs[$1]}" bin/bwrap && cd work || return
	[ "$who" = root ] || [ "$(id -u)" != 0 ] || how=(setpriv --reuid "$user" --regid "$user" --clear-groups)
	timeout 30 "${how[@]}" env --default-signal=INT,QUIT -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		HOME="$place/work" LC_ALL=C.UTF-8 B="$place/bin/bwrap" bash ../case >../stdout 2>../stderr </dev/null &
	pid=$!
	wait "$pid"
	echo "status $?"
	kill -KILL -- "-$pid" 2>/dev/null # its group: bubblewrap leaves processes behind where it fails late
	cat ../stdout
	echo '--- messages'
	sed -E 's|^\S*/case: line [0-9]*: *[0-9]* |case: |' ../stderr | blur "$1" "$2"
	echo '--- left'
	left=$(look_around)
	echo "$left"
}

passed=0 failed=0
compare() { # NAME STATUS EXACT
	run real "$3" >"$place/theirs" 2>&1
	run ours "$3" >"$place/ours" 2>&1
	if [ "$(head -n 1 "$place/theirs")" != "status $2" ]; then
		echo "not ok $1 as $who: bubblewrap itself ends with $(head -n 1 "$place/theirs"), not $2"
		tail -n +2 "$place/theirs" | sed '/^--- left/,$d; s/^/    /'
	elif diff -U 1 "$place/theirs" "$place/ours" >"$place/difference"; then
		passed=$((passed + 1))
		return
	elif differences | grep -q "^$1 "; then
		echo "$1" >>"$place/differing"
		passed=$((passed + 1))
		[ -z "$only" ] || tail -n +4 "$place/difference"
		return
	else
		echo "not ok $1 as $who:"
		sed -n '4,$s/^/    /p' "$place/difference" | head -n "$lines"
	fi
	failed=$((failed + 1))
}

run_case() { # NAME STATUS-AS-ROOT/AS-USER EXACT
	local status=${2#*/}
	[ "$who" = user ] || status=${2%/*}
	[ -z "$only" ] || [[ " $only " == *" $1 "* ]] || return 0
	{ prelude; echo "$body"; } >"$place/case"
	compare "$1" "$status" "$3"
}

# All cases as one of the two, in a folder of its own: they run side by side.
run_all() { # root|user
	local who=$1 place=$runs/$1 left='' pristine='' name='' status='' exact='' body='' line
	mkdir -p "$place/bin" && : >"$place/differing" || return
	while IFS= read -r line; do
		if [[ $line == '=== '* ]]; then
			[ -z "$name" ] || run_case "$name" "$status" "$exact"
			read -r name status exact <<<"${line#=== }"
			body=''
		elif [[ $line != '# '* ]]; then
			body+=$line$'\n'
		fi
	done <"$cases"
	run_case "$name" "$status" "$exact"
	echo "$passed $failed" >"$place/result"
}

only="$*" lines=12 users=user
[ -z "$only" ] || lines=1000
[ "$(id -u)" != 0 ] || users='root user'
umask 022
archive_claim "$cache" || exit 1
archive_bwrap "$cache" >"$cache/reference.log" 2>&1 || { cat "$cache/reference.log"; echo '0 passed, 1 failed'; exit 1; }
archive_release
runs=$(mktemp -d "$cache/differ.XXXXXX") && trap 'rm -rf "$runs"' EXIT && chmod 755 "$runs" && cp "$sandbox" "$runs/bwrap" || exit 1
declare -A programs=([real]=$cache/real/bwrap [ours]=$runs/bwrap)
make_fixtures || exit 1
for who in $users; do
	run_all "$who" &
done
wait
for who in $users; do
	read -r more less <"$runs/$who/result" || less=1
	passed=$((passed + more)) failed=$((failed + less))
done
for name in $(differences | sed 's/ .*//'); do # some differ for root alone
	[ -n "$only" ] || [ "$users" = user ] || grep -qx "$name" "$runs"/*/differing ||
		{ echo "not ok $name: listed as a difference, and is none"; failed=$((failed + 1)); }
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
