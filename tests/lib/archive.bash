# SPDX-License-Identifier: MIT
# Loaded by the scripts that fetch test material from Debian's archive: an apt configuration of its own below
# DIR, made from the site that the machine's own uses, so that nothing of the machine's is read or changed.

archive_key=/usr/share/keyrings/debian-archive-keyring.gpg

archive_site() {
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(SITE)' | grep -E '/debian/?$' | head -n 1
}

archive_options() { # DIR
	options=(-q -o "Dir::Etc::sourcelist=$1/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State=$1/state"
		-o "Dir::State::status=$1/status" -o "Dir::Cache=$1/cache" -o APT::Sandbox::User= -o Acquire::Languages=none)
}

archive_apt() { # DIR COMMAND...
	local options
	archive_options "$1"
	apt-get "${options[@]}" "${@:2}"
}

archive_cache() { # DIR COMMAND...
	local options
	archive_options "$1"
	apt-cache "${options[@]}" "${@:2}"
}

# Package lists of the given releases, binaries and sources; a second call for the same DIR does nothing.
archive_update() { # DIR SUITE...
	[ ! -e "$1/updated" ] || return 0
	local suite site
	site=$(archive_site)
	[ -n "$site" ] || { echo 'no Debian mirror is configured'; return 1; }
	mkdir -p "$1/state/lists/partial" "$1/cache/archives/partial"
	: >"$1/status"
	for suite in "${@:2}"; do
		case $suite in
		*-security) printf "%s [signed-by=$archive_key] ${site%/debian*}/debian-security $suite main\n" deb deb-src ;;
		*) printf "%s [signed-by=$archive_key] $site $suite main\n" deb deb-src ;;
		esac
	done >"$1/sources.list"
	archive_apt "$1" update && touch "$1/updated"
}

# One at a time fetches and builds in DIR; what is there is only read afterwards.
archive_claim() { # DIR
	mkdir -p "$1" && chmod 755 "$1" && exec 9>"$1/lock" && flock 9
}

archive_release() {
	exec 9>&-
}

# The newest bubblewrap of the archive as DIR/real/bwrap, with the libraries it was made for: this machine's may be older.
archive_bwrap() { # DIR
	[ ! -x "$1/real/bwrap" ] || return 0
	archive_update "$1/newest" sid || return
	rm -rf "$1/real.new" && mkdir -p "$1/real.new/tree" && cd "$1/real.new" || return
	local package
	for package in bubblewrap libc6 libcap2 libselinux1 libpcre2-8-0; do
		archive_apt "$1/newest" download "$package" || return
	done
	for package in *.deb; do
		dpkg-deb -x "$package" tree || return
	done
	find tree -name 'lib*.so*' -exec cp {} . \; && find tree -name 'ld-linux-*.so.*' -exec cp {} . \;
	cp tree/usr/bin/bwrap . && patchelf --set-interpreter "$1/real/$(echo ld-linux-*.so.*)" --force-rpath --set-rpath "$1/real" bwrap &&
		rm -rf tree ./*.deb && chmod -R a+rX . && mv "$1/real.new" "$1/real"
}
