#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/lib/fetch.sh source PACKAGE DIR     unpack a Debian source package of the host's release in DIR
# tests/lib/fetch.sh tree SUITE DIR         make a minimal tree of another Debian release in DIR
#
# With an apt configuration of its own, made from the sites that the machine's
# own uses: nothing of the machine's package state is read or changed.
set -euo pipefail
what=$1 name=$2 dir=$3
mkdir -p "$dir"
dir=$(realpath "$dir")
# shellcheck disable=SC2016
site=$(apt-get indextargets --format '$(SITE)' | grep -E '/debian/?$' | head -n 1)
: "${site:?no Debian mirror is configured}"
key=/usr/share/keyrings/debian-archive-keyring.gpg

fetch_source() {
	local apt=$dir/.apt suite
	suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
	: >"$apt/status"
	echo "deb-src [signed-by=$key] $site $suite main" >"$apt/sources.list"
	local options=(-q -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o "Dir::State=$apt/state" -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache"
		-o APT::Sandbox::User= -o Acquire::Languages=none)
	apt-get "${options[@]}" update
	cd "$dir" && apt-get "${options[@]}" source "$name"
	mv "$dir/$name"-*/ "$dir/$name"
}

case $what in
source) [ -d "$dir/$name" ] || fetch_source ;;
tree)
	# Through tar, so that all of it is the caller's: in a directory some of it would belong to ids of a map.
	[ -e "$dir/etc/os-release" ] || mmdebstrap --quiet --mode="${MODE:-auto}" --variant=essential --include=hello \
		--keyring="$key" "$name" - "deb $site $name main" | tar -x -C "$dir" --exclude './dev/*'
	;;
esac
