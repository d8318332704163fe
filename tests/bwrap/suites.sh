#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/bwrap/suites.sh SANDBOX
#
# bubblewrap's own test suites, of the releases that Debian's archive offers, run against a link named
# "bwrap" to SANDBOX and against bubblewrap itself, as root (where we are root) and as an ordinary user.
# Every check that bubblewrap passes must pass with ours.  Ends with 'N passed, N failed'.
set -uo pipefail
sandbox=$(realpath "$1") || exit 1
cd "$(dirname "$0")/../.." || exit 1

# The suites mount over /tmp, and an ordinary user must reach all: so neither there nor below a home.
cache=${BWRAP_SUITES:-/var/tmp/sandbox-bwrap-suites.$(id -u)}
# shellcheck source=tests/lib/archive.bash
. tests/lib/archive.bash
versions='0.8.0 0.12.0'
user=65533 # nobody's: what the ordinary user of the suites runs as

# What differs on purpose: a sed program for a suite, so that the checks behind the changed one still run.
exceptions() { # VERSION
	# 0.8.0 binds on a destination that is a symlink; from 0.12 on, and for us, that is refused.
	[ "$1" != 0.8.0 ] || echo 's|--bind /etc /tmp/link true|--bind /etc /tmp/dir true|'
	# The 39th prctl of bubblewrap is failed from outside; we make fewer, so the first one is.
	echo 's|prctl:when=39|prctl:when=1|'
}

# Some mirrors do not hand out a .dsc whose name has a tilde: its parts are all that is needed.
unpack() { # VERSION FULL-VERSION
	cd "$cache" || return
	archive_apt "$cache/apt" source --download-only "bubblewrap=$2" || ls "bubblewrap_$2".debian.tar.* || return
	rm -rf "unpacked-$1" && mkdir "unpacked-$1" &&
		tar -x --strip-components=1 -C "unpacked-$1" -f "bubblewrap_$1".orig.tar.* &&
		tar -x -C "unpacked-$1" -f "bubblewrap_$2".debian.tar.* &&
		if [ -s "unpacked-$1/debian/patches/series" ]; then
			sed 's/#.*//' "unpacked-$1/debian/patches/series" | while read -r name; do
				[ -z "$name" ] || patch -p1 -d "unpacked-$1" <"unpacked-$1/debian/patches/$name" || return
			done
		fi && mv "unpacked-$1" "bubblewrap-$1"
}

prepare() { # VERSION
	local full
	if [ ! -d "$cache/bubblewrap-$1" ]; then
		# Security updates come with a suffix to the same version.
		archive_update "$cache/apt" bookworm bookworm-security trixie trixie-security >"$cache/fetch.log" 2>&1 ||
			{ cat "$cache/fetch.log"; return 1; }
		full=$(archive_cache "$cache/apt" showsrc bubblewrap | sed -n "s/^Version: \($1-.*\)/\1/p" | sort -V | tail -n 1)
		[ -n "$full" ] || { echo "bwrap-suites: the archive has no bubblewrap $1"; return 1; }
		unpack "$1" "$full" >"$cache/source-$1.log" 2>&1 || { cat "$cache/source-$1.log"; return 1; }
	fi
	cd "$cache/bubblewrap-$1" || return
	if [ ! -x _build/bwrap ]; then
		sed -i -e "$(exceptions "$1")" tests/test-run.sh
		{ meson setup -Dtests=true _build && ninja -C _build; } >"$cache/build-$1.log" 2>&1 || { tail "$cache/build-$1.log"; return 1; }
	fi
	chmod -R a+rX "$cache/bubblewrap-$1"
}

# The checks of one suite that passed, one name a line; skipped ones count as such for both programs.
run() { # VERSION SUITE BWRAP AS
	local dir=$cache/bubblewrap-$1 home=$runs/home.$4 how=(env) interpreter=bash
	rm -rf "$home"
	mkdir -p "$home"
	if [ "$4" = user ] && [ "$(id -u)" = 0 ]; then
		chown "$user:$user" "$home"
		how=(setpriv --reuid "$user" --regid "$user" --clear-groups env)
	fi
	[[ $2 != *.py ]] || interpreter=python3
	(cd "$home" && timeout 300 "${how[@]}" -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$home" TMPDIR="$home" BWRAP="$3" LC_ALL=C.UTF-8 \
		G_TEST_SRCDIR="$dir" G_TEST_BUILDDIR="$dir/_build" $interpreter "$dir/tests/$2") >"$runs/log" 2>&1 </dev/null
	# Names that hold a program's path or a moving number are made the same for both.
	sed -n -E "s/^ok( [0-9]+)?( -)? *//p" "$runs/log" | sed "s|$3|BWRAP|g" | sort
}

passed=0 failed=0
compare() { # VERSION SUITE AS
	local theirs ours lost
	theirs=$(run "$1" "$2" "$cache/bubblewrap-$1/_build/bwrap" "$3")
	ours=$(run "$1" "$2" "$runs/bwrap" "$3")
	lost=$(comm -23 <(echo "$theirs") <(echo "$ours"))
	if [ -z "$theirs" ]; then
		echo "not ok $1 $2 as $3: bubblewrap itself passes no check"
		failed=$((failed + 1))
	elif [ -n "$lost" ]; then
		echo "not ok $1 $2 as $3, with bubblewrap alone:"
		printf '    %s\n' "$lost"
		tail -n 15 "$runs/log" | cut -c 1-200 | sed 's/^/    # /'
		failed=$((failed + $(echo "$lost" | wc -l)))
	else
		echo "ok $1 $2 as $3: $(echo "$theirs" | wc -l) checks"
	fi
	passed=$((passed + $(comm -12 <(echo "$theirs") <(echo "$ours") | grep -c .)))
}

archive_claim "$cache" || exit 1
runs=$(mktemp -d "$cache/suites.XXXXXX") && trap 'rm -rf "$runs"' EXIT && chmod 755 "$runs" && cp "$sandbox" "$runs/bwrap" || exit 1
unfit=' '
for version in $versions; do
	prepare "$version" || { unfit+="$version "; failed=$((failed + 1)); }
done
archive_release
for version in $versions; do
	[[ $unfit != *" $version "* ]] || continue
	for suite in test-run.sh test-specifying-pidns.sh test-specifying-userns.sh test-seccomp.py test-sandbox.py; do
		[ -e "$cache/bubblewrap-$version/tests/$suite" ] || continue
		[ "$(id -u)" != 0 ] || compare "$version" "$suite" root
		compare "$version" "$suite" user
	done
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
